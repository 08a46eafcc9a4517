// What a function may throw: errors of every shape, and what is no error at all.

import { fc } from './property.ts';

/** Throws, whatever is done with it. */
const hostile = (): never => {
  throw new Error('hostile');
};
const traps: ProxyHandler<object> = {
  get: hostile,
  getPrototypeOf: hostile,
  getOwnPropertyDescriptor: hostile,
  has: hostile,
  ownKeys: hostile,
  set: hostile,
};

class TextlessError extends Error {
  // @ts-expect-error declared again without a value, so that it is undefined at run time
  override message: string;
}

class GetterError extends Error {
  override get message(): string {
    return hostile();
  }
  get code(): string {
    return hostile();
  }
  override get cause(): unknown {
    return hostile();
  }
}

const fieldNames = ['message', 'stack', 'name', 'code', 'cause', 'errors', 'issues', 'constructor', 'then'];

/** Functions that give something to throw; what holds text holds `text`. Functions, because fast-check looks into values. */
export function oddThrowables(text: string): fc.Arbitrary<() => unknown> {
  const circular = new Error(text);
  circular.cause = circular;
  const values: readonly (() => unknown)[] = [
    ...[null, undefined, true, 7, Number.NaN, 1n, text, Symbol(text), hostile].map((value) => () => value),
    () => ({}),
    () => [text],
    () => new Proxy({}, traps),
  ];
  const value = fc.constantFrom(...values);
  const fields = fc.dictionary(fc.constantFrom(...fieldNames), value).map((thunks) => {
    const given = Object.entries(thunks).map(
      ([name, thunk]) => [name, { value: thunk(), configurable: true }] as const,
    );
    return Object.fromEntries(given) as PropertyDescriptorMap;
  });
  return fc.oneof(
    value,
    fc.constantFrom<() => unknown>(
      () => new TextlessError(text),
      () => new GetterError(text),
      () => circular,
      () => new AggregateError([circular, null, text, new Proxy({}, traps)], text),
      () => Object.freeze(new Error(text)),
      () => Object.create(null) as unknown,
      () => Object.create(Error.prototype) as unknown,
      () => new Proxy(new Error(text), traps),
      () => new Proxy(new Error(text), {}),
      () => Promise.resolve(text),
    ),
    fields.map((descriptors) => () => Object.defineProperties(new Error(text), descriptors)),
    fields.map((descriptors) => () => Object.defineProperties({}, descriptors)),
  );
}

// What a request holds, checked where it comes in: an error of a body names the field, and never quotes it.
import type { DeadLetterChoice } from '../dead-letters.ts';
import type { RunAgainRequest, SendRequest } from '../record-wire.ts';

/** A request that cannot be answered as it is; its message is for the page. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
}

/** A whole number of an address; undefined where there is none. @throws RequestError */
export function toNumber(text: string | null): number | undefined {
  if (text === null || text.trim() === '') return undefined;
  const number = Number(text);
  if (!Number.isSafeInteger(number))
    throw new RequestError(`not a whole number, got ${JSON.stringify(text)}, expected one such as 12`);
  return number;
}

type Check = readonly [expected: string, isRight: (value: unknown) => boolean];

const text: Check = ['text', (value) => typeof value === 'string'];
const whole: Check = ['a whole number from 0', (value) => Number.isSafeInteger(value) && Number(value) >= 0];
const texts: Check = [
  'a list of texts',
  (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
];
const textOrNull: Check = ['text or null', (value) => value === null || typeof value === 'string'];
const oneOf = (...words: readonly string[]): Check => [
  words.join(', '),
  (value) => words.some((word) => word === value),
];
const optional = ([expected, isRight]: Check): Check => [
  `${expected}, or nothing`,
  (value) => value === undefined || isRight(value),
];

function createReader<T>(checks: Readonly<Record<keyof T & string, Check>>): (body: unknown) => T {
  return (body) => {
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw new RequestError(`the body is not an object, expected ${Object.keys(checks).join(', ')}`);
    for (const [name, [expected, isRight]] of Object.entries<Check>(checks)) {
      const value = (body as Readonly<Record<string, unknown>>)[name];
      if (!isRight(value))
        throw new RequestError(`${name} is not valid, got ${kindOf(value)}, expected ${expected}`);
    }
    return body as T;
  };
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  return value === null ? 'null' : `another ${Array.isArray(value) ? 'list' : typeof value}`;
}

/** @throws RequestError naming the field */
export const readRunAgainRequest: (body: unknown) => RunAgainRequest = createReader<RunAgainRequest>({
  consumer: text,
  partition: whole,
  offset: whole,
  value: optional(textOrNull),
});

/** @throws RequestError naming the field */
export const readSendRequest: (body: unknown) => SendRequest = createReader<SendRequest>({
  consumer: text,
  lines: text,
  compression: oneOf('none', 'lz4', 'gzip', 'zstd'),
});

/** @throws RequestError naming the field */
export const readDeadLetterChoice: (body: unknown) => DeadLetterChoice = createReader<DeadLetterChoice>({
  consumer: optional(text),
  code: optional(text),
  records: optional(texts),
  to: optional(oneOf('function', 'topic')),
});

/** @throws RequestError naming the field */
export const readConfirmation: (body: unknown) => { readonly plan: string } = createReader<{
  readonly plan: string;
}>({ plan: text });

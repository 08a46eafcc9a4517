// The class of whatever was thrown, by a name that surely stands in code: a record may name a field of an error, and even a class
// that is made with a computed name.

import { isKnownName } from './known-words.ts';
import { isObject, prototypeOf, readText } from './thrown.ts';

/** The name that an error gives itself where that is a known one, else the name of its class. */
export function nameOf(thrown: unknown): string {
  const own = isObject(thrown) ? toKnownName(readOwn(thrown, 'name')) : undefined;
  return own ?? classNameOf(thrown);
}

/** The name of the class of `thrown`, or of the nearest class above that surely stands in code; its type where there is none. */
export function classNameOf(thrown: unknown): string {
  if (!isObject(thrown)) return thrown === null ? 'null' : typeof thrown;
  let prototype = prototypeOf(thrown);
  for (let depth = 0; prototype !== null && depth < 16; depth++, prototype = prototypeOf(prototype)) {
    const found = nameInCode(constructorIn(prototype));
    if (found === 'DOMException') return toKnownName(readText(thrown, 'name')) ?? found;
    if (found !== undefined) return found;
  }
  return typeof thrown;
}

function toKnownName(name: unknown): string | undefined {
  return typeof name === 'string' && isKnownName(name) ? name : undefined;
}

/** The prototype's own constructor: one on the error itself may be a record's field. */
function constructorIn(prototype: object): unknown {
  return readOwn(prototype, 'constructor');
}

function readOwn(object: object, name: string): unknown {
  try {
    return Reflect.getOwnPropertyDescriptor(object, name)?.value as unknown;
  } catch {
    // A proxy's trap.
    return undefined;
  }
}

// Bundlers write `var OrderError = class extends Error`: such a class has its name from the variable, and a name that is computed
// from a record looks the same but for its ending.
const namedByVariable = /^[A-Z][A-Za-z0-9]{0,50}(?:Error|Exception)$/;

function nameInCode(constructor: unknown): string | undefined {
  if (typeof constructor !== 'function') return undefined;
  const declared = /^(?:class|function)\s+(?!extends\b)([A-Za-z_$][\w$]{0,59})[\s({]/.exec(
    sourceOf(constructor),
  )?.[1];
  if (declared !== undefined) return declared;
  const name = readText(constructor, 'name');
  return name !== undefined && namedByVariable.test(name) ? name : undefined;
}

/** The source text of a class; empty for what is none. */
export function sourceOf(constructor: unknown): string {
  return typeof constructor === 'function' ? Function.prototype.toString.call(constructor) : '';
}

/** The class that made `thrown`, as a function. */
export function classOf(thrown: unknown): unknown {
  const prototype = isObject(thrown) ? prototypeOf(thrown) : null;
  return prototype === null ? undefined : constructorIn(prototype);
}

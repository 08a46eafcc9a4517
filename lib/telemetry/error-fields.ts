// What is logged of an error. By construction it holds no byte of a record: words that stand in code, places in code files, and
// counts. The message of a user's exception is logged only where the operator asked for it.

import { toFrames } from './call-sites.ts';
import { isConstantLike, isKnownCode, isKnownName } from './known-words.ts';
import { disposition, isError, isObject, membersOf, prototypeOf, readProperty, readText } from './thrown.ts';

/** An error as it is logged. */
export interface ErrorFields {
  /** Its class; the nearest one above it where a record could have named that. The type of what is no error. */
  readonly name: string;
  readonly code?: string;
  readonly message?: string;
  /** `<file>:<line>:<column>`, innermost first. */
  readonly stack?: readonly string[];
  readonly cause?: ErrorFields;
  /** The members of an AggregateError, at most 4. */
  readonly errors?: readonly ErrorFields[];
}

/** Which messages are logged. */
export interface MessagePolicy {
  /** Those of the error and of all it contains: the operator has chosen so. */
  readonly all: boolean;
  /** The error's own: the runtime itself has written it, of safe parts only, and no user's code has held it since. */
  readonly own: boolean;
}

const maxDepth = 4;
const maxMembers = 4;
const maxMessageLength = 1000;

/** The fields of whatever was thrown. Never throws. */
export function toErrorFields(thrown: unknown, policy: MessagePolicy, depth = 0): ErrorFields {
  const code = codeOf(thrown, policy);
  const message = policy.all || policy.own ? messageOf(thrown) : undefined;
  const frames = isError(thrown) ? toFrames(thrown) : [];
  const inner: MessagePolicy = { all: policy.all, own: false };
  const isNested = isError(thrown) && depth < maxDepth;
  const cause = isNested ? readProperty(thrown, 'cause') : undefined;
  const errors = isNested ? membersOf(thrown, maxMembers) : [];
  return {
    name: classOf(thrown),
    ...(code !== undefined && { code }),
    ...(message !== undefined && { message: message.slice(0, maxMessageLength) }),
    ...(frames.length > 0 && { stack: frames }),
    ...(cause !== undefined && cause !== null && { cause: toErrorFields(cause, inner, depth + 1) }),
    ...(errors.length > 0 && { errors: errors.map((each) => toErrorFields(each, inner, depth + 1)) }),
  };
}

function messageOf(thrown: unknown): string | undefined {
  if (typeof thrown === 'string') return thrown;
  return readText(thrown, 'message');
}

function codeOf(thrown: unknown, { all }: MessagePolicy): string | undefined {
  const code = readText(thrown, 'code');
  if (code === undefined) return undefined;
  if (all) return code.slice(0, maxMessageLength);
  if (isKnownCode(code)) return code;
  // A dead letter's code is asked for as a literal; any other class's must stand in the class itself.
  const isLiteral = readProperty(thrown, disposition) === 'dead-letter' || standsInClass(thrown, code);
  return isLiteral && isConstantLike(code) ? code : undefined;
}

/** Whether the source of the class that made `thrown` has `code` in quotes. */
function standsInClass(thrown: unknown, code: string): boolean {
  const source = sourceOf(classAbove(thrown));
  return [`'${code}'`, `"${code}"`, `\`${code}\``].some((quoted) => source.includes(quoted));
}

/** The name of the class of `thrown`, or of the nearest class above that surely stands in code. */
function classOf(thrown: unknown): string {
  if (!isObject(thrown)) return thrown === null ? 'null' : typeof thrown;
  const own = toKnownName(readOwn(thrown, 'name'));
  if (own !== undefined) return own;
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

function classAbove(thrown: unknown): unknown {
  const prototype = isObject(thrown) ? prototypeOf(thrown) : null;
  return prototype === null ? undefined : constructorIn(prototype);
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

function sourceOf(constructor: unknown): string {
  return typeof constructor === 'function' ? Function.prototype.toString.call(constructor) : '';
}

// What is logged of an error. By construction it holds no byte of a record: words that stand in code, places in code files, and
// counts. The message of a user's exception is logged only where the operator asked for it.

import { toFrames } from './call-sites.ts';
import { classOf, nameOf, sourceOf } from './class-name.ts';
import { isConstantLike, isKnownCode } from './known-words.ts';
import { disposition, isError, membersOf, readProperty, readText } from './thrown.ts';

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
  /** The error's own, where the runtime itself has written it, of safe parts only, and no user's code has held it since. */
  readonly own?: string;
}

const maxDepth = 4;
const maxMembers = 4;
// All in all: members have causes, and causes members.
const maxErrors = 12;
const maxMessageLength = 1000;

/** The fields of whatever was thrown. Never throws. */
export function toErrorFields(thrown: unknown, policy: MessagePolicy): ErrorFields {
  return toFields(thrown, policy, { depth: 0, rest: { count: maxErrors } });
}

/** Where a walk through an error is; `rest` is how many more errors the line may have. */
interface Walk {
  readonly depth: number;
  readonly rest: { count: number };
}

function toFields(thrown: unknown, policy: MessagePolicy, { depth, rest }: Walk): ErrorFields {
  rest.count--;
  const code = codeOf(thrown, policy);
  const message = policy.all ? messageOf(thrown) : policy.own;
  const frames = isError(thrown) ? toFrames(thrown) : [];
  const isNested = isError(thrown) && depth < maxDepth;
  const inner = (each: unknown): ErrorFields[] =>
    rest.count > 0 ? [toFields(each, { all: policy.all }, { depth: depth + 1, rest })] : [];
  const reason = isNested ? readProperty(thrown, 'cause') : undefined;
  const [cause] = reason === undefined || reason === null ? [] : inner(reason);
  const errors = isNested ? membersOf(thrown, maxMembers).flatMap(inner) : [];
  return {
    name: nameOf(thrown),
    ...(code !== undefined && { code }),
    ...(message !== undefined && { message: message.slice(0, maxMessageLength) }),
    ...(frames.length > 0 && { stack: frames }),
    ...(cause && { cause }),
    ...(errors.length > 0 && { errors }),
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
  const source = sourceOf(classOf(thrown));
  return [`'${code}'`, `"${code}"`, `\`${code}\``].some((quoted) => source.includes(quoted));
}

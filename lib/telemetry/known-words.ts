// The names and codes of errors that may be logged: words that stand in code. A word that an error carries may just as well come
// from the record that it is about, so it is looked up, never judged by its form alone.

import type { CodecErrorCode } from '../codec/codec.ts';
import type { FormatErrorCode } from '../format/format-error.ts';
import type { RegistryErrorCode } from '../format/registry/registry.ts';
import type { SchemaErrorCode } from '../format/schema/schema-error.ts';

/** Every code that the runtime's own errors have; a dead letter of the user's own has the code that its function gave. */
export type RuntimeErrorCode =
  | CodecErrorCode
  | FormatErrorCode
  | RegistryErrorCode
  | SchemaErrorCode
  | 'BATCH_FAILED'
  | 'EVENT_USED'
  | 'INVALID_DEFINITION'
  | 'INVALID_EVENT'
  | 'INVALID_RECORD'
  | 'MISSING_ENVIRONMENT'
  | 'NOT_READY'
  | 'RELEASED'
  | 'SKIPPED'
  | 'SQS_ITEM_FAILED'
  | 'SQS_RESPONSE_INVALID'
  | 'UNSAFE_OFFSET';

// A record, so that the compiler notices a code that is missing here.
const runtimeCodes: Readonly<Record<RuntimeErrorCode, true>> = {
  BATCH_FAILED: true,
  CHECKSUM: true,
  CODEC_NOT_ALLOWED: true,
  CORRUPT: true,
  EVENT_USED: true,
  INVALID_DEFINITION: true,
  INVALID_EVENT: true,
  INVALID_JSON: true,
  INVALID_RECORD: true,
  INVALID_SCHEMA: true,
  INVALID_TEXT: true,
  MISSING_ENVIRONMENT: true,
  NEEDS_DICTIONARY: true,
  NOT_FRAMED: true,
  NOT_READY: true,
  OUT_OF_RANGE: true,
  REGISTRY_DENIED: true,
  REGISTRY_UNAVAILABLE: true,
  RELEASED: true,
  SCHEMA_MISMATCH: true,
  SKIPPED: true,
  SQS_ITEM_FAILED: true,
  SQS_RESPONSE_INVALID: true,
  TOO_LARGE: true,
  TRAILING_BYTES: true,
  TRUNCATED: true,
  UNKNOWN_CODEC: true,
  UNKNOWN_SCHEMA: true,
  UNSAFE_INTEGER: true,
  UNSAFE_OFFSET: true,
  VALIDATOR_FAILED: true,
  VALUE_TOO_LARGE: true,
  WINDOW_TOO_LARGE: true,
};

/** The codes of the runtime's own errors, sorted. */
export const runtimeErrorCodes: readonly string[] = Object.keys(runtimeCodes);

// Bundlers may rename classes: the runtime's own are known by the name that they give themselves.
const runtimeNames =
  'BatchFailedError CodecError DeadLetterError DefinitionError EnvironmentError EventError EventUsedError FormatError ' +
  'NotReadyError RecordError RegistryError ReleasedError SchemaError SkipError';
const platformNames =
  'AbortError AggregateError DataCloneError Error EvalError RangeError ReferenceError SyntaxError TimeoutError TypeError URIError';
// The SDK gives what a service answers as the error's name; these are what operators meet.
const awsNames =
  'AccessDenied AccessDeniedException ConditionalCheckFailedException CredentialsProviderError ExpiredToken ' +
  'ExpiredTokenException InternalError InternalServerError InvalidAccessKeyId InvalidSignatureException KMS.DisabledException ' +
  'KMS.NotFoundException NoSuchBucket NoSuchKey NotFound OverLimit ProvisionedThroughputExceededException ' +
  'QueueDoesNotExist RequestLimitExceeded RequestTimeout RequestTimeTooSkewed RequestThrottled ResourceNotFoundException ' +
  'ServiceUnavailable SignatureDoesNotMatch SlowDown Throttling ThrottlingException TooManyRequestsException ' +
  'TransactionCanceledException TransactionConflictException UnrecognizedClientException ValidationException';
const names: ReadonlySet<string> = new Set(`${runtimeNames} ${platformNames} ${awsNames}`.split(' '));

/** Whether `name` is one that the runtime, the language, Node or AWS gives to errors. */
export function isKnownName(name: string): boolean {
  return names.has(name);
}

// Node has no list of its own ERR_ codes; undici, which is its fetch(), writes UND_ERR_. Both are namespaces of constants.
const nodeCode = /^(?:UND_)?ERR_[A-Z_]{2,50}$/;
// https://nodejs.org/api/dns.html#error-codes: not among the system's.
const resolverCodes: ReadonlySet<string> = new Set('ENODATA ENOTFOUND EREFUSED ESERVFAIL'.split(' '));

/** Whether `code` is one that the runtime, the system or Node gives to errors. */
export function isKnownCode(code: string): boolean {
  if (Object.hasOwn(runtimeCodes, code) || resolverCodes.has(code) || nodeCode.test(code)) return true;
  return isSystemCode(code);
}

let systemCodes: ReadonlySet<string> | undefined;

function isSystemCode(code: string): boolean {
  systemCodes ??= new Set(
    [...process.getBuiltinModule('node:util').getSystemErrorMap().values()].map(([name]) => name),
  );
  return systemCodes.has(code);
}

// Letters in words joined by underscores, and no more digits than a status has: not a name, a number or a token of anybody.
const constant = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/;
const maxConstantLength = 40;
const maxDigits = 4;

/** Whether `code` looks as constants in code do; at most 40 characters, at most 4 of them digits. */
export function isConstantLike(code: string): boolean {
  return (
    code.length <= maxConstantLength && constant.test(code) && code.replaceAll(/\D/g, '').length <= maxDigits
  );
}

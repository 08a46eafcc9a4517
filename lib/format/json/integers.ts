// Integers beyond ±(2^53 - 1) in JSON, which JSON.parse rounds in silence: found cheaply, and read exactly by their source text.

/** How such integers are given; see `JsonOptions`. */
export type JsonIntegers = 'number' | 'rounded' | 'bigint' | 'string';

/** An integer was met that a number would round. */
export class UnsafeIntegerError extends Error {
  override readonly name = 'UnsafeIntegerError';
}

// 2^53 has sixteen digits.
const leastDigits = 16;

/**
 * Whether sixteen digits follow each other anywhere in `bytes`: a third of the time that the same question takes of a text, and the
 * answer is nearly always no.
 */
export function holdsLongDigits(bytes: Buffer): boolean {
  for (let at = leastDigits - 1; at < bytes.length; at += leastDigits) {
    if (!isDigit(bytes[at]!)) continue;
    let start = at;
    while (start > 0 && isDigit(bytes[start - 1]!)) start--;
    let end = at + 1;
    while (end < bytes.length && isDigit(bytes[end]!)) end++;
    if (end - start >= leastDigits) return true;
    at = end - 1;
  }
  return false;
}

/**
 * Whether `text` may hold an integer beyond ±(2^53 - 1). One look for every sixteen characters finds each run of as many digits;
 * only one inside of a string that looks like a number is taken for one in vain.
 */
export function mayHoldUnsafeInteger(text: string): boolean {
  for (let at = leastDigits - 1; at < text.length; at += leastDigits) {
    if (!isDigit(text.charCodeAt(at))) continue;
    // Of sixteen digits in a row around it there are seven more on its left, or eight on its right.
    if (!isDigit(text.charCodeAt(at - 7)) && !isDigit(text.charCodeAt(at + 8))) continue;
    let start = at;
    while (start > 0 && isDigit(text.charCodeAt(start - 1))) start--;
    let end = at + 1;
    while (isDigit(text.charCodeAt(end))) end++;
    if (end - start >= leastDigits && isUnsafeInteger(text, start, end)) return true;
    at = end - 1;
  }
  return false;
}

/**
 * Parses JSON with each integer beyond ±(2^53 - 1) as `integers` says.
 *
 * @throws UnsafeIntegerError where numbers are asked for; SyntaxError; RangeError where it is nested too deeply for that
 */
export function parseExactly(text: string, integers: Exclude<JsonIntegers, 'rounded'>): unknown {
  return parseWithSource(text, (_, value, context) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    // Without the source (Node 20) nobody knows what was written.
    const digits = context?.source ?? '0';
    if (!/^-?\d+$/.test(digits)) return value;
    if (integers === 'number' || context?.source === undefined) throw new UnsafeIntegerError();
    return integers === 'bigint' ? BigInt(digits) : digits;
  });
}

/** `JSON.parse`, whose reviver knows the source text of primitive values since Node 21. */
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { readonly source?: string } | undefined) => unknown,
) => unknown;

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** True where the digits from `start` to `end` stand as an integer of JSON does, and are too many or too large. */
function isUnsafeInteger(text: string, start: number, end: number): boolean {
  const before = text[start - 1] === '-' ? start - 2 : start - 1;
  if (before >= 0 && !/[\s,:[]/.test(text[before]!)) return false;
  if (/[.eE]/.test(text[end] ?? '')) return false;
  return end - start > leastDigits || !Number.isSafeInteger(Number(text.slice(start, end)));
}

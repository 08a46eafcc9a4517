// Protobuf's well-known types, shown as ProtoJSON shows them: text where a Date or a number would lose digits, bare values
// for wrappers, plain JSON for Struct.
// Source: https://protobuf.dev/programming-guides/json/

import { ownValue } from '../../bounds/plain-object.ts';

/** Turns a decoded message into what is shown of it; undefined when it is outside the type's range. */
export type Show = (message: Readonly<Record<string, unknown>>) => unknown;

const toValue: Show = ({ value }) => value;

const shows: Readonly<Record<string, Show>> = {
  Timestamp: ({ seconds, nanos }) => toTimestampText(Number(seconds), nanos as number),
  Duration: ({ seconds, nanos }) => toDurationText(Number(seconds), nanos as number),
  DoubleValue: toValue,
  FloatValue: toValue,
  Int64Value: toValue,
  UInt64Value: toValue,
  Int32Value: toValue,
  UInt32Value: toValue,
  BoolValue: toValue,
  StringValue: toValue,
  BytesValue: toValue,
  Struct: ({ fields }) => fields,
  ListValue: ({ values }) => values,
  // A Value has exactly one field set; null_value, or none, is null.
  Value: (message) => ('null_value' in message ? null : (Object.values(message)[0] ?? null)),
};

/** How messages of that type are shown, or undefined when they are shown as they are. */
export function wellKnown(fullName: string): Show | undefined {
  const prefix = '.google.protobuf.';
  if (!fullName.startsWith(prefix)) return undefined;
  return ownValue(shows, fullName.slice(prefix.length));
}

/** `2026-11-22T12:00:00.5Z` with 0, 3, 6 or 9 digits of a second, for the years 1 to 9999. */
function toTimestampText(seconds: number, nanos: number): string | undefined {
  if (seconds < -62_135_596_800 || seconds > 253_402_300_799 || nanos < 0 || nanos > 999_999_999)
    return undefined;
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}${toFraction(nanos)}Z`;
}

/** `-1.500s`; seconds and nanoseconds have the same sign. */
function toDurationText(seconds: number, nanos: number): string | undefined {
  if (Math.abs(seconds) > 315_576_000_000 || Math.abs(nanos) > 999_999_999) return undefined;
  if ((seconds < 0 && nanos > 0) || (seconds > 0 && nanos < 0)) return undefined;
  const sign = seconds < 0 || nanos < 0 ? '-' : '';
  return `${sign}${Math.abs(seconds)}${toFraction(Math.abs(nanos))}s`;
}

function toFraction(nanos: number): string {
  if (nanos === 0) return '';
  const digits = String(nanos).padStart(9, '0');
  if (digits.endsWith('000000')) return `.${digits.slice(0, 3)}`;
  return digits.endsWith('000') ? `.${digits.slice(0, 6)}` : `.${digits}`;
}

// Avro's logical types: what a decoded number or byte string stands for. A type that JavaScript holds exactly becomes it;
// one that it does not (microseconds, decimals) stays exact as a number or text rather than be rounded.
// Source: Apache Avro 1.12 specification, "Logical Types"; unknown or malformed ones are ignored, as it demands

/** Types without parts. */
export type PrimitiveKind = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';

/** A logical type that changes how a value is shown. */
export type Logical =
  | { readonly name: 'date' | 'timestamp-millis' | 'nanos' | 'uuid-bytes' | 'duration' }
  | { readonly name: 'decimal'; readonly scale: number };

/** The logical type of a schema, or undefined when it has none that changes anything. */
export function parseLogical(
  kind: PrimitiveKind | 'fixed',
  schema: Readonly<Record<string, unknown>>,
  size: number | undefined,
): Logical | undefined {
  const { logicalType, scale = 0, precision } = schema;
  if (logicalType === 'date' && kind === 'int') return { name: 'date' };
  if (kind === 'long') {
    if (logicalType === 'timestamp-millis') return { name: 'timestamp-millis' };
    // Nanoseconds of today are beyond 2^53 already.
    if (logicalType === 'timestamp-nanos' || logicalType === 'local-timestamp-nanos')
      return { name: 'nanos' };
  }
  if (logicalType === 'uuid' && kind === 'fixed' && size === 16) return { name: 'uuid-bytes' };
  if (logicalType === 'duration' && kind === 'fixed' && size === 12) return { name: 'duration' };
  if (logicalType !== 'decimal' || (kind !== 'bytes' && kind !== 'fixed')) return undefined;
  const isValid =
    Number.isSafeInteger(precision) &&
    Number.isSafeInteger(scale) &&
    (scale as number) >= 0 &&
    (scale as number) <= (precision as number) &&
    (precision as number) <= 1000;
  return isValid ? { name: 'decimal', scale: scale as number } : undefined;
}

/** What a value of logical type `logical` is shown as, or undefined when the bytes are no such value. */
export function toLogicalValue(logical: Logical, value: unknown): unknown {
  switch (logical.name) {
    case 'date':
      return toDateText(value as number);
    case 'timestamp-millis':
      return toDate(Number(value));
    case 'nanos':
      return value;
    case 'uuid-bytes':
      return (value as Buffer).toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    case 'duration': {
      const bytes = value as Buffer;
      const [months, days, milliseconds] = [0, 4, 8].map((at) => bytes.readUInt32LE(at));
      return { months, days, milliseconds };
    }
    case 'decimal':
      return toDecimalText(value as Buffer, logical.scale);
  }
}

function toDate(epochMs: number): Date | undefined {
  const date = new Date(epochMs);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** `2026-11-22`, or with a sign and six digits outside the years 0 to 9999, as ISO 8601 has it. */
function toDateText(epochDays: number): string | undefined {
  return toDate(epochDays * 86_400_000)
    ?.toISOString()
    .replace(/T.*/, '');
}

/** A decimal's exact text; undefined above 512 bytes, for the work grows with the square of the length. */
function toDecimalText(bytes: Buffer, scale: number): string | undefined {
  if (bytes.length === 0 || bytes.length > 512) return undefined;
  const unscaled = BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const text = scale === 0 ? whole : `${whole}.${digits.slice(digits.length - scale)}`;
  return unscaled < 0n ? `-${text}` : text;
}

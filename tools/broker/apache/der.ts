// The few pieces of ASN.1's Distinguished Encoding Rules (ITU-T X.690) that a certificate is written with.

/** One element: tag, length of the content (8.1.3), content. */
export function toDer(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), toLength(content.length), content]);
}

/** SEQUENCE. */
export function toSequence(...contents: readonly Uint8Array[]): Buffer {
  return toDer(0x30, ...contents);
}

/** INTEGER of big-endian bytes, taken as positive: a zero byte is put before a set highest bit. */
export function toInteger(bytes: Uint8Array): Buffer {
  const isHigh = ((bytes[0] ?? 0) & 0x80) !== 0;
  return toDer(0x02, ...(isHigh ? [Buffer.of(0)] : []), bytes);
}

/** BIT STRING with `unusedBits` 0..7 at the end of its last byte. */
export function toBitString(bytes: Uint8Array, unusedBits: number = 0): Buffer {
  return toDer(0x03, Buffer.of(unusedBits), bytes);
}

/** OBJECT IDENTIFIER written as `2.5.4.3`. */
export function toObjectIdentifier(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  return toDer(0x06, Buffer.from([first * 40 + second, ...rest.flatMap((part) => toBase128(part))]));
}

/** UTCTime, which X.509 wants for the years 1950 to 2049 (RFC 5280, 4.1.2.5.1). */
export function toUtcTime(time: Date): Buffer {
  const digits = time.toISOString().replaceAll(/[-:T]/g, '').slice(2, 14);
  return toDer(0x17, Buffer.from(`${digits}Z`));
}

function toLength(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

function toBase128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift(0x80 | (rest & 0x7f));
  return bytes;
}

// Zigzag numbers of variable length, as Kafka's records are made of. Source: Apache Kafka documentation, "Message Format".

/** A place in bytes that moves as they are read. */
export interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

/**
 * Reads a zigzag number of up to 64 bits, exact up to 2^53.
 * @throws {Error} when the bytes end before it does
 */
export function readVarint(cursor: Cursor): number {
  const { bytes } = cursor;
  let byte = bytes[cursor.at++];
  if (byte === undefined) throw cutShort(cursor);
  let value = byte & 0x7f;
  for (let scale = 128; byte > 0x7f; scale *= 128) {
    byte = bytes[cursor.at++];
    if (byte === undefined) throw cutShort(cursor);
    value += (byte & 0x7f) * scale;
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/** The error of records whose bytes end before they do. */
export function cutShort({ bytes, at }: Cursor): Error {
  return new Error(`records are cut short, got ${bytes.length} bytes of them, expected ${at} or more`);
}

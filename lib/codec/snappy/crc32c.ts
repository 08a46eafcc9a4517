// CRC-32C (Castagnoli), the checksum of framed snappy; node:zlib only has the other CRC-32.

// Made with the first framed snappy: every bundle has this module, and hardly one such value.
let made: Int32Array | undefined;

/** CRC-32C of `bytes` from `from` up to (not including) `to`, as an unsigned 32-bit number. Source: RFC 3720, B.4. */
export function crc32c(bytes: Buffer, from: number, to: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const tables = (made ??= createTables());
  let crc = -1;
  let at = from;
  for (; at <= to - 4; at += 4) {
    crc ^= view.getInt32(at, true);
    crc =
      tables[768 + (crc & 255)]! ^
      tables[512 + ((crc >>> 8) & 255)]! ^
      tables[256 + ((crc >>> 16) & 255)]! ^
      tables[crc >>> 24]!;
  }
  for (; at < to; at++) crc = tables[(crc ^ view.getUint8(at)) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Four tables of 256: the n-th says what a byte does to the sum n bytes later. */
function createTables(): Int32Array {
  const tables = new Int32Array(1024);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) === 0 ? 0 : 0x82f63b78);
    tables[byte] = crc;
  }
  for (let index = 256; index < 1024; index++) {
    const previous = tables[index - 256]!;
    tables[index] = tables[previous & 255]! ^ (previous >>> 8);
  }
  return tables;
}

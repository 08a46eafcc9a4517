// What stands for a value when records are compared by the hundred thousand. Own file: all readers must agree on it.

import { hash } from 'node:crypto';

/** The first 8 bytes of the SHA-256 of text (as UTF-8) or bytes, as an unsigned big-endian integer. */
export function toDigest(value: string | Uint8Array): bigint {
  return hash('sha256', value, 'buffer').readBigUInt64BE(0);
}

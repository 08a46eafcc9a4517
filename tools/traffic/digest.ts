// One short fingerprint for everything that is compared between what was produced and what landed.
import { createHash } from 'node:crypto';

/** First 64 bits of SHA-256, as a bigint; a million documents meet by chance once in 37 million runs. */
export function digest64(bytes: string | Uint8Array): bigint {
  return createHash('sha256').update(bytes).digest().readBigUInt64BE(0);
}

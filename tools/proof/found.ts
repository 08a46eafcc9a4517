// A record as it was found somewhere, and what of it is not as it was produced.

import type { LedgerEntry } from '../traffic/ledger.ts';

/** What was found of a record; what is undefined the place does not tell. Digests are those of the ledger. */
export interface Found {
  readonly keyDigest?: bigint;
  readonly headersDigest?: number;
  readonly timestampMs?: number;
  /** Of the document where it landed, of the value's bytes in a dead letter; 0n for none. */
  readonly digest?: bigint;
}

/** What of a record is not as it was produced, in words. */
export function findDifferences(record: LedgerEntry, found: Found, digest: bigint): readonly string[] {
  return [
    found.digest !== undefined && found.digest !== digest ? 'other content than was produced' : '',
    found.keyDigest !== undefined && found.keyDigest !== record.keyDigest
      ? 'another key than was produced'
      : '',
    found.headersDigest !== undefined && found.headersDigest !== record.headersDigest
      ? 'other headers than were produced'
      : '',
    found.timestampMs !== undefined && found.timestampMs !== record.timestampMs
      ? 'another timestamp than was produced'
      : '',
  ].filter((text) => text !== '');
}

// The child of bomb.test.ts: opens bombs, and a good value between them, and reports as JSON what came of it and the most
// memory it ever had. Its own process, so that this can be measured and limited.

import { readFileSync } from 'node:fs';
import { CodecError } from '../../../lib/codec/codec.ts';
import { decompress } from '../../../lib/codec/decompress.ts';
import { createScratch } from '../../../lib/codec/scratch.ts';

/** What the parent gives, as JSON in a file; bytes are base64, as in an event. */
export interface BombCase {
  readonly contentEncoding: string;
  readonly bomb: string;
  readonly good: string;
  readonly goodBytes: number;
  readonly maxBytes: number;
  readonly times: number;
}

/** What the child prints, as JSON. */
export interface BombReport {
  /** How often a bomb ended with which code. */
  readonly codes: Readonly<Record<string, number>>;
  /** How often the good value was opened. */
  readonly opened: number;
  readonly peakMb: number;
  readonly scratchBytes: number;
}

const { contentEncoding, bomb, good, goodBytes, maxBytes, times } = JSON.parse(
  readFileSync(process.argv[2]!, 'utf8'),
) as BombCase;
const scratch = createScratch();
const options = { allowed: 'detect', contentEncoding, maxBytes, scratch } as const;
const codes: Record<string, number> = {};
let opened = 0;
for (let run = 0; run < times; run++) {
  let code = 'opened';
  try {
    decompress(Buffer.from(bomb, 'base64'), options);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    code = error.code;
  }
  codes[code] = (codes[code] ?? 0) + 1;
  if (decompress(Buffer.from(good, 'base64'), options).length === goodBytes) opened++;
}
// maxRSS is in kilobytes: https://nodejs.org/docs/latest-v24.x/api/process.html#processresourceusage
const peakMb = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ codes, opened, peakMb, scratchBytes: scratch.capacity } satisfies BombReport));

// The child of bomb.test.ts: opens bombs, and a good value between them, and reports as JSON what came of it and the most
// memory it ever had. Its own process, so that this can be measured and limited.

import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
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
// As in the runtime, whose records are decoded into one area.
const encoded = createScratch();
const decode = (text: string): Buffer => {
  const area = encoded.reserve(text.length);
  return area.subarray(0, area.write(text, 0, 'base64'));
};
const options = { allowed: 'detect', contentEncoding, maxBytes, scratch } as const;
const codes: Record<string, number> = {};
let opened = 0;
// A refused record waits for its dead letter: no more of them are refused in one turn than there are lanes.
const lanes = 50;
for (let run = 0; run < times; run++) {
  let code = 'opened';
  try {
    decompress(decode(bomb), options);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    code = error.code;
  }
  codes[code] = (codes[code] ?? 0) + 1;
  if (decompress(decode(good), options).length === goodBytes) opened++;
  if (run % lanes === 0) await setImmediate();
}
// maxRSS is in kilobytes: https://nodejs.org/docs/latest-v24.x/api/process.html#processresourceusage
const peakMb = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ codes, opened, peakMb, scratchBytes: scratch.capacity } satisfies BombReport));

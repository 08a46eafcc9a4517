// A tenth of the mutants under CI, another one with each run; `npm run mutants` has them all.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

const seed = process.env['GITHUB_RUN_NUMBER'] ?? '1';
const skip = process.env['CI'] === 'true' ? false : 'under CI; npm run mutants -- --share 0.1 does the same';

test(`every mutant of a tenth is caught or explained, seed ${seed}`, { skip, timeout: 900_000 }, async () => {
  const main = new URL('main.ts', import.meta.url).pathname;
  const suite = spawn(process.execPath, [main, '--share', '0.1', '--seed', seed], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(suite, 'exit');
  const printed = await text(suite.stdout);
  assert.deepEqual((await ended)[0], 0, printed);
});

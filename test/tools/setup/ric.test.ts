import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ensureRic } from '../../../tools/setup/ric.ts';

test('says in one line what a machine lacks to compile the runtime client', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tailrace-ric-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const ric = await ensureRic({ folder: join(folder, 'ric'), env: { PATH: folder } });
  assert.ok(ric.kind === 'missing');
  const expected =
    process.platform === 'linux' ? /missing npm, cmake, make, g\+\+, python3/ : /expected linux/;
  assert.match(ric.reason, expected);
  assert.doesNotMatch(ric.reason, /\n/);
});

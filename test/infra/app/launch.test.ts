// What a person sees whose Node cannot read the app, and nobody else.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';

const root = new URL('../../../', import.meta.url);

test('names the Node that is missing, instead of a file extension', async () => {
  const { app } = JSON.parse(readFileSync(new URL('cdk.json', root), 'utf8')) as { readonly app: string };
  const [, ...args] = app.split(' ');
  // As an older Node is, and one without the pinned one: it reads no TypeScript.
  const run = promisify(execFile)(process.execPath, ['--no-strip-types', ...args], { cwd: root });
  await assert.rejects(run, (error) => {
    const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: string };
    assert.equal(code, 1);
    assert.match(
      stderr ?? '',
      /^tailrace: the app is TypeScript, got Node [\d.]+, expected 22\.18 or later; .*npm ci --ignore-scripts=false/,
    );
    return true;
  });
});

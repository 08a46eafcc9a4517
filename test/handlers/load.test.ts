// How handlers load: each in a process of its own, as Lambda starts them, with a variable missing.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const environments = {
  archive: ['ARCHIVE_BUCKET'],
  materialize: ['MATERIALIZE_TABLE'],
  relay: ['RELAY_QUEUE_URL', 'RELAY_BUCKET'],
} as const;

function pathOf(consumer: string): string {
  return fileURLToPath(new URL(`../../handlers/${consumer}/handler.ts`, import.meta.url));
}

for (const [consumer, names] of Object.entries(environments)) {
  const all = [...names, 'TAILRACE_DEAD_LETTER_BUCKET'];

  test(`${consumer} does not load without ${all.join(' or ')}, and says which`, () => {
    for (const missing of all) {
      const env = Object.fromEntries(
        all.filter((name) => name !== missing).map((name) => [name, 'some.fifo']),
      );
      const script = `await import(${JSON.stringify(pathOf(consumer))})`;
      const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
        env: { ...env, PATH: process.env['PATH'], AWS_LAMBDA_FUNCTION_NAME: consumer },
        encoding: 'utf8',
      });
      assert.equal(status, 1);
      assert.match(stderr, new RegExp(`environment variable ${missing} is not set`));
      assert.match(stderr, /code: 'MISSING_ENVIRONMENT'/);
    }
  });

  test(`${consumer}'s handler is short enough to be read in one look`, () => {
    const lines = readFileSync(pathOf(consumer), 'utf8').trimEnd().split('\n');
    assert.ok(lines.length <= 60, `${lines.length} lines`);
  });
}

import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { hasLeftovers, runCli, startCli } from '../../support/cli.ts';

const folder = await mkdtemp(join(tmpdir(), 'tailrace-soak-run-'));
after(async () => await rm(folder, { recursive: true }));
// What the program puts into the temporary folder can be seen in one of its own.
const environment = { TMPDIR: folder };
const entry = 'test/e2e/seed-858/a/handler.ts';
const report = join(folder, 'report');

test('leaves nothing behind when it is stopped in the middle', async () => {
  const cli = startCli(['soak', 'a', '--entry', entry, '--report', report], environment);
  await cli.printed('records in ');
  process.kill(-(cli.child.pid ?? 0), 'SIGINT');
  const { code } = await cli.ended;
  assert.equal(code, 130);
  assert.equal(await hasLeftovers(cli), false);
  assert.deepEqual(await readdir(folder), []);
});

test('says what is wrong with the command line, the entry and the traffic, by exit code', async () => {
  const both = await runCli(['soak', 'a', '--entry', entry, '--cdk-out', 'cdk.out']);
  assert.equal(both.code, 2);
  const traffic = join(folder, 'none.ndjson');
  await writeFile(traffic, 'no event\n');
  const wrong = await runCli(
    ['soak', 'a', '--entry', entry, '--traffic', traffic, '--report', report],
    environment,
  );
  assert.equal(wrong.code, 3);
  assert.match(wrong.stderr, /no Kafka event at .*none\.ndjson:1/);
  const missing = await runCli(['soak', 'a', '--entry', 'none.ts', '--report', report], environment);
  assert.equal(missing.code, 3);
  assert.match(missing.stderr, /none\.ts cannot be bundled/);
});

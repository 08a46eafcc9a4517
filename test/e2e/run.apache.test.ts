// The main job on Apache Kafka, as a person runs it, and what a Ctrl-C leaves behind.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { whyNoApache } from '../support/apache.ts';
import { hasLeftovers, runCli, startCli } from '../support/cli.ts';

const skip = await whyNoApache();

describe('the main job on Apache Kafka', { skip }, () => {
  // A place of our own for temporary files, so that what is left there is ours. The broker's own processes remove its
  // folder as the last thing they do: without it, they are gone.
  let TMPDIR: string;
  before(async () => {
    TMPDIR = await mkdtemp(join(tmpdir(), 'tailrace-e2e-'));
  });
  after(async () => {
    await rm(TMPDIR, { recursive: true });
  });
  const brokerFolders = async (): Promise<readonly string[]> =>
    (await readdir(TMPDIR)).filter((name) => name.startsWith('tailrace-kafka-'));

  test('proves that nothing is lost, with a function killed, and leaves no broker behind', async () => {
    const args = ['run', '--broker', 'apache', '--records', '600', '--fault', 'kill:relay', '--json'];
    const { code, stdout, stderr } = await runCli(args, { TMPDIR });
    assert.equal(code, 0, stdout + stderr);
    const result = JSON.parse(stdout) as { readonly isProven: boolean; readonly produced: number };
    assert.deepEqual([result.isProven, result.produced], [true, 600]);
    assert.match(stderr, /Apache Kafka at 127\.0\.0\.1:\d+/);
    assert.match(stderr, /fault injected: kill/);
    assert.deepEqual(await brokerFolders(), []);
  });

  test('stops on Ctrl-C while Kafka starts, with exit code 130 and no broker behind', async () => {
    const cli = startCli(['run', '--broker', 'apache'], { TMPDIR });
    const deadline = Date.now() + 60_000;
    while ((await brokerFolders()).length === 0) {
      assert.ok(Date.now() < deadline, 'Kafka is being started');
      await delay(20);
    }
    cli.child.kill('SIGINT');
    const { code } = await cli.ended;
    assert.deepEqual([code, await hasLeftovers(cli), await brokerFolders()], [130, false, []]);
  });
});

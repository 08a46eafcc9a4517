import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { describe, test } from 'node:test';

import { generateTraffic } from '../../tools/traffic/orders/generator.ts';
import type { Order } from '../../tools/traffic/orders/order.ts';
import { hasLeftovers, isGroupAlive, root, runCli, startCli } from '../support/cli.ts';
import { until } from '../support/until.ts';
import { decompress } from '../../lib/codec/decompress.ts';
import { createScratch } from '../../lib/codec/scratch.ts';

interface Result {
  readonly isProven: boolean;
  readonly produced: number;
  readonly consumers: readonly {
    readonly account: {
      readonly consumer: string;
      readonly processed: number;
      readonly deadLettered: number;
      readonly deadLettersByCode: Readonly<Record<string, number>>;
      readonly doubled: number;
    };
    readonly status: {
      readonly redelivered: number;
      readonly failedInvocations: number;
      readonly peakMemoryMb: number;
    };
  }[];
}

describe('the main job', () => {
  test('takes every record through every consumer and proves it, without a byte of payload in its output', async () => {
    const { code, stdout, stderr } = await runCli([
      'run',
      '--records',
      '600',
      '--poison',
      '6',
      '--json',
      '--logs',
    ]);
    assert.equal(code, 0, stdout + stderr);
    const result = JSON.parse(stdout) as Result;
    assert.deepEqual([result.isProven, result.produced], [true, 600]);
    const accounts = result.consumers.map(({ account }) => account);
    assert.deepEqual(
      accounts.map(({ consumer }) => consumer),
      ['archive', 'materialize', 'relay'],
    );
    for (const { processed, deadLettered, doubled } of accounts)
      assert.deepEqual([processed + deadLettered, doubled], [600, 0]);
    // Twelve of each kind of poison; only materialize has a schema that the invalid ones violate.
    assert.deepEqual(
      accounts.map(({ deadLettered }) => deadLettered),
      [24, 36, 24],
    );
    assert.equal(accounts[1]?.deadLettersByCode['SCHEMA_MISMATCH'], 12);
    for (const { status } of result.consumers) assert.ok(status.peakMemoryMb > 0);
    const words = payloadWords(600, 0.02);
    assert.ok(words.size > 1000);
    for (const word of words)
      assert.ok(!stderr.includes(word) && !stdout.includes(word), `payload in the output: ${word}`);
    assert.match(stderr, /record dead-lettered/, 'the logs were there to be searched');
  });

  test('loses nothing when handlers throw, processes are killed and pollers restart', async () => {
    const faults = ['throw', 'kill', 'restart-poller'].flatMap((fault) => ['--fault', fault]);
    const { code, stdout, stderr } = await runCli(['run', '--records', '1800', '--json', ...faults]);
    assert.equal(code, 0, stdout + stderr);
    const result = JSON.parse(stdout) as Result;
    assert.equal(result.isProven, true);
    for (const { account, status } of result.consumers) {
      assert.ok(status.redelivered > 0, `${account.consumer} had nothing delivered again`);
      assert.ok(status.failedInvocations > 0, `${account.consumer} had no failed invocation`);
    }
    for (const fault of ['throw', 'kill', 'restart-poller'])
      assert.ok(stderr.includes(`fault injected: ${fault}`), fault);
  });

  test('stops on Ctrl-C with exit code 130 and leaves no process behind', async () => {
    const cli = startCli(['run', '--records', '100000']);
    await cli.printed('embedded Kafka at');
    cli.child.kill('SIGINT');
    const { code } = await cli.ended;
    assert.deepEqual([code, await hasLeftovers(cli)], [130, false]);
  });

  test('ends when the process that started it is killed', async () => {
    const parent = spawn(
      process.execPath,
      [
        '--eval',
        `require('node:child_process').spawn(process.execPath, ['tools/cli.ts', 'run', '--watch'], { stdio: 'inherit' });`,
      ],
      { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let said = '';
    parent.stdout.on('data', (part: Buffer) => (said += part.toString()));
    await until(() => said.includes('embedded Kafka at'), 'the run has started');
    parent.kill('SIGKILL');
    await until(() => !isGroupAlive(parent.pid ?? 0), 'the run has ended');
  });

  test('goes on with --watch until Ctrl-C and then proves what it did', async () => {
    const cli = startCli(['run', '--watch', '--consumer', 'archive', '--rate', '200']);
    await cli.printed('embedded Kafka at');
    await cli.printed('archive');
    const produced = /\n([1-9][\d,]*) produced\n/;
    const seen = new Promise<void>((resolve) => {
      let text = '';
      cli.child.stdout?.on('data', (part: Buffer) => {
        text += part.toString();
        if (produced.test(text)) resolve();
      });
    });
    await seen;
    cli.child.kill('SIGINT');
    const { code, stdout, stderr } = await cli.ended;
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /proven: produced = processed \+ dead-lettered/);
    assert.equal(await hasLeftovers(cli), false);
  });
});

/** Words of the records that must not show up anywhere: identifiers and titles, long enough to be no accident. */
function payloadWords(records: number, share: number): ReadonlySet<string> {
  const scratch = createScratch();
  const words = new Set<string>();
  const shares = {
    tombstoneShare: 0.02,
    undecodableShare: share,
    invalidShare: share,
    overLimitShare: share,
  };
  for (const { kind, value } of generateTraffic({ seed: 858, records, ...shares })) {
    if (kind !== 'good' || value === null) continue;
    const text = decompress(value, { allowed: 'detect', maxBytes: 1_048_576, scratch }).toString();
    const order = JSON.parse(text) as Order;
    for (const word of [order.orderId, order.customerId, ...order.items.map(({ title }) => title)]) {
      if (word.length >= 12) words.add(word);
    }
  }
  return words;
}

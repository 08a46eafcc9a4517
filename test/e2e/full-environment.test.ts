// A consumer that keeps a part of every record, in a function whose memory is soon full of it: each environment ends itself
// once, no record is given up, and none is processed twice. Real bundles in sandboxes that are killed at their memory size.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startLocalCluster, type LocalCluster } from '../support/local-cluster.ts';

let cluster: LocalCluster;
before(async () => {
  cluster = await startLocalCluster();
});
after(async () => {
  await cluster.close();
});

const recordCount = 3000;

/** As the relay does, for every record it calls somebody; and it keeps 30 KB of each in a Map that nobody empties. */
const source = `
  import { createConsumer, defineConsumer, text } from '../../lib/index.ts';
  const config = defineConsumer({ name: 'leaking', topic: 'leaking', value: text() });
  const kept = new Map();
  export const handler = createConsumer(config, {
    async record({ offset, value }) {
      await new Promise(setImmediate);
      kept.set(offset, Buffer.alloc(30_000, value).toString('latin1'));
      process.stdout.write(JSON.stringify({ processed: offset }) + '\\n');
    },
  }, { deadLetters: { store: () => Promise.reject(new Error('no record of this test may fail')) } });`;

test('a full environment ends itself, and no record is given up', { timeout: 120_000 }, async () => {
  const ends = await cluster.produce(
    'leaking',
    Array.from({ length: recordCount }, (_, index) => ({ partition: 0, value: `value ${index}` })),
  );
  const { local, events } = await cluster.run([
    {
      name: 'leaking',
      source,
      function: { Timeout: 60 },
      mapping: {
        Topics: ['leaking'],
        BatchSize: 50,
        MaximumRetryAttempts: 4,
        BisectBatchOnFunctionError: true,
      },
    },
  ]);
  await local.drained(ends);
  await local.close();
  const lines = events.flatMap((event) => (event.kind === 'log' ? [event.line] : []));
  const ended = lines.filter((line) => line.includes('memory is full, the environment ends')).length;
  const processed = lines.flatMap((line) => {
    const offset = /^\{"processed":(\d+)\}$/.exec(line)?.[1];
    return offset === undefined ? [] : [Number(offset)];
  });
  assert.ok(ended >= 1, `${ended} environments ended`);
  const crashes = events.flatMap((event) =>
    event.kind === 'invocation' && event.status === 'crash' ? [event.errorType] : [],
  );
  assert.deepEqual(
    crashes,
    Array.from({ length: ended }, () => 'Runtime.ExitError'),
  );
  const counted = lines.filter(
    (line) => line.startsWith('{"_aws"') && line.includes('"EnvironmentsEnded":1'),
  );
  assert.equal(counted.length, ended);
  assert.deepEqual(
    processed,
    Array.from({ length: recordCount }, (_, offset) => offset),
  );
});

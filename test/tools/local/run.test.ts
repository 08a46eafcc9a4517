// A local run whose functions do their work: what they get, in which order, from where on.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LocalError } from '../../../tools/local/error.ts';

import {
  cluster,
  consumerOf,
  invocations,
  messages,
  only,
  resourcesOf,
  stored,
  storing,
  values,
} from '../../support/storing-run.ts';
import { until } from '../../support/until.ts';

// Side by side: most of a run's time is spent waiting for the broker to form a group.
describe('a local run', { concurrency: 4, timeout: 150_000 }, () => {
  test('takes every record of all partitions from the broker through the function, and commits what succeeded', async () => {
    const topic = 'plain';
    const { local, events } = await cluster.run([consumerOf(topic, storing())], {
      resources: resourcesOf(topic),
    });
    const assigned = events.find((event) => event.kind === 'assigned');
    assert.deepEqual(
      assigned?.partitions.toSorted((a, b) => a - b),
      [0, 1, 2, 3],
    );
    const sent = messages(50);
    const ends = await cluster.produce(topic, sent);
    await local.drained(ends);
    assert.deepEqual(await stored(topic), values(sent));
    const status = only(local);
    assert.deepEqual(status.committed, ends[topic]);
    assert.equal(status.polled, 50);
    assert.equal(status.done, 50);
    assert.equal(status.lag, 0);
    assert.equal(status.failedInvocations, 0);
    assert.equal(status.redelivered, 0);
    assert.ok(status.peakMemoryMb > 20);
    await local.close();
  });

  test('loses nothing when faults of every kind are injected', async () => {
    const topic = 'faulty';
    const { local, events } = await cluster.run(
      [
        consumerOf(topic, storing(`await new Promise((resolve) => setTimeout(resolve, 20));`), {
          BatchSize: 10,
        }),
      ],
      {
        resources: resourcesOf(topic),
        faults: [
          { kind: 'throw', atInvocation: 1 },
          { kind: 'kill', consumer: topic, atInvocation: 3 },
          { kind: 'restart-poller', atInvocation: 5 },
        ],
      },
    );
    const sent = messages(200);
    const ends = await cluster.produce(topic, sent);
    await local.drained(ends);
    assert.deepEqual(await stored(topic), values(sent));
    const injected = events.filter((event) => event.kind === 'fault');
    assert.deepEqual(
      injected.map(({ fault, invocation }) => [fault, invocation]),
      [
        ['throw', 1],
        ['kill', 3],
        ['restart-poller', 5],
      ],
    );
    assert.equal(events.filter((event) => event.kind === 'assigned').length, 2);
    const results = new Set(invocations(events).map(({ status }) => status));
    assert.ok(results.has('error') && results.has('crash'));
    assert.ok(only(local).redelivered > 0);
    assert.deepEqual(only(local).committed, ends[topic]);
    await local.close();
  });

  test('keeps the order of a partition, whatever fails', async () => {
    const topic = 'ordered';
    // Prints what it was given; the runner's log events are the witness.
    const print = `for (const record of records) process.stdout.write('saw ' + record.partition + ' ' + record.offset + '\\n');
    globalThis.turn = ((globalThis.turn ?? 0) * 5 + 3) % 16;
    if (globalThis.turn < 5) throw new Error('unlucky');`;
    const mapping = { BatchSize: 7, MaximumRetryAttempts: 200 };
    const { local, events } = await cluster.run([consumerOf(topic, storing(print), mapping)], {
      resources: resourcesOf(topic),
    });
    await local.drained(await cluster.produce(topic, messages(100)));
    const next = new Map<number, number>();
    for (const event of events) {
      const match = event.kind === 'log' ? /^saw (\d+) (\d+)$/.exec(event.line) : null;
      if (match === null) continue;
      const [partition, offset] = [Number(match[1]), Number(match[2])];
      assert.ok(
        offset <= (next.get(partition) ?? 0),
        `partition ${partition} went on to ${offset} too early`,
      );
      next.set(partition, Math.max(next.get(partition) ?? 0, offset + 1));
    }
    assert.deepEqual(Object.fromEntries([...next].toSorted(([a], [b]) => a - b)), {
      0: 25,
      1: 25,
      2: 25,
      3: 25,
    });
    await local.close();
  });

  test('takes the summary line of a function for its numbers', async () => {
    const topic = 'summary';
    const summary = `console.log = undefined;
    process.stdout.write(JSON.stringify({ level: 'INFO', message: 'batch', tailrace: { consumer: 'x', records: records.length, done: 1, skipped: 1, deadLettered: records.length - 2, retried: 0 } }) + '\\n');`;
    const { local, events } = await cluster.run([consumerOf(topic, storing(summary))], {
      resources: resourcesOf(topic),
    });
    await local.drained(
      await cluster.produce(
        topic,
        [1, 2, 3].map((n) => ({ value: String(n), partition: 0 })),
      ),
    );
    const { done, skipped, deadLettered } = only(local);
    assert.deepEqual({ done, skipped, deadLettered }, { done: 1, skipped: 1, deadLettered: 1 });
    assert.equal(events.filter((event) => event.kind === 'summary').length, 1);
    await local.close();
  });

  test('starts at the end with LATEST, and does not skip what is produced while its poller restarts', async () => {
    const topic = 'latest';
    await cluster.produce(
      topic,
      messages(4, (index) => `old ${index}`),
    );
    const consumer = consumerOf(topic, storing(), { StartingPosition: 'LATEST' });
    const { local } = await cluster.run([consumer], { resources: resourcesOf(topic) });
    const restarted = local.restartPoller(topic);
    const sent = messages(8, (index) => `new ${index}`);
    const ends = await cluster.produce(topic, sent);
    await restarted;
    await local.drained(ends);
    assert.deepEqual(await stored(topic), values(sent));
    await local.close();
  });

  test('refuses an app of which no mapping is enabled, since there would be nothing to prove', async () => {
    const topic = 'asleep';
    const start = cluster.run([consumerOf(topic, storing(), { Enabled: false })], {
      resources: resourcesOf(topic),
    });
    await assert.rejects(start, (error) => error instanceof LocalError && error.code === 'NO_SUCH_CONSUMER');
  });

  test('stops one consumer for good, and counts as drained without it', async () => {
    const [topic, stuck] = ['going', 'stuck'];
    const { local, events } = await cluster.run(
      [
        consumerOf(topic, storing()),
        consumerOf(stuck, `export const handler = async () => { throw new Error('never'); };`, {
          MaximumRetryAttempts: -1,
        }),
      ],
      { resources: { ...resourcesOf(topic), ...resourcesOf(stuck) } },
    );
    const sent = messages(8);
    const ends = { ...(await cluster.produce(topic, sent)), ...(await cluster.produce(stuck, sent)) };
    await until(() => invocations(events).some(({ consumer }) => consumer === stuck));
    const drained = local.drained(ends);
    await local.stopConsumer(stuck);
    await drained;
    assert.deepEqual(await stored(topic), values(sent));
    const calls = invocations(events).filter(({ consumer }) => consumer === stuck).length;
    assert.deepEqual(
      local.mappings().map(({ consumer }) => consumer),
      [topic, stuck],
    );
    await assert.rejects(local.stopConsumer('nobody'), { code: 'NO_SUCH_CONSUMER' });
    await local.close();
    assert.equal(invocations(events).filter(({ consumer }) => consumer === stuck).length, calls);
  });

  test('refuses an unknown consumer and names the known ones', async () => {
    const topic = 'known';
    const start = cluster.run([consumerOf(topic, storing())], {
      resources: resourcesOf(topic),
      only: ['archvie'],
    });
    await assert.rejects(start, (error) => {
      assert.ok(error instanceof LocalError && error.code === 'NO_SUCH_CONSUMER');
      assert.ok(error.message.includes('archvie') && error.message.includes('known'));
      return true;
    });
  });
});

// Pollers that come and go with the lag, on Apache Kafka: each change is a rebalance of its group.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createKafka } from '../../../../tools/broker/kafka-client.ts';
import { ensureTopic } from '../../../../tools/broker/topic.ts';
import type { LocalEvent } from '../../../../tools/local/events.ts';
import { whyNoApache } from '../../../support/apache.ts';
import { startLocalCluster, type LocalCluster } from '../../../support/local-cluster.ts';
import { until } from '../../../support/until.ts';

const skip = await whyNoApache();
process.env['TAILRACE_TEST_BROKER'] = 'apache';

const partitions = 12;
const recordsPerPartition = 400;
// Prints the places of its records, and takes its time: one poller is too slow.
const source = `export async function handler(event) {
  for (const { partition, offset } of Object.values(event.records).flat())
    process.stdout.write('at ' + partition + ' ' + offset + '\\n');
  await new Promise((resolve) => setTimeout(resolve, 150));
}`;

// What AWS gives to provisioned pollers alone is taken out of the mapping that every consumer of a test has.
const onDemand = {
  ProvisionedPollerConfig: undefined,
  MaximumRetryAttempts: undefined,
  MaximumRecordAgeInSeconds: undefined,
  FunctionResponseTypes: undefined,
};

const countsOf = (events: readonly LocalEvent[]): readonly number[] =>
  events.flatMap((event) => (event.kind === 'pollers' ? [event.to] : []));

describe('the pollers of a mapping', { skip, timeout: 180_000, concurrency: 2 }, () => {
  let cluster: LocalCluster;
  before(async () => {
    cluster = await startLocalCluster();
  });
  after(async () => {
    await cluster.close();
  });

  for (const [mode, most, mapping] of [
    ['on-demand', 12, onDemand],
    ['provisioned', 3, { ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 3 } }],
  ] as const) {
    test(`become more with the lag and fewer without it, and lose and skip nothing: ${mode}`, async () => {
      const topic = `scaled-${mode}`;
      await ensureTopic(createKafka(cluster.broker.bootstrapServers), { topic, partitions });
      const consumer = { name: topic, source, mapping: { Topics: [topic], BatchSize: 10, ...mapping } };
      const { local, events } = await cluster.run([consumer], { pollerScalingMs: 1000 });
      await local.drained(await cluster.produce(topic, toMessages(recordsPerPartition)));
      const grown = countsOf(events);
      assert.deepEqual(grown.slice(0, 2), [1, 2], 'one at first, then twice as many');
      assert.ok(Math.max(...grown) <= most && Math.max(...grown) > 2, grown.join(' '));
      await until(() => countsOf(events).at(-1) === 1);
      await local.drained(await cluster.produce(topic, toMessages(1)));
      const [status] = local.mappings();
      assert.deepEqual([status?.pollers, status?.mostPollers], [1, Math.max(...countsOf(events))]);
      await local.close();
      assertWhole(events, recordsPerPartition + 1);
    });
  }

  for (const pollers of [1, 2]) {
    test(`has at most ${pollers * 5} invocations at once with ${pollers} of provisioned pollers, none in a partition twice`, async () => {
      const topic = `shared-by-${pollers}`;
      await ensureTopic(createKafka(cluster.broker.bootstrapServers), { topic, partitions });
      const inAndOut = `export async function handler(event) {
        const places = Object.keys(event.records);
        for (const { partition, offset } of Object.values(event.records).flat())
          process.stdout.write('at ' + partition + ' ' + offset + '\\n');
        process.stdout.write('enter ' + places + '\\n');
        await new Promise((resolve) => setTimeout(resolve, 300));
        process.stdout.write('leave ' + places + '\\n');
      }`;
      const mapping = {
        Topics: [topic],
        BatchSize: 1,
        ProvisionedPollerConfig: { MinimumPollers: pollers, MaximumPollers: 12 },
      };
      const { local, events } = await cluster.run([{ name: topic, source: inAndOut, mapping }]);
      await local.drained(await cluster.produce(topic, toMessages(4)));
      assertWhole(events, 4);
      const inside: string[] = [];
      let most = 0;
      for (const event of events) {
        const [, act, place] = (event.kind === 'log' && /^(enter|leave) (.*)$/.exec(event.line)) || [];
        if (place === undefined) continue;
        if (act === 'enter') {
          assert.ok(!inside.includes(place), `${place} has one batch in flight`);
          inside.push(place);
        } else inside.splice(inside.indexOf(place), 1);
        most = Math.max(most, inside.length);
      }
      assert.ok(most > (pollers - 1) * 5 && most <= pollers * 5, `${most} at once`);
      const last = new Map<number, LocalEvent>();
      for (const event of events)
        if (event.kind === 'assigned') for (const partition of event.partitions) last.set(partition, event);
      assert.deepEqual([last.size, new Set(last.values()).size], [12, pollers]);
      await local.close();
    });
  }

  test('end together when the run ends while they change, and discard nothing of what was in flight', async () => {
    const topic = 'scaled-and-stopped';
    const mapping = {
      Topics: [topic],
      BatchSize: 10,
      MaximumRetryAttempts: 0,
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 3 },
    };
    await ensureTopic(createKafka(cluster.broker.bootstrapServers), { topic, partitions });
    const events: LocalEvent[] = [];
    const closed = Promise.withResolvers<void>();
    let close = (): void => {};
    const consumers = [{ name: topic, source, mapping }];
    const first = await cluster.run(consumers, {
      pollerScalingMs: 500,
      onEvent(event) {
        // Before the change is told, so while it goes on: the second poller takes its share, or the first gives it up.
        if (event.kind === 'assigned' && events.some(({ kind }) => kind === 'assigned')) close();
        events.push(event);
      },
    });
    close = () => closed.resolve(first.local.close());
    const ends = await cluster.produce(topic, toMessages(150));
    await closed.promise;
    assert.deepEqual(countsOf(events), [1], 'the change was not over');
    const second = await cluster.run(consumers);
    await second.local.drained(ends);
    await second.local.close();
    const all = [...events, ...second.events];
    assert.deepEqual(
      all.filter(({ kind }) => kind === 'destination'),
      [],
    );
    assertWhole(all, 150);
  });

  test('stay as many as they are where least and most are equal', async () => {
    const topic = 'scaled-not-at-all';
    const mapping = {
      Topics: [topic],
      BatchSize: 10,
      ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 2 },
    };
    const { local, events } = await cluster.run([{ name: topic, source, mapping }], { pollerScalingMs: 100 });
    const sent = Array.from({ length: 400 }, (_, n) => ({ partition: n % 4, value: String(n) }));
    await local.drained(await cluster.produce(topic, sent));
    await local.close();
    assert.deepEqual(countsOf(events), [2]);
  });
});

function toMessages(perPartition: number): readonly { readonly partition: number; readonly value: string }[] {
  return Array.from({ length: partitions * perPartition }, (_, n) => ({
    partition: n % partitions,
    value: String(n),
  }));
}

/** Every record was sent, and none before the one in front of it: a rebalance may only go back. */
function assertWhole(events: readonly LocalEvent[], perPartition: number): void {
  const next = new Map<string, number>();
  for (const event of events) {
    const [, partition, offset] = (event.kind === 'log' && /^at (\d+) (\d+)$/.exec(event.line)) || [];
    if (partition === undefined) continue;
    const expected = next.get(partition) ?? 0;
    assert.ok(Number(offset) <= expected, `${partition}/${offset} comes before ${expected}`);
    next.set(partition, Math.max(expected, Number(offset) + 1));
  }
  assert.equal(next.size, partitions);
  for (const end of next.values()) assert.equal(end, perPartition);
}

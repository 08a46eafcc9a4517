// What happens to a topic while a mapping reads it, on Apache Kafka: deleted, made again, grown, cut off by retention, its
// group reset. Nothing may be skipped in silence. The embedded broker can do none of it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Admin, Message } from 'kafkajs';
import type { ApacheBroker } from '../../../tools/broker/apache/broker.ts';
import { createKafka } from '../../../tools/broker/kafka-client.ts';
import { ensureTopic } from '../../../tools/broker/topic.ts';
import type { LocalEvent } from '../../../tools/local/events.ts';
import { whyNoApache } from '../../support/apache.ts';
import type { LocalAppConsumer } from '../../support/local-app.ts';
import { startLocalCluster, type LocalCluster } from '../../support/local-cluster.ts';
import { secondBrokerId, startSecondBroker } from '../../support/second-broker.ts';
import { until } from '../../support/until.ts';
import { administer as administerAt } from '../../support/topic.ts';

const skip = await whyNoApache();
process.env['TAILRACE_TEST_BROKER'] = 'apache';

// Prints the value of each record; the run's log events are the witness.
const source = `export async function handler(event) {
  for (const { value } of Object.values(event.records).flat())
    process.stdout.write('saw ' + Buffer.from(value, 'base64') + '\\n');
}`;
const seen = (events: readonly LocalEvent[], consumer: string): readonly string[] =>
  events.flatMap((event) =>
    event.kind === 'log' && event.consumer === consumer && event.line.startsWith('saw ')
      ? [event.line.slice(4)]
      : [],
  );
const warnings = (events: readonly LocalEvent[]): readonly string[] =>
  events.flatMap((event) => (event.kind === 'warning' ? [event.message] : []));
const consumerOf = (topic: string, mapping: LocalAppConsumer['mapping'] = {}): LocalAppConsumer => ({
  name: topic,
  source,
  mapping: { Topics: [topic], ...mapping },
});
/** So many values, in turn in four partitions unless another number is given. */
const messages = (name: string, count: number, partitions = 4): readonly Message[] =>
  Array.from({ length: count }, (_, n) => ({ partition: n % partitions, value: `${name}-${n}` }));
const values = (list: readonly Message[]): readonly string[] =>
  list.map(({ value }) => String(value)).toSorted();

describe('a mapping whose topic changes', { skip, timeout: 240_000, concurrency: 3 }, () => {
  let cluster: LocalCluster;
  before(async () => {
    cluster = await startLocalCluster({ marksRecords: false });
  });
  after(async () => {
    await cluster.close();
  });
  const administer = async <T>(act: (admin: Admin) => Promise<T>): Promise<T> =>
    await administerAt(cluster.broker.bootstrapServers, act);
  /** Whether each partition of a topic of so many has a leader that knows it. */
  const isServed = async (topic: string, partitions: number): Promise<boolean> => {
    try {
      return (await administer(async (admin) => await admin.fetchTopicOffsets(topic))).length === partitions;
    } catch {
      // Its leader has not heard of it yet.
      return false;
    }
  };
  const remove = async (topic: string): Promise<void> => {
    await administer(async (admin) => {
      await admin.deleteTopics({ topics: [topic] });
      while ((await admin.listTopics()).includes(topic)) await setImmediate();
    });
  };
  const remake = async (topic: string): Promise<void> => {
    await remove(topic);
    await ensureTopic(createKafka(cluster.broker.bootstrapServers), { topic });
  };

  /** Resolves once a broker leads all four partitions of a topic. */
  const moveTo = async (topic: string, broker: number): Promise<void> => {
    const partitionAssignment = [0, 1, 2, 3].map((partition) => ({ partition, replicas: [broker] }));
    await administer(async (admin) => {
      const isThere = async (): Promise<boolean> =>
        (await admin.describeCluster()).brokers.some(({ nodeId }) => nodeId === broker);
      while (!(await isThere())) await setImmediate();
      await admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] });
      const isLed = async (): Promise<boolean> => {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
        return topics[0]?.partitions.every(({ leader }) => leader === broker) === true;
      };
      while (!(await isLed())) await setImmediate();
    });
  };

  for (const [name, before, after] of [
    ['fewer', 60, 8],
    ['more', 8, 60],
  ] as const)
    for (const StartingPosition of ['TRIM_HORIZON', 'LATEST'])
      test(`reads a topic from its beginning that is made again with ${name} records: ${StartingPosition}`, async () => {
        const topic = `remade-${name}-${StartingPosition.replace('_', '-').toLowerCase()}`;
        const { local, events } = await cluster.run([consumerOf(topic, { StartingPosition })]);
        await local.drained(await cluster.produce(topic, messages('old', before)));
        await remake(topic);
        const sent = messages('new', after);
        await local.drained(await cluster.produce(topic, sent));
        const found = new Set(seen(events, topic).filter((value) => value.startsWith('new')));
        assert.deepEqual([...found].toSorted(), values(sent));
        const [status] = local.mappings();
        assert.deepEqual(status?.committed, Object.fromEntries([0, 1, 2, 3].map((p) => [p, after / 4])));
        assert.deepEqual([status?.lag, status?.stopped], [0, undefined]);
        await local.close();
      });

  test('stops when its topic is gone, says why, and leaves other mappings alone', async () => {
    const [topic, other] = ['gone', 'still-there'];
    const { local, events } = await cluster.run([consumerOf(topic), consumerOf(other)]);
    const ends = await cluster.produce(topic, messages('a', 8));
    await local.drained(ends);
    await remove(topic);
    await assert.rejects(local.drained({ [topic]: { 0: 3 } }), { code: 'MAPPING_STOPPED', message: /gone/ });
    const stopped = events.flatMap((event) =>
      event.kind === 'stopped' ? [[event.consumer, event.reason] as const] : [],
    );
    assert.deepEqual(stopped, [[topic, 'the broker has no such topic, got gone; create it first']]);
    assert.equal(local.mappings().find(({ consumer }) => consumer === topic)?.stopped, stopped[0]?.[1]);
    // Some seconds passed: a few sentences, not a stream of them.
    assert.ok(warnings(events).length <= 8, warnings(events).join('\n'));
    // It stays deleted: no poller has brought it back.
    assert.equal((await administer(async (admin) => await admin.listTopics())).includes(topic), false);
    const sent = messages('b', 8);
    await local.drained(await cluster.produce(other, sent));
    assert.deepEqual(seen(events, other).toSorted(), values(sent));
    await local.close();
  });

  test('reads partitions that are added from their beginning, wherever it started', async () => {
    const topic = 'grown';
    await cluster.produce(topic, messages('old', 8));
    const { local, events } = await cluster.run([consumerOf(topic, { StartingPosition: 'LATEST' })]);
    const growth = { topicPartitions: [{ topic, count: 6 }] };
    await administer(async (admin) => await admin.createPartitions(growth));
    while (!(await isServed(topic, 6))) await setImmediate();
    const sent = messages('new', 18, 6);
    await local.drained(await cluster.produce(topic, sent));
    assert.deepEqual([...new Set(seen(events, topic))].toSorted(), values(sent));
    await local.close();
  });

  test('tells what retention removed after its last commit, and goes on behind it', async () => {
    const topic = 'expired';
    const mapping = { AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'expired-group' } };
    const first = await cluster.run([consumerOf(topic, mapping)]);
    await first.local.drained(await cluster.produce(topic, messages('old', 8)));
    await first.local.close();
    const ends = await cluster.produce(topic, messages('new', 20));
    await administer(async (admin) => {
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: '5' }] });
    });
    const second = await cluster.run([consumerOf(topic, mapping)]);
    await second.local.drained(ends);
    const lost = second.events.flatMap((event) => (event.kind === 'lost' ? [event] : []));
    assert.deepEqual(
      lost.map(({ partition, from, to }) => [partition, from, to]),
      [[1, 2, 5]],
    );
    assert.equal(seen(second.events, topic).length, 20 - 3);
    await second.local.close();
  });

  test('follows its group when that is reset, back and forth', async () => {
    const topic = 'reset';
    const groupId = 'reset-group';
    const mapping = { AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: groupId } };
    const read = async (ends: Awaited<ReturnType<LocalCluster['produce']>>): Promise<number> => {
      const { local, events } = await cluster.run([consumerOf(topic, mapping)]);
      await local.drained(ends);
      assert.deepEqual(local.mappings()[0]?.committed, ends[topic]);
      await local.close();
      return seen(events, topic).length;
    };
    const ends = await cluster.produce(topic, messages('a', 40));
    assert.equal(await read(ends), 40);
    const reset = async (partition: number, offset: string): Promise<void> =>
      await administer(
        async (admin) => await admin.setOffsets({ groupId, topic, partitions: [{ partition, offset }] }),
      );
    await reset(2, '4');
    assert.equal(await read(ends), 6);
    await cluster.produce(topic, messages('b', 40));
    await reset(0, '20');
    assert.equal(await read({ [topic]: { 0: 20, 1: 20, 2: 20, 3: 20 } }), 30);
  });

  test('reads a topic again that is made again while a batch of the old one is in flight', async () => {
    const topic = 'remade-in-flight';
    const slow = source
      .replace('}\n}', '}\n}')
      .replace(/\}$/, `  await new Promise((resolve) => setTimeout(resolve, 3000));\n}`);
    const { local, events } = await cluster.run([{ ...consumerOf(topic, { BatchSize: 5 }), source: slow }]);
    await cluster.produce(topic, messages('old', 40));
    await until(() => seen(events, topic).length > 0);
    await remake(topic);
    const sent = messages('new', 12);
    const ends = await cluster.produce(topic, sent);
    await local.drained(ends);
    await until(() => new Set(seen(events, topic).filter((value) => value.startsWith('new'))).size === 12);
    assert.deepEqual(local.mappings()[0]?.committed, ends[topic]);
    await local.close();
  });

  test('reads on where it was when partitions get another leader', async () => {
    const topic = 'moved';
    const second = await startSecondBroker(cluster.broker as ApacheBroker);
    try {
      await ensureTopic(createKafka(cluster.broker.bootstrapServers), { topic });
      const { local, events } = await cluster.run([consumerOf(topic, { BatchSize: 3 })]);
      const first = messages('a', 20);
      await local.drained(await cluster.produce(topic, first));
      await moveTo(topic, secondBrokerId);
      const rest = messages('b', 20);
      await local.drained(await cluster.produce(topic, rest));
      // Some may come twice: kafkajs's producer writes them again when it meets the new leader too early, and its consumer joins
      // its group once more.
      assert.deepEqual([...new Set(seen(events, topic))].toSorted(), values([...first, ...rest]));
      assert.equal(events.filter(({ kind }) => kind === 'lost').length, 0);
      // The second broker is about to go, and with it nothing that others need.
      await moveTo(topic, 1);
      await local.close();
    } finally {
      await second.close();
    }
  });
});

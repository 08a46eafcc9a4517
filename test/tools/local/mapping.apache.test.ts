// What a mapping does beyond polling and retrying, on Apache Kafka: filters, topics as destinations, starting at a
// moment, transactions. The embedded broker knows half of it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import kafkajs from 'kafkajs';
import { createKafka } from '../../../tools/broker/kafka-client.ts';
import type { LocalEvent } from '../../../tools/local/events.ts';
import type { LocalRun } from '../../../tools/local/run.ts';
import { startConfluentServer } from '../../../tools/registry/confluent-server.ts';
import { frameConfluent } from '../../lib/format/registry/framing.ts';
import { whyNoApache } from '../../support/apache.ts';
import type { LocalAppConsumer } from '../../support/local-app.ts';
import { startLocalCluster, type LocalCluster } from '../../support/local-cluster.ts';
import { readTopic } from '../../support/topic.ts';
import { until } from '../../support/until.ts';

const skip = await whyNoApache();
process.env['TAILRACE_TEST_BROKER'] = 'apache';

// Prints each record as it came; the run's log events are the witness.
const print = `for (const record of Object.values(event.records).flat()) process.stdout.write('saw ' + JSON.stringify(record) + '\\n');`;
const seeing = (then = ''): string => `export async function handler(event) { ${print} ${then} }`;

interface SeenRecord {
  readonly partition: number;
  readonly offset: number;
  readonly value?: string;
  readonly headers: readonly Readonly<Record<string, readonly number[]>>[];
}

/** What a topic that is a destination gets of a record. */
interface GivenUp {
  readonly KafkaBatchInfo: { readonly recordInfo: { readonly offset: string } };
}

const seen = (events: readonly LocalEvent[]): readonly SeenRecord[] =>
  events.flatMap((event) =>
    event.kind === 'log' && event.line.startsWith('saw ')
      ? [JSON.parse(event.line.slice(4)) as SeenRecord]
      : [],
  );
const textOf = ({ value = '' }: SeenRecord): string => Buffer.from(value, 'base64').toString();
const texts = (events: readonly LocalEvent[]): readonly string[] => seen(events).map(textOf).toSorted();

function consumerOf(
  topic: string,
  mapping: LocalAppConsumer['mapping'],
  source = seeing(),
): LocalAppConsumer {
  return { name: topic, source, mapping: { Topics: [topic], ...mapping } };
}

const statusOf = (local: LocalRun): ReturnType<LocalRun['mappings']>[number] => {
  const [status] = local.mappings();
  assert.ok(status !== undefined);
  return status;
};

describe('a mapping on Apache Kafka', { skip, timeout: 180_000, concurrency: 3 }, () => {
  let cluster: LocalCluster;
  before(async () => {
    cluster = await startLocalCluster({ marksRecords: false });
  });
  after(async () => {
    await cluster.close();
  });

  test('sends what its filters let through, and commits the rest unseen', async () => {
    const topic = 'filtered';
    const FilterCriteria = { Filters: [{ Pattern: '{"value":{"kind":["order"]}}' }] };
    const { local, events } = await cluster.run([consumerOf(topic, { FilterCriteria })]);
    const kinds = ['order', 'visit', 'order', 'visit', 'visit'];
    const ends = await cluster.produce(topic, [
      ...kinds.map((kind, n) => ({ partition: 0, value: JSON.stringify({ kind, n }) })),
      ...kinds.map((_, n) => ({ partition: 1, value: JSON.stringify({ kind: 'visit', n }) })),
      { partition: 2, value: 'no JSON, so the filter does not apply' },
    ]);
    await local.drained(ends);
    assert.deepEqual(
      texts(events),
      [
        'no JSON, so the filter does not apply',
        '{"kind":"order","n":0}',
        '{"kind":"order","n":2}',
      ].toSorted(),
    );
    const status = statusOf(local);
    assert.deepEqual([status.polled, status.filtered, status.committed[1]], [11, 8, 5]);
    await local.close();
  });

  test('sends discarded records to a Kafka topic, one message each, with key and event', async () => {
    const topic = 'given-up';
    const Destination = 'kafka://given-up-dead';
    const mapping = { MaximumRetryAttempts: 0, DestinationConfig: { OnFailure: { Destination } } };
    const { local, events } = await cluster.run([
      consumerOf(topic, mapping, seeing(`throw new Error('no');`)),
    ]);
    const sent = [
      { partition: 3, key: 'first', value: 'a' },
      { partition: 3, value: 'b', headers: { trace: '1' } },
    ];
    await local.drained(await cluster.produce(topic, sent));
    // The destination has partitions of its own, read in any order: the messages are put in the order of their source.
    const offsetOf = ({ value }: { readonly value: Buffer | null }): number =>
      Number((JSON.parse(String(value)) as GivenUp).KafkaBatchInfo.recordInfo.offset);
    const read = await readTopic(cluster.broker.bootstrapServers, 'given-up-dead', 2);
    const dead = read.toSorted((a, b) => offsetOf(a) - offsetOf(b));
    const failed = events.find((event) => event.kind === 'invocation');
    assert.deepEqual(
      dead.map(({ key, headers }) => [key?.toString(), headers]),
      [
        ['first', {}],
        [undefined, {}],
      ],
    );
    const documents = dead.map(({ value }) => JSON.parse(String(value)) as Record<string, unknown>);
    for (const [offset, document] of documents.entries()) {
      const record = seen(events).find((each) => each.offset === offset);
      assert.deepEqual(document['requestContext'], {
        requestId: failed?.requestId,
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:App-GivenUpFunction:$LATEST',
        condition: 'RetriesExhausted',
        approximateInvokeCount: 1,
      });
      assert.deepEqual(document['responseContext'], {
        statusCode: 200,
        executedVersion: '$LATEST',
        functionError: 'Unhandled',
      });
      const payload = document['payload'] as { readonly eventSource: string; readonly records: unknown };
      assert.equal(payload.eventSource, 'aws:kafka');
      assert.deepEqual(payload.records, { 'given-up-3': [record] });
      const info = document['KafkaBatchInfo'] as Readonly<Record<string, unknown>>;
      const { timestamp } = record as unknown as { readonly timestamp: number };
      assert.equal(info['batchSize'], 1);
      assert.deepEqual(info['recordInfo'], {
        offset: String(offset),
        timestamp: new Date(timestamp).toISOString(),
      });
      assert.equal(info['recordsInfo'], undefined);
    }
    const told = events.find((event) => event.kind === 'destination');
    assert.deepEqual([told?.records, told?.target, told?.error], [2, Destination, undefined]);
    await local.close();
  });

  test('goes on when its destination refuses, and tells what was dropped', async () => {
    const topic = 'refused';
    const OnFailure = { Destination: 'arn:aws:s3:::no-such-bucket' };
    const mapping = { MaximumRetryAttempts: 0, DestinationConfig: { OnFailure } };
    const fail = `if (event.records['refused-0'][0].offset === 0) throw new Error('no');`;
    const { local, events } = await cluster.run([consumerOf(topic, mapping, seeing(fail))]);
    await local.drained(await cluster.produce(topic, [{ partition: 0, value: 'lost' }]));
    await local.drained(await cluster.produce(topic, [{ partition: 0, value: 'next' }]));
    assert.deepEqual(seen(events).map(textOf), ['lost', 'next']);
    const told = events.find((event) => event.kind === 'destination');
    assert.deepEqual([told?.records, told?.target], [1, undefined]);
    assert.match(told?.error ?? '', /bucket/i);
    assert.deepEqual([statusOf(local).discarded, statusOf(local).dropped], [1, 1]);
    await local.close();
  });

  test('starts a new group at its moment, and a known group at what it has committed', async () => {
    const topic = 'moment';
    const moment = Math.floor(Date.now() / 1000) - 1000;
    const at = (seconds: number): string => String((moment + seconds) * 1000);
    await cluster.produce(topic, [
      { partition: 0, value: 'long ago', timestamp: at(-500) },
      { partition: 0, value: 'since', timestamp: at(0) },
      { partition: 1, value: 'only long ago', timestamp: at(-500) },
    ]);
    const mapping = {
      StartingPosition: 'AT_TIMESTAMP',
      StartingPositionTimestamp: moment,
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'since-a-moment' },
    };
    const first = await cluster.run([consumerOf(topic, mapping)]);
    const ends = await cluster.produce(topic, [{ partition: 1, value: 'later' }]);
    await first.local.drained(ends);
    await first.local.close();
    assert.deepEqual(texts(first.events), ['later', 'since']);
    const second = await cluster.run([consumerOf(topic, { ...mapping, StartingPosition: 'TRIM_HORIZON' })]);
    await second.local.drained(await cluster.produce(topic, [{ partition: 0, value: 'latest' }]));
    await second.local.close();
    assert.deepEqual(texts(second.events), ['latest']);
  });

  test('delivers headers in their order, also among several names', async () => {
    const topic = 'headers';
    const { local, events } = await cluster.run([consumerOf(topic, {})]);
    const producer = createKafka(cluster.broker.bootstrapServers).producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    const headers = { b: ['1', '3'], a: '2', 5: '4' };
    await producer.send({ topic, messages: [{ partition: 0, value: 'x', headers }] });
    await producer.disconnect();
    await local.drained({ [topic]: { 0: 1 } });
    // kafkajs writes an object's headers: numbers first, then by name as they were added.
    assert.deepEqual(seen(events)[0]?.headers, [{ 5: [52] }, { b: [49] }, { b: [51] }, { a: [50] }]);
    await local.close();
  });

  test('decodes by its schema registry, and discards what it cannot read without a call', async () => {
    const topic = 'registered';
    const registry = await startConfluentServer();
    try {
      const id = registry.register('orders-value', { schema: '{"type":"object"}', schemaType: 'JSON' });
      const SchemaRegistryConfig = {
        SchemaRegistryURI: registry.url,
        EventRecordFormat: 'JSON',
        SchemaValidationConfigs: [{ Attribute: 'VALUE' }],
      };
      const Destination = 'kafka://registered-dead';
      const { local, events } = await cluster.run([
        consumerOf(topic, {
          AmazonManagedKafkaEventSourceConfig: { SchemaRegistryConfig },
          DestinationConfig: { OnFailure: { Destination } },
        }),
      ]);
      const [good, unknown, raw] = [
        frameConfluent(id, Buffer.from('{"n":1}')),
        frameConfluent(id + 1, Buffer.from('{"n":2}')),
        Buffer.from('unframed'),
      ];
      // A registry that is out of order says nothing about records: they wait.
      registry.setFault({ status: 503 });
      const ends = await cluster.produce(
        topic,
        [good, unknown, raw].map((value) => ({ partition: 0, value })),
      );
      await until(() => events.some((event) => event.kind === 'warning'));
      assert.equal(seen(events).length, 0);
      registry.setFault(undefined);
      await local.drained(ends);
      assert.deepEqual(texts(events), ['{"n":1}']);
      const dead = await readTopic(cluster.broker.bootstrapServers, 'registered-dead', 2);
      const documents = dead.map(
        ({ value }) =>
          JSON.parse(String(value)) as {
            readonly requestContext: { readonly condition: string };
            readonly responseContext: unknown;
            readonly payload: { readonly records: Readonly<Record<string, readonly SeenRecord[]>> };
          },
      );
      const told = documents.map(({ requestContext, responseContext, payload }) => [
        requestContext.condition,
        responseContext,
        textOf(Object.values(payload.records)[0]?.[0] as SeenRecord),
      ]);
      assert.deepEqual(
        told.toSorted(([a], [b]) => String(a).localeCompare(String(b))),
        [
          ['DESERIALIZATION_ERROR', null, 'unframed'],
          ['SCHEMA_NOT_FOUND', null, unknown.toString()],
        ],
      );
      await local.close();
    } finally {
      await registry.close();
    }
  });

  test('goes past the markers of transactions, to the end of the topic', async () => {
    const topic = 'transactions';
    const { local, events } = await cluster.run([consumerOf(topic, {})]);
    const producer = createKafka(cluster.broker.bootstrapServers).producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      transactionalId: 'tailrace-test',
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    for (const [value, end] of [
      ['committed', 'commit'],
      ['aborted', 'abort'],
    ] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ partition: 0, value }] });
      await transaction[end]();
    }
    await producer.disconnect();
    // Each transaction takes an offset for its marker.
    await local.drained({ [topic]: { 0: 4 } });
    assert.deepEqual(texts(events), ['aborted', 'committed']);
    assert.equal(statusOf(local).committed[0], 4);
    await local.close();
  });
});

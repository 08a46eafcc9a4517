// Framed topics through a local run: real serializations, registries that speak the real APIs, bundled consumers in
// processes of their own; what lands in S3 and in the dead-letter bucket is read back.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readDeadLetters } from '../../tools/proof/readers/read-dead-letters.ts';
import type { LocalEvent } from '../../tools/local/events.ts';
import type { LocalAppConsumer } from '../support/local-app.ts';
import { startLocalCluster, type LocalCluster } from '../support/local-cluster.ts';
import {
  planted,
  startAvroTopic,
  startGlueTopic,
  startProtobufTopic,
  type FramedTopic,
} from './framed-topics.ts';

let cluster: LocalCluster;
const registries: FramedTopic['registry'][] = [];
before(async () => {
  cluster = await startLocalCluster();
});
after(async () => {
  await cluster.close();
  await Promise.all(registries.map(async (registry) => await registry.close()));
});

async function start(startTopic: () => Promise<FramedTopic>): Promise<FramedTopic> {
  const framed = await startTopic();
  registries.push(framed.registry);
  return framed;
}

/** A consumer of `topic` that stores what it decoded, one object per record, named by offset. */
function toConsumer(topic: string, framed: FramedTopic, order: 'none' | 'partition'): LocalAppConsumer {
  return {
    name: topic,
    source: `
      import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
      import { confluent, createConsumer, defineConsumer, glue } from '../../lib/index.ts';
      ${framed.imports}
      const s3 = new S3Client({});
      const definition = defineConsumer({
        name: '${topic}', topic: '${topic}', value: ${framed.format}, order: '${order}', timeoutSeconds: 30 });
      export const handler = createConsumer(definition, {
        async record({ offset, value }, { log }) {
          const Body = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? part + 'n' : part));
          await s3.send(new PutObjectCommand({ Bucket: process.env.STORE, Key: String(offset), Body }));
          log.info('stored');
        },
      });`,
    function: { MemorySize: 256, Timeout: 30 },
    environment: {
      STORE: { Ref: `Store${topic}` },
      TAILRACE_DEAD_LETTER_BUCKET: { Ref: `Dead${topic}` },
      ...framed.environment,
    },
    mapping: {
      Topics: [topic],
      MaximumRetryAttempts: 9,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [`Dead${topic}`, 'Arn'] } } },
    },
  };
}

const bucket = { Type: 'AWS::S3::Bucket' };
const toBuckets = (topic: string): Readonly<Record<string, unknown>> => ({
  [`Store${topic}`]: bucket,
  [`Dead${topic}`]: bucket,
});

/** Of one partition, so that a record's offset is its place in `sent`. */
const produce = async ({ sent }: FramedTopic, topic: string): ReturnType<LocalCluster['produce']> =>
  await cluster.produce(
    topic,
    sent.map(({ bytes }) => ({ value: bytes, partition: 0 })),
  );

/** Every good record landed with its value; every poison is a dead letter with its code and its original bytes. */
async function assertOutcome(topic: string, { sent }: FramedTopic): Promise<void> {
  const objects = await cluster.readBucket(`app-store${topic}`);
  const landed = Object.fromEntries([...objects].map(([key, text]) => [key, JSON.parse(text) as unknown]));
  const good = sent.flatMap((each, offset) => ('lands' in each ? [[offset, each.lands] as const] : []));
  assert.deepEqual(landed, Object.fromEntries(good), topic);
  const letters: unknown[] = [];
  for await (const given of readDeadLetters(cluster.clients.s3, `app-dead${topic}`)) {
    const [code, value] = given.by === 'runtime' ? [given.letter.error.code, given.letter.value] : [];
    letters.push([given.by, given.offset, code, value]);
  }
  const poison = sent.flatMap((each, offset) =>
    'code' in each ? [['runtime', offset, each.code, each.bytes.toString('base64')]] : [],
  );
  assert.deepEqual(letters, poison, topic);
}

function logOf(events: readonly LocalEvent[]): string {
  return events.flatMap((event) => (event.kind === 'log' ? [event.line] : [])).join('\n');
}

/** Offsets in the order in which they were stored first. */
function storedOf(events: readonly LocalEvent[]): readonly number[] {
  const offsets = logOf(events)
    .split('\n')
    .filter((line) => line.includes('"message":"stored"'))
    .map((line) => (JSON.parse(line) as { readonly offset: number }).offset);
  return [...new Set(offsets)];
}

// Side by side: most of a run's time is spent waiting for the broker to form a group.
describe('framed topics in a local run', { concurrency: 4, timeout: 150_000 }, () => {
  for (const [topic, name, startTopic] of [
    ['avro', 'Avro with a Confluent registry', startAvroTopic],
    ['protobuf', 'Protobuf with a Confluent registry', startProtobufTopic],
    ['glue', 'Avro with a Glue registry', startGlueTopic],
  ] as const) {
    test(`${name}: every record lands or is dead-lettered, and each schema is fetched once`, async () => {
      const framed = await start(startTopic);
      const consumer = toConsumer(topic, framed, 'none');
      // Several invocations of several records that wait at once, and the same schemas in all of them.
      const mapping = { ...consumer.mapping, BatchSize: 4 };
      const { local, events } = await cluster.run([{ ...consumer, mapping }], {
        resources: toBuckets(topic),
        variables: framed.endpoints ?? {},
      });
      await local.drained(await produce(framed, topic));
      await assertOutcome(topic, framed);
      const invocations = events.filter((event) => event.kind === 'invocation');
      assert.ok(invocations.length >= 3);
      assert.deepEqual(new Set(invocations.map(({ status }) => status)), new Set(['ok']));
      assert.deepEqual(framed.registry.requests.toSorted(), framed.requests);
      const log = logOf(events);
      assert.match(log, /record dead-lettered/, 'the log was there to be searched');
      assert.ok(!log.includes(planted), 'payload in the log');
      await local.close();
    });
  }

  test('loses nothing while registries fail or are silent: records come again, in order, until they are read', async () => {
    const topics = new Map([
      ['avrodown', await start(startAvroTopic)],
      ['protobufdown', await start(startProtobufTopic)],
      ['gluedown', await start(startGlueTopic)],
    ]);
    for (const { registry, fault } of topics.values()) registry.setFault(fault);
    const events: LocalEvent[] = [];
    const failedOf = (topic: string): number =>
      events.filter((event) => event.kind === 'invocation' && event.consumer === topic && event.failed > 0)
        .length;
    const { local } = await cluster.run(
      [...topics].map(([topic, framed]) => toConsumer(topic, framed, 'partition')),
      {
        resources: Object.assign({}, ...[...topics.keys()].map(toBuckets)),
        variables: Object.assign({}, ...[...topics.values()].map(({ endpoints }) => endpoints ?? {})),
        backoffMs: 200, // a registry that failed is not asked again for a second; without pauses the attempts would run out
        onEvent(event) {
          events.push(event);
          for (const [topic, { registry }] of topics) if (failedOf(topic) >= 2) registry.setFault(undefined);
        },
      },
    );
    await Promise.all(
      [...topics].map(async ([topic, framed]) => await local.drained(await produce(framed, topic))),
    );
    for (const [topic, framed] of topics) {
      await assertOutcome(topic, framed);
      assert.ok(failedOf(topic) >= 2, topic);
      const own = events.filter((event) => event.consumer === topic);
      assert.match(logOf(own), /REGISTRY_UNAVAILABLE/);
      const good = framed.sent.flatMap((each, offset) => ('lands' in each ? [offset] : []));
      assert.deepEqual(storedOf(own), good, topic);
    }
    for (const { redelivered, consumer } of local.mappings()) assert.ok(redelivered > 0, consumer);
    await local.close();
  });
});

// Apache Kafka as a broker of ours, one for the whole file: what it offers beyond the embedded one, and its end.
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import kafkajs, { type KafkaConfig } from 'kafkajs';
import { startApacheBroker, type ApacheBroker } from '../../../tools/broker/apache/broker.ts';
import type { SecureListeners } from '../../../tools/broker/apache/configuration.ts';
import { createKafka, groupTimings } from '../../../tools/broker/kafka-client.ts';
import { ensureTopic } from '../../../tools/broker/topic.ts';
import { whyNoApache } from '../../support/apache.ts';

const skip = await whyNoApache();

type Security = Pick<KafkaConfig, 'ssl' | 'sasl'>;

// Each listener as a client has to speak to it, and what it must refuse.
const listeners: Readonly<
  Record<string, (secure: SecureListeners) => { address: string; good: Security; bad: Security }>
> = {
  TLS: ({ tls, authorityPem: ca }) => ({
    address: tls,
    good: { ssl: { ca } },
    bad: { ssl: true }, // does not know the authority
  }),
  'mutual TLS': ({ mtls, authorityPem: ca, client }) => ({
    address: mtls,
    good: { ssl: { ca, cert: client.certificatePem, key: client.keyPem } },
    bad: { ssl: { ca } },
  }),
  'SASL PLAIN': ({ sasl, authorityPem: ca, user: username, password }) => ({
    address: sasl,
    good: { ssl: { ca }, sasl: { mechanism: 'plain', username, password } },
    bad: { ssl: { ca }, sasl: { mechanism: 'plain', username, password: 'wrong' } },
  }),
  'SASL SCRAM-SHA-256': ({ sasl, authorityPem: ca, user: username, password }) => ({
    address: sasl,
    good: { ssl: { ca }, sasl: { mechanism: 'scram-sha-256', username, password } },
    bad: { ssl: { ca }, sasl: { mechanism: 'scram-sha-256', username, password: 'wrong' } },
  }),
  'SASL SCRAM-SHA-512': ({ sasl, authorityPem: ca, user: username, password }) => ({
    address: sasl,
    good: { ssl: { ca }, sasl: { mechanism: 'scram-sha-512', username, password } },
    bad: { ssl: { ca }, sasl: { mechanism: 'scram-sha-512', username: 'nobody', password } },
  }),
};

async function roundTrip(address: string, topic: string, security: Security = {}): Promise<string> {
  const kafka = createKafka(address, { security, retries: 2 });
  await ensureTopic(kafka, { topic });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  const consumer = kafka.consumer({ groupId: `group-${topic}`, ...groupTimings });
  try {
    await producer.connect();
    await producer.send({ topic, acks: -1, messages: [{ key: 'a', value: topic }] });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const received = Promise.withResolvers<string>();
    await consumer.run({
      eachMessage: async ({ message }) => received.resolve(message.value?.toString() ?? ''),
    });
    return await received.promise;
  } finally {
    await Promise.all([producer.disconnect(), consumer.disconnect()]);
  }
}

describe('Apache Kafka', { skip, timeout: 180_000 }, () => {
  let broker: ApacheBroker;
  const failures: Error[] = [];
  before(async () => {
    broker = await startApacheBroker({ secure: true, onFailure: (error) => failures.push(error) });
  });
  after(async () => {
    await broker.close();
  });

  test('is what it says, on 127.0.0.1 only', () => {
    assert.equal(broker.kind, 'apache');
    assert.match(broker.version, /^4\.\d+\.\d+$/);
    const { tls, mtls, sasl } = broker.secure ?? {};
    for (const address of [broker.bootstrapServers, tls, mtls, sasl])
      assert.match(String(address), /^127\.0\.0\.1:\d+$/);
  });

  test('creates a topic on request with its partitions, and none by being asked for it', async () => {
    const kafka = createKafka(broker.bootstrapServers, { retries: 1 });
    assert.equal(await ensureTopic(kafka, { topic: 'seven', partitions: 7 }), 7);
    assert.equal(await ensureTopic(kafka, { topic: 'seven', partitions: 9 }), 7);
    const admin = kafka.admin();
    try {
      await admin.connect();
      await assert.rejects(admin.fetchTopicMetadata({ topics: ['missing'] }), {
        type: 'UNKNOWN_TOPIC_OR_PARTITION',
      });
      assert.equal((await admin.listTopics()).includes('missing'), false);
    } finally {
      await admin.disconnect();
    }
  });

  test('serves every partition of a topic that was just made', async () => {
    const kafka = createKafka(broker.bootstrapServers);
    const producer = kafka.producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      retry: { retries: 0 },
    });
    const messages = Array.from({ length: 12 }, (_, partition) => ({ partition, value: 'x' }));
    try {
      await producer.connect();
      for (let n = 0; n < 8; n++) {
        await ensureTopic(kafka, { topic: `new-${n}`, partitions: messages.length });
        const written = await producer.send({ topic: `new-${n}`, acks: -1, messages });
        assert.deepEqual(new Set(written.map(({ baseOffset }) => baseOffset)), new Set(['0']));
      }
    } finally {
      await producer.disconnect();
    }
  });

  test('keeps more of a partition than the embedded broker does, and takes records of several MB', async () => {
    const kafka = createKafka(broker.bootstrapServers);
    const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    const admin = kafka.admin();
    await ensureTopic(kafka, { topic: 'large', partitions: 1 });
    try {
      await Promise.all([producer.connect(), admin.connect()]);
      for (let sent = 0; sent < 3; sent++)
        await producer.send({ topic: 'large', acks: -1, messages: [{ value: Buffer.alloc(4_000_000) }] });
      const [bounds] = await admin.fetchTopicOffsets('large');
      assert.deepEqual([bounds?.low, bounds?.high], ['0', '3']);
    } finally {
      await Promise.all([producer.disconnect(), admin.disconnect()]);
    }
  });

  test('takes a record from a producer to a consumer in plain text', async () => {
    assert.equal(await roundTrip(broker.bootstrapServers, 'plain'), 'plain');
  });

  for (const [name, toListener] of Object.entries(listeners)) {
    test(`takes a record over ${name} from who may, and refuses who may not`, async () => {
      assert.ok(broker.secure !== undefined);
      const { address, good, bad } = toListener(broker.secure);
      const topic = name.toLowerCase().replaceAll(' ', '-');
      assert.equal(await roundTrip(address, topic, good), topic);
      for (const security of [bad, {}]) {
        const admin = createKafka(address, { security, retries: 0, connectionTimeoutMs: 2_000 }).admin();
        await assert.rejects(admin.connect());
        await admin.disconnect();
      }
    });
  }

  test('ends without a trace, twice without harm, and not as a failure', async () => {
    await broker.close();
    await broker.close();
    assert.throws(() => process.kill(broker.processId, 0), { code: 'ESRCH' });
    await assert.rejects(stat(broker.folder), { code: 'ENOENT' });
    const socket = connect(Number(broker.bootstrapServers.split(':')[1]), '127.0.0.1');
    await assert.rejects(once(socket, 'connect'), { code: 'ECONNREFUSED' });
    assert.deepEqual(failures, []);
  });
});

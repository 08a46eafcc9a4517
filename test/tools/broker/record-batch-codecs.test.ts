import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from 'node:test';
import kafkajs from 'kafkajs';
import { startApacheBroker } from '../../../tools/broker/apache/broker.ts';
import { installApacheKafka } from '../../../tools/broker/apache/installation.ts';
import { startEmbeddedBroker } from '../../../tools/broker/embedded.ts';
import { createKafka, groupTimings } from '../../../tools/broker/kafka-client.ts';
import { ensureTopic } from '../../../tools/broker/topic.ts';
import { whyNoApache } from '../../support/apache.ts';

const { CompressionTypes } = kafkajs;
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
// The one that kafka-crab-js brings is built without Zstandard.
const ofLibrdkafka = codecs.filter((codec) => codec !== 'zstd');
const perBatch = 3;
const texts = (codec: string): readonly string[] =>
  Array.from({ length: perBatch }, (_, n) => `${codec}.${n} `.repeat(500));

/** Values of the first `count` records of a topic of one partition, as a consumer of the tools gets them. */
async function read(bootstrapServers: string, topic: string, count: number): Promise<readonly string[]> {
  const consumer = createKafka(bootstrapServers).consumer({ groupId: topic, ...groupTimings });
  const values: string[] = [];
  const done = Promise.withResolvers<void>();
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      async eachMessage({ message }) {
        values.push(String(message.value));
        if (values.length === count) done.resolve();
      },
    });
    await done.promise;
  } finally {
    await consumer.disconnect();
  }
  return values;
}

test("reads record batches of kafkajs's producer", { timeout: 60_000 }, async () => {
  const broker = await startEmbeddedBroker();
  try {
    const producer = createKafka(broker.bootstrapServers).producer();
    await producer.connect();
    const packed = ['none', 'gzip', 'lz4', 'zstd'] as const;
    const types = {
      none: CompressionTypes.None,
      gzip: CompressionTypes.GZIP,
      lz4: CompressionTypes.LZ4,
      zstd: CompressionTypes.ZSTD,
    };
    for (const codec of packed) {
      const messages = texts(codec).map((value) => ({ partition: 0, value }));
      await producer.send({ topic: 'packed', compression: types[codec], messages });
    }
    const snappy = { topic: 'packed', compression: CompressionTypes.Snappy, messages: [{ value: 'x' }] };
    await assert.rejects(producer.send(snappy), TypeError);
    await producer.disconnect();
    const values = await read(broker.bootstrapServers, 'packed', packed.length * perBatch);
    assert.deepEqual(values, packed.flatMap(texts));
  } finally {
    await broker.close();
  }
});

const skip = await whyNoApache();

test(
  "reads record batches of Kafka's Java producer and of librdkafka",
  { skip, timeout: 180_000 },
  async () => {
    const broker = await startApacheBroker();
    const { bootstrapServers } = broker;
    try {
      for (const topic of ['java', 'librdkafka'])
        await ensureTopic(createKafka(bootstrapServers), { topic, partitions: 1 });
      const { java, classPath } = await installApacheKafka();
      const source = fileURLToPath(new URL('../../support/batch-producer.java', import.meta.url));
      const program = [
        '-XX:TieredStopAtLevel=1',
        '-cp',
        classPath,
        source,
        bootstrapServers,
        'java',
        String(perBatch),
        ...codecs,
      ];
      const [values] = await Promise.all([
        read(bootstrapServers, 'java', codecs.length * perBatch),
        promisify(execFile)(java, program),
      ]);
      assert.deepEqual(values, codecs.flatMap(texts));

      // In a process of its own, since librdkafka goes on trying, and telling, after its broker has gone.
      const produce = `
      import { KafkaClient } from 'kafka-crab-js';
      for (const [codec, values] of ${JSON.stringify(ofLibrdkafka.map((codec) => [codec, texts(codec)]))}) {
        const client = new KafkaClient({ brokers: '${bootstrapServers}', clientId: 'test', logLevel: 'error' });
        const configuration = { 'compression.codec': codec, 'linger.ms': '200' };
        const messages = values.map((value) => ({ payload: Buffer.from(value) }));
        await client.createProducer({ configuration }).send({ topic: 'librdkafka', messages });
      }
      process.exit(0);`;
      await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', produce], {
        cwd: import.meta.dirname,
      });
      assert.deepEqual(
        await read(bootstrapServers, 'librdkafka', ofLibrdkafka.length * perBatch),
        ofLibrdkafka.flatMap(texts),
      );
    } finally {
      await broker.close();
    }
  },
);

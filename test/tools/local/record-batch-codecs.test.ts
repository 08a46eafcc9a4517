import assert from 'node:assert/strict';
import { test } from 'node:test';
import kafkajs from 'kafkajs';
import { startEmbeddedBroker } from '../../../tools/broker/embedded.ts';
import { createKafka } from '../../../tools/broker/kafka-client.ts';
import { createIntake } from '../../../tools/local/intake.ts';
import { startPoller } from '../../../tools/local/poller.ts';
import { registerRecordBatchCodecs } from '../../../tools/local/record-batch-codecs.ts';

const { CompressionTypes } = kafkajs;

test(
  'reads record batches that their producer compressed with gzip, LZ4 or Zstandard',
  { timeout: 60_000 },
  async () => {
    registerRecordBatchCodecs();
    const broker = await startEmbeddedBroker();
    const kafka = createKafka(broker.bootstrapServers);
    const producer = kafka.producer();
    try {
      await producer.connect();
      const codecs = [
        CompressionTypes.None,
        CompressionTypes.GZIP,
        CompressionTypes.LZ4,
        CompressionTypes.ZSTD,
      ];
      for (const compression of codecs) {
        const messages = [1, 2].map((n) => ({ partition: 0, value: `${compression}.${n} `.repeat(500) }));
        await producer.send({ topic: 'packed', compression, messages });
      }
      const values: string[] = [];
      const { promise, resolve } = Promise.withResolvers<void>();
      const poller = await startPoller({
        kafka,
        topic: 'packed',
        groupId: 'packed',
        startingPosition: 'TRIM_HORIZON',
        intake: createIntake({ topic: 'packed' }),
        onAssigned() {},
        onRevoked() {},
        onRecords(_partition, records) {
          for (const { json } of records) {
            const { value } = JSON.parse(json) as { readonly value: string };
            values.push(Buffer.from(value, 'base64').toString());
          }
          if (values.length === codecs.length * 2) resolve();
        },
        isFull: () => false,
        onLost() {},
        onWarning: (message) => assert.fail(message),
      });
      await promise;
      await poller.close();
      assert.deepEqual(
        values,
        codecs.flatMap((codec) => [1, 2].map((n) => `${codec}.${n} `.repeat(500))),
      );
    } finally {
      await producer.disconnect();
      await broker.close();
    }
  },
);

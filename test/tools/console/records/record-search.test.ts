// Records as the console reads them, from an embedded broker: those that are there, and places that a topic does not have.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Kafka } from 'kafkajs';
import { startEmbeddedBroker } from '../../../../tools/broker/embedded.ts';
import type { Broker } from '../../../../tools/broker/broker.ts';
import { createKafka } from '../../../../tools/broker/kafka-client.ts';
import { ensureTopic } from '../../../../tools/broker/topic.ts';
import { createRecordReader, type RecordReader } from '../../../../tools/console/records/record-reader.ts';
import { readRecord } from '../../../../tools/console/records/record-search.ts';

const topic = 'orders';
let broker: Broker;
let kafka: Kafka;
let reader: RecordReader;

before(async () => {
  broker = await startEmbeddedBroker();
  kafka = createKafka(broker.bootstrapServers);
  await ensureTopic(kafka, { topic });
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages: [{ partition: 0, key: 'k', value: 'v' }] });
  await producer.disconnect();
  reader = createRecordReader(kafka, [topic], false);
});

after(async () => {
  await reader.close();
  await broker.close();
});

async function isThere(partition: number, offset: number): Promise<boolean> {
  return (await readRecord({ kafka, reader, topic }, { partition, offset })) !== undefined;
}

suite('the console', { concurrency: 1 }, () => {
  test('says at once that a topic has no such place', async () => {
    for (const [partition, offset] of [
      [0, 1],
      [0, -1],
      [0, 0.5],
      [0, NaN],
      [1, 0],
      [999, 0],
    ] as const)
      assert.equal(await isThere(partition, offset), false, `${partition}@${offset}`);
    assert.equal(await isThere(0, 0), true);
  });

  test('leaves no timer behind whose error would end the run, when a reading cannot begin', async (t) => {
    const range = { topic, partition: 0, from: 0.5, to: 1 };
    t.mock.timers.enable({ apis: ['setTimeout'] });
    await assert.rejects(
      reader.read([range], () => true),
      /Invalid offset/,
    );
    // What nobody handles by then fails the test.
    t.mock.timers.tick(60_000);
    await new Promise((resolve) => setImmediate(resolve));
    t.mock.timers.reset();
    assert.equal(await isThere(0, 0), true);
  });
});

// What our kafkajs clients add to kafkajs: no negative timers, a group that can be left, and logs only by callback.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import kafkajs from 'kafkajs';
import { startEmbeddedBroker } from '../../../tools/broker/embedded.ts';
import { createKafka, groupTimings, type KafkaLogEntry } from '../../../tools/broker/kafka-client.ts';

test('produces, consumes and leaves a group without a warning, an error or a line of output', async () => {
  const warnings: string[] = [];
  const onWarning = (warning: Error): void => {
    warnings.push(`${warning.name}: ${warning.message}`);
  };
  process.on('warning', onWarning);
  const logged: KafkaLogEntry[] = [];
  const broker = await startEmbeddedBroker();
  const kafka = createKafka(broker.bootstrapServers, { onLog: (entry) => logged.push(entry) });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  const consumer = kafka.consumer({ groupId: 'group', ...groupTimings });
  try {
    await producer.connect();
    await producer.send({ topic: 'orders', acks: -1, messages: [{ key: 'a', value: 'one' }] });
    await consumer.connect();
    await consumer.subscribe({ topic: 'orders', fromBeginning: true });
    const received = Promise.withResolvers<string>();
    await consumer.run({
      eachMessage: async ({ message }) => received.resolve(message.value?.toString() ?? ''),
    });
    assert.equal(await received.promise, 'one');
  } finally {
    await Promise.all([producer.disconnect(), consumer.disconnect()]);
    await broker.close();
    process.off('warning', onWarning);
  }
  assert.deepEqual(warnings, []);
  assert.deepEqual(logged, []);
});

test('hands connection errors to the callback with the broker they are about', async () => {
  const broker = await startEmbeddedBroker();
  await broker.close();
  const logged: KafkaLogEntry[] = [];
  const kafka = createKafka(broker.bootstrapServers, { retries: 0, onLog: (entry) => logged.push(entry) });
  const admin = kafka.admin();
  await assert.rejects(admin.connect());
  await admin.disconnect();
  const entry = logged.find(({ namespace }) => namespace === 'Connection');
  assert.equal(entry?.level, 'error');
  assert.equal(entry?.broker, broker.bootstrapServers);
});

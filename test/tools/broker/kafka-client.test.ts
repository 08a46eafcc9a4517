// What our kafkajs clients add to kafkajs: no negative timers, a group that can be left, headers in their order, and logs only
// by callback.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import kafkajs, { type KafkaMessage } from 'kafkajs';
import { startEmbeddedBroker } from '../../../tools/broker/embedded.ts';
import { createKafka, groupTimings, type KafkaLogEntry } from '../../../tools/broker/kafka-client.ts';
import { readHeaders } from '../../../tools/broker/record-headers.ts';

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

test('keeps headers in their order, whatever their names', () => {
  createKafka('127.0.0.1:1');
  const require = createRequire(import.meta.url);
  const Decoder = require('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => object;
  const decode = require('kafkajs/src/protocol/recordBatch/record/v0/decoder.js') as (
    from: object,
    batch: object,
  ) => KafkaMessage;
  const list = [
    ['b', '1'],
    ['7', '2'],
    ['__proto__', '3'],
    ['b', '4'],
    ['constructor', '5'],
  ] as const;
  // Lengths are zigzag numbers; an absent key and value have -1. kafkajs's own producer writes an object's order alone.
  const field = (text: string): readonly number[] => [text.length * 2, ...Buffer.from(text)];
  const record = (headers: readonly (readonly [string, string])[]): Buffer =>
    Buffer.from([0, 0, 0, 1, 1, headers.length * 2, ...headers.flatMap((pair) => pair.flatMap(field))]);
  const batch = { firstOffset: '0', firstTimestamp: '0' };
  const { headers } = decode(new Decoder(record(list)), batch);
  assert.deepEqual(
    readHeaders(headers).map(({ key, value }) => [key, String(value)]),
    list,
  );
  assert.deepEqual(Object.entries(headers ?? {}), [
    ['7', Buffer.from('2')],
    ['b', [Buffer.from('1'), Buffer.from('4')]],
    ['__proto__', Buffer.from('3')],
    ['constructor', Buffer.from('5')],
  ]);
  assert.deepEqual(readHeaders(decode(new Decoder(record([])), batch).headers), []);
});

test('reads headers of a message that somebody made', () => {
  const headers: KafkaMessage['headers'] = { a: 'text', b: [Buffer.from('1'), '2'] };
  assert.deepEqual(
    readHeaders(headers).map(({ key, value }) => [key, String(value)]),
    [
      ['a', 'text'],
      ['b', '1'],
      ['b', '2'],
    ],
  );
  assert.deepEqual(readHeaders(undefined), []);
});

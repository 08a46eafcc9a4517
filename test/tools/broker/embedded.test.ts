// The embedded broker as a process: it listens, creates topics, stays quiet, and never outlives its parent.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import type { BrokerError } from '../../../tools/broker/broker.ts';
import { embeddedPartitions, startEmbeddedBroker } from '../../../tools/broker/embedded.ts';
import { createKafka } from '../../../tools/broker/kafka-client.ts';
import { ensureTopic } from '../../../tools/broker/topic.ts';

const root = new URL('../../../', import.meta.url);

async function isListening(bootstrapServers: string): Promise<boolean> {
  const socket = connect(Number(bootstrapServers.split(':')[1]), '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false; // refused: that is the answer
  } finally {
    socket.destroy();
  }
}

async function waitUntilGone(bootstrapServers: string): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (await isListening(bootstrapServers)) {
    assert.ok(Date.now() < deadline, `still listening at ${bootstrapServers}`);
    await delay(20);
  }
}

test('listens on 127.0.0.1 until it is closed, twice without harm', async () => {
  const broker = await startEmbeddedBroker();
  try {
    assert.match(broker.bootstrapServers, /^127\.0\.0\.1:\d+$/);
    assert.equal(broker.kind, 'embedded');
    assert.equal(await isListening(broker.bootstrapServers), true);
  } finally {
    await broker.close();
  }
  assert.equal(await isListening(broker.bootstrapServers), false);
  await broker.close();
});

test('creates a topic with its partitions on first use and keeps what is produced', async () => {
  const broker = await startEmbeddedBroker();
  const kafka = createKafka(broker.bootstrapServers);
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  const admin = kafka.admin();
  try {
    await Promise.all([producer.connect(), admin.connect()]);
    assert.equal(await ensureTopic(kafka, { topic: 'fresh' }), embeddedPartitions);
    assert.equal(await ensureTopic(kafka, { topic: 'fresh', partitions: 9 }), embeddedPartitions);
    await producer.send({ topic: 'fresh', acks: -1, messages: [{ partition: 3, key: 'a', value: 'b' }] });
    const offsets = await admin.fetchTopicOffsets('fresh');
    assert.equal(offsets.find(({ partition }) => partition === 3)?.high, '1');
  } finally {
    await Promise.all([producer.disconnect(), admin.disconnect()]);
    await broker.close();
  }
});

test('tells when its process dies early, and stays silent about an orderly close', async () => {
  const failures: BrokerError[] = [];
  const failed = Promise.withResolvers<BrokerError>();
  const onFailure = (error: BrokerError): void => {
    failures.push(error);
    failed.resolve(error);
  };
  const closed = await startEmbeddedBroker({ onFailure });
  await closed.close();
  assert.deepEqual(failures, []);
  const broker = await startEmbeddedBroker({ onFailure });
  try {
    process.kill(broker.processId, 'SIGKILL');
    const failure = await failed.promise;
    assert.equal(failure.code, 'BROKER_FAILED');
    assert.equal(failure.bootstrapServers, broker.bootstrapServers);
  } finally {
    await broker.close();
  }
});

test('reports a broker that gives no address in time', async () => {
  await assert.rejects(startEmbeddedBroker({ startTimeoutMs: 1 }), { code: 'BROKER_FAILED' });
});

test('prints nothing, ignores Ctrl-C of the process group, and dies with a killed parent', async () => {
  const script = `
    import { startEmbeddedBroker } from './tools/broker/embedded.ts';
    const broker = await startEmbeddedBroker();
    process.kill(broker.processId, 'SIGINT');
    console.log(broker.bootstrapServers);
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: root });
  let output = '';
  const printed = Promise.withResolvers<void>();
  for (const stream of [parent.stdout, parent.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('\n')) printed.resolve();
    });
  }
  try {
    await printed.promise;
    assert.match(output, /^127\.0\.0\.1:\d+\n$/);
    assert.equal(await isListening(output.trim()), true);
  } finally {
    parent.kill('SIGKILL');
  }
  await waitUntilGone(output.trim());
});

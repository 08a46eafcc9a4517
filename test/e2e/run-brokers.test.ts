// A Kafka of the user's own: without being told, a run writes nothing there and joins no group that is there.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Admin, Kafka } from 'kafkajs';
import { startEmbeddedBroker, type EmbeddedBroker } from '../../tools/broker/embedded.ts';
import { createKafka } from '../../tools/broker/kafka-client.ts';
import { ensureTopic } from '../../tools/broker/topic.ts';
import { runCli, startCli } from '../support/cli.ts';
import { writeLocalApp, type LocalApp } from '../support/local-app.ts';

let broker: EmbeddedBroker;
let kafka: Kafka;
let admin: Admin;
let app: LocalApp;

before(async () => {
  broker = await startEmbeddedBroker();
  kafka = createKafka(broker.bootstrapServers);
  await ensureTopic(kafka, { topic: 'orders' });
  admin = kafka.admin();
  await admin.connect();
  const source = `export const handler = async (event) => {
    for (const record of Object.values(event.records).flat()) console.log('seen at offset', record.offset);
    return { batchItemFailures: [] };
  };`;
  const mapping = { AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'deployed' } };
  app = await writeLocalApp([{ name: 'shadow', source, mapping }]);
});

after(async () => {
  await admin.disconnect();
  await broker.close();
  await app.remove();
});

async function ends(): Promise<readonly string[]> {
  return (await admin.fetchTopicOffsets('orders')).map(({ high }) => high);
}

async function send(value: string): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic: 'orders', messages: [{ value, partition: 0 }] });
  await producer.disconnect();
}

test('shadows a topic: from its end on, as a group of its own, writing nothing', async () => {
  await send('"old"');
  const before = await ends();
  const cli = startCli(['run', '--cdk-out', app.cdkOut, '--brokers', broker.bootstrapServers, '--logs']);
  await cli.printed('running until Ctrl-C');
  assert.deepEqual(await ends(), before);
  await send('"new"');
  await cli.printed('seen at offset 1');
  const [group] = await admin.fetchOffsets({ groupId: 'deployed', topics: ['orders'] });
  assert.ok(
    group?.partitions.every(({ offset }) => offset === '-1'),
    'the deployed group has committed nothing',
  );
  cli.child.kill('SIGINT');
  const { code, stdout, stderr } = await cli.ended;
  assert.equal(code, 0, stdout + stderr);
  assert.doesNotMatch(stdout, /seen at offset 0/);
  assert.match(stdout, /nothing was sent, so nothing is proven; 1 record of others came through/);
});

test('writes there when it is told to, and proves what it wrote', async () => {
  const args = [
    'run',
    '--cdk-out',
    app.cdkOut,
    '--brokers',
    broker.bootstrapServers,
    '--produce',
    '--records',
    '40',
  ];
  const { code, stdout, stderr } = await runCli(args);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /ok shadow +40 +=/);
});

test('does not make a topic that is missing', async () => {
  const source = `export const handler = async () => {};`;
  const other = await writeLocalApp([{ name: 'other', source, mapping: { Topics: ['nowhere'] } }]);
  const { code, stderr } = await runCli([
    'run',
    '--cdk-out',
    other.cdkOut,
    '--brokers',
    broker.bootstrapServers,
  ]);
  assert.equal(code, 3);
  assert.match(stderr, /no such topic on the cluster of --brokers, got nowhere, .*--produce/);
  assert.ok(!(await admin.listTopics()).includes('nowhere'));
  await other.remove();
});

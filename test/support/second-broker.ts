// A second node for an Apache Kafka of ours, so that a partition can have another leader. It is a broker alone: the first
// node stays the only controller.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApacheBroker } from '../../tools/broker/apache/broker.ts';
import { installApacheKafka } from '../../tools/broker/apache/installation.ts';
import { findFreePorts } from '../../tools/broker/apache/ports.ts';
import { startBrokerProcess } from '../../tools/broker/apache/process.ts';
import { createKafka } from '../../tools/broker/kafka-client.ts';

/** Its number among the brokers; the first one's is 1. */
export const secondBrokerId = 2;

/** Starts it; resolves once it answers. The controller may list it before that, when a client could not connect. */
export async function startSecondBroker(
  first: Pick<ApacheBroker, 'folder'>,
): Promise<{ readonly close: () => Promise<void> }> {
  const { java, classPath } = await installApacheKafka();
  const read = async (file: string, name: string): Promise<string> => {
    const text = await readFile(join(first.folder, file), 'utf8');
    const line = text.split('\n').find((each) => each.startsWith(`${name}=`));
    return line?.slice(name.length + 1) ?? '';
  };
  const clusterId = await read('data/meta.properties', 'cluster.id');
  const voters = await read('server.properties', 'controller.quorum.voters');
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-kafka-second-'));
  const [port = 0] = await findFreePorts(1);
  const properties = {
    'process.roles': 'broker',
    'node.id': secondBrokerId,
    'controller.quorum.voters': voters,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': join(folder, 'data'),
  };
  const file = join(folder, 'server.properties');
  await writeFile(
    file,
    Object.entries(properties)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const run = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classPath];
  const broker = await startBrokerProcess(folder, {
    java,
    commands: [
      [...run, 'kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '--config', file],
      [...run, 'kafka.Kafka', file],
    ],
    stopTimeoutMs: 5_000,
  });
  await broker.started;
  while (!(await isAnswering(`127.0.0.1:${port}`))) assert.ok(!broker.isEnded(), broker.tail());
  return { close: broker.close };
}

async function isAnswering(address: string): Promise<boolean> {
  const admin = createKafka(address, { retries: 0 }).admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.some(({ nodeId }) => nodeId === secondBrokerId);
  } catch {
    // It is starting.
    return false;
  } finally {
    await admin.disconnect();
  }
}

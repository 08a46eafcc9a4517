// Where partitions are read from, asked of a real broker.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Admin, Kafka } from 'kafkajs';
import type { Broker } from '../../../../tools/broker/broker.ts';
import { startEmbeddedBroker } from '../../../../tools/broker/embedded.ts';
import { createKafka, groupTimings } from '../../../../tools/broker/kafka-client.ts';
import {
  createStartPositions,
  type PartitionStart,
  type StartingPosition,
  type StartPositions,
} from '../../../../tools/local/poller/start-position.ts';

let broker: Broker;
let kafka: Kafka;
let admin: Admin;
before(async () => {
  broker = await startEmbeddedBroker();
  kafka = createKafka(broker.bootstrapServers);
  admin = kafka.admin();
  await admin.connect();
});
after(async () => {
  await admin.disconnect();
  await broker.close();
});

/** Writes records of so many bytes to partition 0. */
async function produce(topic: string, sizes: readonly number[]): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  for (const size of sizes)
    await producer.send({ topic, messages: [{ partition: 0, value: Buffer.alloc(size, 'x') }] });
  await producer.disconnect();
}

/** Commits as the group of that topic. */
async function commit(topic: string, offset: number): Promise<void> {
  const consumer = kafka.consumer({ groupId: topic, ...groupTimings });
  const joined = Promise.withResolvers<void>();
  consumer.on(consumer.events.GROUP_JOIN, () => joined.resolve());
  await consumer.connect();
  await consumer.subscribe({ topic });
  await consumer.run({ autoCommit: false, eachMessage: async () => {} });
  await joined.promise;
  // It would find an offset that is out of range, and commit another one.
  consumer.pause([{ topic }]);
  await consumer.commitOffsets([{ topic, partition: 0, offset: String(offset) }]);
  await consumer.disconnect();
}

const positionsOf = (topic: string, startingPosition: StartingPosition): StartPositions =>
  createStartPositions({ topic, groupId: topic, startingPosition });

async function startOf(positions: StartPositions): Promise<PartitionStart | undefined> {
  return (await positions.read(admin, [0]))[0];
}

describe('a partition', { concurrency: true, timeout: 60_000 }, () => {
  test('begins at the starting position without a commit, and determines it once', async () => {
    await produce('fresh', [1, 1, 1]);
    const earliest = await startOf(positionsOf('fresh', 'TRIM_HORIZON'));
    assert.deepEqual(earliest, { partition: 0, wanted: 0, offset: 0, endOffset: 3, isFirst: false });
    const latest = positionsOf('fresh', 'LATEST');
    assert.deepEqual(await startOf(latest), {
      partition: 0,
      wanted: 3,
      offset: 3,
      endOffset: 3,
      isFirst: true,
    });
    await produce('fresh', [1]);
    const again = await startOf(latest);
    assert.deepEqual([again?.offset, again?.endOffset], [3, 4]);
    // Once it is committed it is the commit that counts; a topic that was made again has none, and is read from its beginning.
    latest.settle([0]);
    assert.deepEqual([(await startOf(latest))?.offset, (await startOf(latest))?.isFirst], [0, false]);
  });

  for (const committed of [0, 2, 3]) {
    test(`goes on at ${committed} of 3 where that is committed, whatever the starting position`, async () => {
      const topic = `committed-${committed}`;
      await produce(topic, [1, 1, 1]);
      await commit(topic, committed);
      for (const position of ['TRIM_HORIZON', 'LATEST'] as const)
        assert.deepEqual(await startOf(positionsOf(topic, position)), {
          partition: 0,
          wanted: committed,
          offset: committed,
          endOffset: 3,
          isFirst: false,
        });
    });
  }

  test('reads a topic from its beginning that ends before what is committed: it was made again', async () => {
    await produce('again', [1, 1, 1]);
    await commit('again', 9);
    const { wanted, offset } = (await startOf(positionsOf('again', 'LATEST')))!;
    assert.deepEqual([wanted, offset], [9, 0]);
  });

  for (const committed of [0, 1])
    test(`begins at the earliest record there is where retention has deleted ${committed}, which is committed`, async () => {
      const topic = `deleted-${committed}`;
      // The embedded broker keeps about 5 MB per partition.
      await produce(topic, [1, ...Array.from({ length: 9 }, () => 900_000)]);
      await commit(topic, committed);
      const { wanted, offset, endOffset } = (await startOf(positionsOf(topic, 'TRIM_HORIZON')))!;
      assert.equal(wanted, committed);
      assert.ok(offset > 1 && offset < endOffset, `${offset} of ${endOffset}`);
    });
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Consumer, ConsumerConfig, Kafka } from 'kafkajs';
import type { Broker } from '../../../../tools/broker/broker.ts';
import { startEmbeddedBroker } from '../../../../tools/broker/embedded.ts';
import { createKafka } from '../../../../tools/broker/kafka-client.ts';
import type { EncodedRecord } from '../../../../tools/local/event.ts';
import { createIntake } from '../../../../tools/local/poller/record-pipeline.ts';
import { startPoller, type Poller, type PollerOptions } from '../../../../tools/local/poller/poller.ts';
import { until } from '../../../support/until.ts';

let broker: Broker;
const cleanups: (() => Promise<void>)[] = [];
before(async () => {
  broker = await startEmbeddedBroker();
});
after(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
  await broker.close();
});

interface Seen {
  readonly poller: Poller;
  readonly offsets: Map<number, number[]>;
  readonly lost: [number, number, number][];
  readonly assignments: ReadonlyMap<number, number>[];
}

async function poll(topic: string, options: Partial<PollerOptions> = {}): Promise<Seen> {
  const offsets = new Map<number, number[]>();
  const lost: [number, number, number][] = [];
  const assignments: ReadonlyMap<number, number>[] = [];
  const poller = await startPoller({
    kafka: createKafka(broker.bootstrapServers),
    topic,
    groupId: `group-${topic}`,
    startingPosition: 'TRIM_HORIZON',
    intake: createIntake({ topic }),
    onAssigned: (positions) => assignments.push(positions),
    onRevoked() {},
    onRecords(partition, records) {
      offsets.set(partition, [...(offsets.get(partition) ?? []), ...records.map(({ offset }) => offset)]);
    },
    isFull: () => false,
    onLost: (...gap) => lost.push(gap),
    onWarning() {},
    ...options,
  });
  cleanups.push(poller.close);
  return { poller, offsets, lost, assignments };
}

async function produce(topic: string, partition: number, sizes: readonly number[]): Promise<void> {
  const producer = createKafka(broker.bootstrapServers).producer();
  await producer.connect();
  try {
    for (const size of sizes) {
      await producer.send({ topic, messages: [{ partition, value: Buffer.alloc(size, 'x') }] });
    }
  } finally {
    await producer.disconnect();
  }
}

/** Bytes of all array buffers once what nobody holds is gone. */
async function collectedBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let turn = 0; turn < 3; turn++) {
    await delay(0);
    collect();
  }
  return process.memoryUsage().arrayBuffers;
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

describe('a poller', { concurrency: true, timeout: 60_000 }, () => {
  test('does not read on in a full partition, reads the others, and resumes without a gap', async () => {
    let isFull = true;
    const seen = await poll('full', { isFull: (partition) => partition === 0 && isFull });
    await produce('full', 0, [10]);
    await until(() => seen.offsets.has(0));
    await produce('full', 0, [10, 10, 10]);
    await produce('full', 1, [10, 10]);
    await until(() => seen.offsets.get(1)?.length === 2);
    assert.deepEqual(seen.offsets.get(0), [0]);
    isFull = false;
    seen.poller.resume();
    await until(() => (seen.offsets.get(0)?.length ?? 0) >= 4);
    assert.deepEqual(seen.offsets.get(0), [0, 1, 2, 3]);
  });

  test('goes on at what was committed after a restart, and nowhere else', async () => {
    const seen = await poll('again');
    await produce('again', 2, [10, 10, 10, 10]);
    await until(() => seen.offsets.get(2)?.length === 4);
    assert.equal(await seen.poller.commit(new Map([[2, 2]])), true);
    seen.offsets.clear();
    await seen.poller.restart();
    assert.deepEqual(
      seen.assignments.map((positions) => positions.get(2)),
      [0, 2],
    );
    await until(() => (seen.offsets.get(2)?.length ?? 0) >= 2);
    assert.deepEqual(seen.offsets.get(2), [2, 3]);
  });

  test('tells which offsets the broker had dropped before they were read, and goes on behind them', async () => {
    let isFull = true;
    const seen = await poll('dropped', { isFull: () => isFull });
    await produce('dropped', 3, [10]);
    await until(() => seen.offsets.has(3));
    // The embedded broker keeps about 5 MB per partition.
    await produce(
      'dropped',
      3,
      range(9).map(() => 900_000),
    );
    isFull = false;
    seen.poller.resume();
    await until(() => seen.offsets.get(3)?.at(-1) === 9);
    const [gap] = seen.lost;
    assert.ok(gap !== undefined && gap[0] === 3 && gap[1] === 1 && gap[2] > 1);
    assert.deepEqual(seen.offsets.get(3), [0, ...range(10).slice(gap[2])]);
  });

  test('has kafkajs restart a consumer that crashed, but not one that is closed', async () => {
    const kafka = createKafka(broker.bootstrapServers);
    const configs: ConsumerConfig[] = [];
    const consumer = (config: ConsumerConfig): Consumer => {
      configs.push(config);
      return kafka.consumer(config);
    };
    await produce('crashes', 0, [10]);
    const { poller } = await poll('crashes', {
      kafka: Object.assign(Object.create(kafka), { consumer }) as Kafka,
    });
    const mayRestart = configs[0]?.retry?.restartOnFailure;
    assert.ok(mayRestart !== undefined);
    assert.equal(await mayRestart(new Error('crashed')), true);
    await poller.close();
    // kafkajs asks at the end of a crash, by when the poller may have been closed.
    assert.equal(await mayRestart(new Error('crashed')), false);
  });

  test('fails clearly when there is no broker', async () => {
    const kafka = createKafka('127.0.0.1:1', { retries: 1, connectionTimeoutMs: 500 });
    await assert.rejects(poll('nowhere', { kafka }), { code: 'POLLER_FAILED' });
  });
});

// By itself: it looks at the whole process's memory.
test('keeps nothing of a fetch but the records that it gave', { timeout: 60_000 }, async () => {
  const kept: EncodedRecord[] = [];
  const keepSmall: PollerOptions['onRecords'] = (_partition, records) => {
    kept.push(...records.filter(({ bytes }) => bytes < 10_000));
  };
  await poll('pinned', { onRecords: keepSmall });
  const before = await collectedBytes();
  // Each small record shares its batch, and so its fetch, with a large one.
  const producer = createKafka(broker.bootstrapServers).producer();
  await producer.connect();
  const large = { partition: 0, value: Buffer.alloc(400_000, 'x') };
  const small = { partition: 0, key: 'k', value: 'small', headers: { h: 'v' } };
  for (let n = 1; n <= 20; n++) {
    await producer.send({ topic: 'pinned', messages: [small, large] });
    await until(() => kept.length === n);
  }
  await producer.disconnect();
  const grown = (await collectedBytes()) - before;
  assert.ok(grown < 2_000_000, `${grown} bytes of 8,000,000 are still held by ${kept.length} small records`);
});

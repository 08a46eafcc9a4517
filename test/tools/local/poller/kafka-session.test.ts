import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Broker } from '../../../../tools/broker/broker.ts';
import { startEmbeddedBroker } from '../../../../tools/broker/embedded.ts';
import { createKafka } from '../../../../tools/broker/kafka-client.ts';
import type { PolledRecord } from '../../../../tools/local/event.ts';
import {
  startKafkaSession,
  type KafkaSession,
  type KafkaSessionOptions,
} from '../../../../tools/local/poller/kafka-session.ts';
import { createRecordPipeline } from '../../../../tools/local/poller/record-pipeline.ts';
import { createStartPositions, type PartitionStart } from '../../../../tools/local/poller/start-position.ts';
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
  readonly session: KafkaSession;
  readonly offsets: Map<number, number[]>;
  readonly lost: [number, number, number][];
  readonly starts: readonly PartitionStart[];
  readonly committed: [number, number][];
}

async function poll(topic: string, options: Partial<KafkaSessionOptions> = {}): Promise<Seen> {
  const offsets = new Map<number, number[]>();
  const lost: [number, number, number][] = [];
  const committed: [number, number][] = [];
  let starts: readonly PartitionStart[] = [];
  const groupId = `group-${topic}`;
  const session = await startKafkaSession({
    kafka: createKafka(broker.bootstrapServers),
    topic,
    groupId,
    startPositions: createStartPositions({ topic, groupId, startingPosition: 'TRIM_HORIZON' }),
    allowTopicCreation: true,
    pipeline: createRecordPipeline({ topic }),
    signal: new AbortController().signal,
    onAssigned: (assigned) => (starts = assigned),
    onRevoked() {},
    onRecords(partition, records) {
      offsets.set(partition, [...(offsets.get(partition) ?? []), ...records.map(({ offset }) => offset)]);
    },
    onCommitted: (...commit) => committed.push(commit),
    isFull: () => false,
    onLost: (...gap) => lost.push(gap),
    onWarning() {},
    onFailure() {},
    ...options,
  });
  cleanups.push(async () => await session.close());
  return { session, offsets, lost, starts, committed };
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

describe('a session', { concurrency: true, timeout: 60_000 }, () => {
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
    seen.session.resume();
    await until(() => (seen.offsets.get(0)?.length ?? 0) >= 4);
    assert.deepEqual(seen.offsets.get(0), [0, 1, 2, 3]);
  });

  test('goes on at what was committed by the one before, and nowhere else', async () => {
    const seen = await poll('again');
    await produce('again', 2, [10, 10, 10, 10]);
    await until(() => seen.offsets.get(2)?.length === 4);
    seen.session.commit(2, 1);
    seen.session.commit(2, 2);
    await seen.session.idle();
    assert.deepEqual(seen.committed.at(-1), [2, 2]);
    await seen.session.close();
    const next = await poll('again');
    const startOf = ({ starts }: Seen): PartitionStart | undefined =>
      starts.find(({ partition }) => partition === 2);
    assert.deepEqual([startOf(seen)?.offset, startOf(next)?.offset, startOf(next)?.endOffset], [0, 2, 4]);
    await until(() => (next.offsets.get(2)?.length ?? 0) >= 2);
    assert.deepEqual(next.offsets.get(2), [2, 3]);
  });

  test('commits nothing after its partitions were lost', async () => {
    const seen = await poll('late');
    await produce('late', 0, [10]);
    await until(() => seen.offsets.has(0));
    await seen.session.close();
    seen.session.commit(0, 1);
    await seen.session.idle();
    assert.deepEqual(seen.committed, []);
    const next = await poll('late');
    assert.equal(next.starts.find(({ partition }) => partition === 0)?.offset, 0);
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
    seen.session.resume();
    await until(() => seen.offsets.get(3)?.at(-1) === 9);
    const [gap] = seen.lost;
    assert.ok(gap !== undefined && gap[0] === 3 && gap[1] === 1 && gap[2] > 1);
    assert.deepEqual(seen.offsets.get(3), [0, ...range(10).slice(gap[2])]);
  });

  test('fails clearly when there is no broker', async () => {
    const kafka = createKafka('127.0.0.1:1', { retries: 1, connectionTimeoutMs: 500 });
    await assert.rejects(poll('nowhere', { kafka }), { code: 'POLLER_FAILED' });
  });
});

// By itself: it looks at the whole process's memory.
test('keeps nothing of a fetch but the records that it gave', { timeout: 60_000 }, async () => {
  const kept: PolledRecord[] = [];
  const keepSmall: KafkaSessionOptions['onRecords'] = (_partition, records) => {
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

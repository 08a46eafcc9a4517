// What a reader hands on of what kafkajs delivers, driven by hand: no broker delivers a fetch from before a rebalance, or from
// another place than was asked for, whenever a test wants it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Admin, Batch, Consumer, KafkaMessage } from 'kafkajs';
import {
  PartitionReader,
  type PartitionReaderOptions,
} from '../../../../tools/local/poller/partition-reader.ts';
import { createRecordPipeline } from '../../../../tools/local/poller/record-pipeline.ts';
import { toMessage } from '../../../support/kafka-message.ts';

interface Driven {
  readonly reader: PartitionReader;
  /** Offsets that were handed on. */
  readonly got: number[];
  readonly lost: (readonly number[])[];
  /** What kafkajs was told, in turn. */
  readonly told: string[];
  /** The ends of each read. */
  readonly ends: number[];
}

/** A reader of partition 0, which begins at `offset` and of which the broker has `low` up to `high`. */
function readerAt(
  offset: number,
  { low = 0, high = 100, ...options }: Partial<PartitionReaderOptions> & { low?: number; high?: number } = {},
): Driven {
  const driven = { got: [] as number[], lost: [] as (readonly number[])[], told: [] as string[] };
  const ends: number[] = [];
  const consumer = {
    pause: () => driven.told.push('pause'),
    resume: () => driven.told.push('resume'),
    seek: ({ offset: to }: { readonly offset: string }) => driven.told.push(`seek ${to}`),
  } as unknown as Consumer;
  const admin = {
    fetchTopicOffsets: async () => await Promise.resolve([{ partition: 0, low: `${low}`, high: `${high}` }]),
  } as unknown as Admin;
  const reader = new PartitionReader(
    {
      topic: 'orders',
      pipeline: createRecordPipeline({ topic: 'orders' }),
      onRecords(_partition, records, { endOffset }) {
        driven.got.push(...records.map((record) => record.offset));
        ends.push(endOffset);
      },
      isFull: () => false,
      onLost: (...gap) => driven.lost.push(gap),
      onWarning() {},
      ...options,
    },
    consumer,
    admin,
  );
  reader.begin([{ partition: 0, wanted: offset, offset, endOffset: high, isFirst: false }]);
  driven.told.length = 0;
  return { reader, ends, ...driven };
}

/** Records `from` up to `to` as one fetch; `last` is behind them where a transaction has ended there. */
function fetchOf(from: number, to: number, last = to): Batch {
  const messages: KafkaMessage[] = [];
  for (let offset = from; offset <= to; offset++) messages.push(toMessage({ offset: String(offset) }));
  return {
    topic: 'orders',
    partition: 0,
    highWatermark: '100',
    messages,
    isEmpty: () => false,
    firstOffset: () => String(from),
    lastOffset: () => String(last),
  } as unknown as Batch;
}

describe('a reader', () => {
  test('hands on what follows on what it has, once', async () => {
    const { reader, got, told } = readerAt(3);
    await reader.read(fetchOf(3, 4));
    await reader.read(fetchOf(5, 6));
    assert.deepEqual([got, told], [[3, 4, 5, 6], []]);
  });

  test('drops what was fetched before its partitions changed', async () => {
    const { reader, got } = readerAt(3);
    reader.clear();
    await reader.read(fetchOf(3, 4));
    assert.deepEqual(got, []);
  });

  test('drops what was being decoded when its partitions changed', async () => {
    const gate = Promise.withResolvers<void>();
    const pipeline = createRecordPipeline({
      topic: 'orders',
      async decode(message) {
        await gate.promise;
        return { message, extras: {} };
      },
    });
    const { reader, got } = readerAt(3, { pipeline });
    const reading = reader.read(fetchOf(3, 4));
    reader.clear();
    gate.resolve();
    await reading;
    assert.deepEqual(got, []);
  });

  test('asks once more for what does not follow, and takes it for a gap when it comes again', async () => {
    const { reader, got, told, lost } = readerAt(3);
    await reader.read(fetchOf(7, 8));
    assert.deepEqual([got, told], [[], ['seek 3']]);
    await reader.read(fetchOf(7, 8));
    assert.deepEqual([got, lost], [[7, 8], []]);
  });

  test('drops records that came before what it wants', async () => {
    const { reader, got, told } = readerAt(3);
    await reader.read(fetchOf(0, 8));
    assert.deepEqual([got, told], [[], ['seek 3']]);
  });

  test('says what retention has deleted, and goes on behind it', async () => {
    const { reader, got, told, lost } = readerAt(3, { low: 6 });
    await reader.read(fetchOf(6, 7));
    assert.deepEqual([got, told, lost], [[], ['seek 6'], [[0, 3, 6]]]);
    await reader.read(fetchOf(6, 7));
    assert.deepEqual(got, [6, 7]);
  });

  test('fails when what it wants lies behind the end: the topic was made again', async () => {
    const { reader } = readerAt(30, { high: 10 });
    await assert.rejects(
      reader.read(fetchOf(0, 1)),
      /offset 30 lies behind the end of orders-0, which is 10/,
    );
  });

  test('reads again what its pipeline could not take', async () => {
    let isDown = true;
    const whole = createRecordPipeline({ topic: 'orders' });
    const { reader, got, told } = readerAt(3, {
      pipeline: async (partition, messages) => {
        if (isDown) throw new Error('no registry');
        return await whole(partition, messages);
      },
    });
    await reader.read(fetchOf(3, 4));
    assert.deepEqual([got, told], [[], ['seek 3']]);
    isDown = false;
    await reader.read(fetchOf(3, 4));
    assert.deepEqual(got, [3, 4]);
  });

  test('holds a partition that is full, and resumes it when it no longer is', async () => {
    let isFull = true;
    const { reader, told } = readerAt(3, { isFull: () => isFull });
    await reader.read(fetchOf(3, 4));
    reader.resume();
    assert.deepEqual(told, ['pause']);
    isFull = false;
    reader.resume();
    assert.deepEqual(told, ['pause', 'resume']);
  });

  test('counts the ends of transactions as read, behind records and by themselves', async () => {
    const { reader, got, ends } = readerAt(3);
    await reader.read(fetchOf(3, 4, 6));
    const markers = { topic: 'orders', partition: 0, batchSize: 0, highWatermark: '100' };
    await reader.passMarkers({ ...markers, firstOffset: '7', lastOffset: '8' } as never);
    assert.deepEqual(
      [got, ends],
      [
        [3, 4, 6, 8],
        [100, 100],
      ],
    );
  });
});

// The producer against the real embedded broker: what it notes is what a consumer reads, and it never runs away from one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Admin, Kafka } from 'kafkajs';
import {
  embeddedPartitions,
  embeddedRetentionBytes,
  startEmbeddedBroker,
  type EmbeddedBroker,
} from '../../../tools/broker/embedded.ts';
import { createKafka, groupTimings } from '../../../tools/broker/kafka-client.ts';
import { createBacklog, type Backlog } from '../../../tools/traffic/backpressure.ts';
import { digest64 } from '../../../tools/traffic/digest.ts';
import { generateTraffic } from '../../../tools/traffic/orders/generator.ts';
import { toHeadersDigest, type Ledger } from '../../../tools/traffic/ledger.ts';
import { produceTraffic } from '../../../tools/traffic/producer.ts';
import { toHeaderPairs, type TrafficRecord } from '../../../tools/traffic/record.ts';

let broker: EmbeddedBroker;
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

/** Records of one key with values of one size that do not compress, so that bytes can be counted. */
function* ofOneKey(count: number, valueBytes: number): Generator<TrafficRecord> {
  for (let sequence = 0; sequence < count; sequence += 1) {
    const value = Buffer.alloc(valueBytes, sequence);
    yield {
      sequence,
      kind: 'good',
      key: 'one',
      value,
      headers: {},
      documentDigest: 0n,
      valueDigest: 0n,
    };
  }
}

/** Reads a topic from its beginning as one group, until `count` records are seen. */
async function readBack(
  topic: string,
  count: number,
  check: (place: string, read: object) => void,
): Promise<void> {
  const consumer = kafka.consumer({ groupId: `read-${topic}`, ...groupTimings });
  const done = Promise.withResolvers<void>();
  let seen = 0;
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        const { key, value, headers } = message;
        const entries = Object.entries(headers ?? {}).map(([name, bytes]) => [name, String(bytes)]);
        check(`${partition}:${message.offset}`, {
          key: key?.toString(),
          value,
          headers: Object.fromEntries(entries),
          timestampMs: Number(message.timestamp),
        });
        seen += 1;
        if (seen === count) done.resolve();
      },
    });
    await done.promise;
  } finally {
    await consumer.disconnect();
  }
}

async function lowOffset(topic: string, partition: number): Promise<number> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return Number(offsets.find((entry) => entry.partition === partition)?.low);
}

test('lands every record where its ledger says, byte for byte', { timeout: 60_000 }, async () => {
  const options = { records: 3_000, tombstoneShare: 0.1, undecodableShare: 0.02, invalidShare: 0.02 };
  const records = [...generateTraffic(options)];
  const progress: number[] = [];
  const produced = await produceTraffic({
    kafka,
    topic: 'landed',
    records,
    onProduced: ({ records }) => progress.push(records),
  });
  const { ledger } = produced;
  assert.equal(produced.partitions, embeddedPartitions);
  assert.equal(produced.aborted, false);
  assert.equal(produced.records, records.length);
  assert.equal(progress.at(-1), records.length);
  assert.equal(
    produced.valueBytes,
    records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0),
  );
  assert.equal(produced.endOffsets.size, embeddedPartitions);
  assert.deepEqual(
    [...ledger].map(({ keyDigest, headersDigest, documentDigest }) => [
      keyDigest,
      headersDigest,
      documentDigest,
    ]),
    records.map(({ key, headers, documentDigest }) => [
      digest64(key),
      toHeadersDigest(toHeaderPairs(headers)),
      documentDigest,
    ]),
  );

  const read = new Map<string, object>();
  await readBack('landed', records.length, (place, message) => read.set(place, message));
  assert.equal(read.size, records.length);
  for (const { sequence, partition, offset, timestampMs } of ledger) {
    const record = records[sequence];
    assert.ok(record);
    const { key, value, headers } = record;
    assert.deepEqual(read.get(`${partition}:${offset}`), { key, value, headers, timestampMs });
    assert.equal(ledger.find(partition, offset)?.sequence, sequence);
    if (value !== null) assert.equal(ledger.get(sequence)?.valueDigest, digest64(value));
  }
  for (const [partition, end] of produced.endOffsets) {
    const offsets = await admin.fetchTopicOffsets('landed');
    assert.equal(Number(offsets.find((entry) => entry.partition === partition)?.high), end);
  }
});

test('keeps a key in one partition, chosen as Java producers choose it', async () => {
  const records = [...generateTraffic({ records: 200, keys: 9 })];
  const { ledger } = await produceTraffic({ kafka, topic: 'keyed', records });
  const partitions = new Map<string, number>();
  for (const { sequence, partition } of ledger) {
    const key = records[sequence]?.key ?? '';
    assert.equal(partitions.get(key) ?? partition, partition);
    partitions.set(key, partition);
  }
  // Computed with kafka-clients' rule: toPositive(murmur2(key)) % 4, murmur2 as published in Utils.java.
  for (const [key, partition] of partitions)
    assert.equal(partition, toPositive(murmur2(Buffer.from(key))) % 4, key);
});

test(
  'loses records on the embedded broker without a backlog, and none with one',
  { timeout: 60_000 },
  async () => {
    const valueBytes = 64 * 1024;
    const count = (1.6 * embeddedRetentionBytes) / valueBytes;
    const free = await produceTraffic({ kafka, topic: 'free', records: ofOneKey(count, valueBytes) });
    const partition = free.ledger.get(0)?.partition ?? 0;
    assert.ok(
      (await lowOffset('free', partition)) > 0,
      'the broker kept everything; is the limit still needed?',
    );

    // A consumer that commits one record each time the producer has to wait for it.
    const backlog = createBacklog({ groups: ['slow'] });
    let committed = 0;
    let waits = 0;
    let furthest = 0;
    let ledger: Ledger | undefined;
    const slow: Backlog = {
      ...backlog,
      async changed(signal) {
        waits += 1;
        furthest = Math.max(furthest, (ledgerEnd - committed) * valueBytes);
        assert.ok((await lowOffset('held', partition)) <= committed, 'dropped before it was consumed');
        const changed = backlog.changed(signal);
        committed += 1;
        backlog.committed('slow', partition, committed);
        await changed;
      },
    };
    let ledgerEnd = 0;
    const onProduced = ({ records }: { readonly records: number }): void => {
      ledgerEnd = records;
    };
    ({ ledger } = await produceTraffic({
      kafka,
      topic: 'held',
      records: ofOneKey(count, valueBytes),
      backlog: slow,
      onProduced,
    }));
    assert.equal(ledger.count, count);
    assert.ok(waits > 20, `${waits} waits`);
    assert.ok(furthest <= backlog.maxBytes && furthest > backlog.maxBytes / 2, `${furthest} bytes ahead`);
  },
);

test('lets a record pass that is larger than the backlog, alone', async () => {
  const backlog = createBacklog({ groups: ['group'], maxBytes: 1_000 });
  const done = produceTraffic({
    kafka,
    topic: 'large',
    records: ofOneKey(3, 5_000),
    backlog,
    onProduced: ({ records }) => {
      for (let partition = 0; partition < embeddedPartitions; partition += 1) {
        backlog.committed('group', partition, records);
      }
    },
  });
  assert.equal((await done).records, 3);
});

test('stops between two batches when it is aborted while it waits for a consumer', async () => {
  const controller = new AbortController();
  const backlog = createBacklog({ groups: ['gone'], maxBytes: 10_000 });
  const produced = await produceTraffic({
    kafka,
    topic: 'aborted',
    records: ofOneKey(1_000, 1_000),
    signal: controller.signal,
    backlog: {
      ...backlog,
      async changed(signal) {
        const changed = backlog.changed(signal);
        controller.abort();
        await changed;
      },
    },
  });
  assert.equal(produced.aborted, true);
  assert.ok(produced.records > 0 && produced.records < 10, `${produced.records}`);
  assert.equal(produced.ledger.count, produced.records);
});

test('keeps a pace and sends what is pending before it waits', async () => {
  const controller = new AbortController();
  const progress: number[] = [];
  const produced = await produceTraffic({
    kafka,
    topic: 'paced',
    records: generateTraffic({ records: Infinity }),
    recordsPerSecond: 100,
    signal: controller.signal,
    onProduced: ({ records }) => {
      progress.push(records);
      if (records >= 5) controller.abort();
    },
  });
  assert.equal(produced.aborted, true);
  assert.ok(produced.records >= 5 && produced.records < 50, `${produced.records}`);
  assert.ok(progress.length >= 2, 'sent in one go');
});

test('fails when the broker is gone, and does not hang', { timeout: 20_000 }, async () => {
  const lost = await startEmbeddedBroker();
  try {
    const records = generateTraffic({ records: Infinity });
    const onProduced = (): void => {
      process.kill(lost.processId, 'SIGKILL');
    };
    await assert.rejects(
      produceTraffic({
        kafka: createKafka(lost.bootstrapServers, { retries: 0 }),
        topic: 'lost',
        records,
        onProduced,
      }),
    );
  } finally {
    await lost.close();
  }
});

function toPositive(hash: number): number {
  return hash & 0x7fffffff;
}

// org.apache.kafka.common.utils.Utils.murmur2, in 32-bit integers.
function murmur2(data: Buffer): number {
  const m = 0x5bd1e995;
  let hash = 0x9747b28c ^ data.length;
  const words = data.length >> 2;
  for (let word = 0; word < words; word += 1) {
    let k = Math.imul(data.readInt32LE(word * 4), m);
    k = Math.imul(k ^ (k >>> 24), m);
    hash = Math.imul(hash, m) ^ k;
  }
  const tail = data.subarray(words * 4);
  if (tail.length > 0) {
    for (const [index, byte] of tail.entries()) hash ^= byte << (8 * index);
    hash = Math.imul(hash, m);
  }
  hash = Math.imul(hash ^ (hash >>> 13), m);
  return hash ^ (hash >>> 15);
}

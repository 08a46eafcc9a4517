import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { toOrders } from '../../../../tools/soak/workload/records.ts';
import {
  createWorkload,
  type WorkloadEvent,
  type WorkloadOptions,
} from '../../../../tools/soak/workload/workload.ts';

const folder = await mkdtemp(join(tmpdir(), 'tailrace-workload-'));
after(async () => await rm(folder, { recursive: true }));

const options: WorkloadOptions = {
  records: 1000,
  recordsPerBatch: 300,
  partitions: 3,
  source: toOrders({ packing: 'lz4', meanBytes: 800, seed: 858 }),
  traffic: undefined,
  envelope: {
    topic: 'orders',
    eventSource: 'SelfManagedKafka',
    eventSourceArn: undefined,
    bootstrapServers: 'b:1',
  },
};

interface Read {
  readonly records: Record<
    string,
    { readonly partition: number; readonly offset: number; readonly key: string }[]
  >;
}

const collect = async (changes: Partial<WorkloadOptions> = {}): Promise<readonly WorkloadEvent[]> => {
  const events: WorkloadEvent[] = [];
  for await (const event of createWorkload({ ...options, ...changes })) events.push(event);
  return events;
};

test('packs the records into full batches, and gives the same events again', async () => {
  const events = await collect();
  assert.deepEqual(
    events.map(({ records }) => records),
    [300, 300, 300, 100],
  );
  assert.deepEqual(await collect(), events);
});

test('keeps a key in one partition and counts offsets on from batch to batch', async () => {
  const partitions = new Map<string, number>();
  const next = new Map<number, number>();
  for (const { event } of await collect({ partitions: 12 })) {
    for (const { partition, offset, key } of Object.values((JSON.parse(event) as Read).records).flat()) {
      assert.equal(partitions.get(key) ?? partition, partition);
      assert.equal(offset, next.get(partition) ?? 0);
      partitions.set(key, partition);
      next.set(partition, offset + 1);
    }
  }
  assert.equal(next.size, 12);
});

test('closes a batch before it is larger than an event may be', async () => {
  const events = await collect({
    records: 250,
    recordsPerBatch: 10_000,
    source: toOrders({ meanBytes: 65_536, packing: 'none', seed: 858 }),
  });
  assert.ok(events.length > 2);
  for (const { event } of events) assert.ok(Buffer.byteLength(event) <= 6_291_556);
});

test('plays recorded events once, or until the wanted records are sent', async () => {
  const traffic = join(folder, 'events.ndjson');
  const line = JSON.stringify({ records: { 'orders-0': [{}, {}], 'orders-1': [{}] } });
  await writeFile(traffic, `${line}\n${line}\n\n`);
  const once = await collect({ traffic, records: undefined });
  assert.deepEqual(once, [
    { event: line, records: 3 },
    { event: line, records: 3 },
  ]);
  assert.equal((await collect({ traffic, records: 10 })).length, 4);
});

test('refuses a file without events by its line, and never quotes it', async () => {
  const traffic = join(folder, 'wrong.ndjson');
  await writeFile(traffic, '{"records":{"orders-0":[{}]}}\nsecret\n');
  await assert.rejects(collect({ traffic }), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'TRAFFIC_FILE');
    assert.match(error.message, /wrong\.ndjson:2/);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
  await writeFile(traffic, '');
  await assert.rejects(collect({ traffic }), { code: 'TRAFFIC_FILE' });
  await assert.rejects(collect({ traffic: join(folder, 'none') }), { code: 'TRAFFIC_FILE' });
});

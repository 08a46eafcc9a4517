// The heaviest event of a consumer's own records: legal, and as large as its definition allows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { decompressFrameSync } from 'lz4-napi';
import { bytes, defineConsumer, json, type ConsumerDefinition } from '../../../../lib/index.ts';
import { createRecordEncoder } from '../../../../tools/traffic/own/record-encoder.ts';
import { createHeaviestOwnEvent } from '../../../../tools/tune/events/heaviest-own-event.ts';

const envelope = {
  topic: 'things',
  eventSource: 'SelfManagedKafka',
  eventSourceArn: undefined,
  bootstrapServers: 'b:1',
} as const;
const most = 65_536;
const limits = { maxDecompressedBytesPerRecord: most };

interface Read {
  readonly records: Record<
    string,
    { readonly partition: number; readonly offset: number; readonly value: string }[]
  >;
}

async function makeEvent(
  definition: ConsumerDefinition,
  values: readonly unknown[],
  maxRecords: number,
): Promise<{ readonly lists: Read['records']; readonly records: number; readonly bytes: number }> {
  const encoder = createRecordEncoder({ definition, packing: 'lz4' });
  const records = values.map((value) => encoder.encode({ value, key: 'k' }));
  const made = await createHeaviestOwnEvent({
    envelope,
    partitions: 4,
    maxRecords,
    records,
    packing: 'lz4',
    definition,
  });
  return { lists: (JSON.parse(made.event) as Read).records, records: made.records, bytes: made.event.length };
}

function open(value: string): Buffer {
  return decompressFrameSync(Buffer.from(value, 'base64'));
}

test('repeats items of an array up to the limit, and every value is one that the schema takes', async () => {
  const schema = z.object({ id: z.string().max(10), items: z.array(z.object({ n: z.number() })) });
  const definition = defineConsumer({
    name: 'a',
    topic: 'things',
    value: json(schema),
    limits: { ...limits, maxValueBytesPerRecord: 8_388_608 },
  });
  const { lists, records } = await makeEvent(definition, [{ id: 'x', items: [{ n: 1 }, { n: 2 }] }], 100);
  assert.equal(records, 100);
  const sizes = Object.values(lists)
    .flat()
    .map(({ value }) => {
      const text = open(value).toString();
      schema.parse(JSON.parse(text));
      return text.length;
    });
  assert.ok(Math.max(...sizes) <= most && Math.max(...sizes) > most * 0.9, `${Math.max(...sizes)}`);
  assert.equal(sizes.filter((size) => size > most / 2).length, 32);
  // Offsets count on in each partition.
  for (const list of Object.values(lists))
    assert.deepEqual(
      list.map(({ offset }) => offset),
      list.map((_, index) => index),
    );
});

test('lengthens a text where there is no array, and leaves what the schema bounds as it is', async () => {
  const open1 = defineConsumer({
    name: 'a',
    topic: 'things',
    value: json(z.object({ note: z.string() })),
    limits,
  });
  const grown = await makeEvent(open1, [{ note: 'hello' }], 2);
  assert.ok(open(Object.values(grown.lists)[0]?.[0]?.value ?? '').length > most * 0.9);
  const bounded = defineConsumer({
    name: 'a',
    topic: 'things',
    value: json(z.object({ note: z.string().max(20) })),
    limits,
  });
  const kept = await makeEvent(bounded, [{ note: 'hello' }, { note: 'the longer one' }], 2);
  assert.deepEqual(JSON.parse(open(Object.values(kept.lists)[0]?.[0]?.value ?? '').toString()), {
    note: 'the longer one',
  });
});

test('fills an event with the largest of records that cannot be grown, and no more than fit', async () => {
  const definition = defineConsumer({ name: 'a', topic: 'things', value: bytes(), limits });
  const noise = Buffer.from(
    Array.from({ length: 60_000 }, (_, index) => (index * 7919 + (index >> 3)) % 251),
  );
  const { records, bytes: size } = await makeEvent(definition, [Buffer.from('small'), noise], 10_000);
  assert.ok(size <= 6_291_456, `${size}`);
  assert.ok(records > 50, `${records}`);
});

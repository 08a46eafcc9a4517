// A consumer's own records: encoded as its definition reads them, checked by it, and poisoned so that it refuses them.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as mini from 'zod/mini';
import { z } from 'zod';
import {
  avro,
  bytes,
  defineConsumer,
  json,
  text,
  type ConsumerDefinition,
  type Format,
} from '../../../../lib/index.ts';
import { protobuf } from '../../../../lib/format/protobuf.ts';
import { runConsumer } from '../../../../lib/testing/index.ts';
import { createConsumer } from '../../../../lib/index.ts';
import {
  generateOwnTraffic,
  makeOwnRecords,
  readOwnRecords,
  type OwnRecords,
} from '../../../../tools/traffic/own/own-traffic.ts';
import type { Packing } from '../../../../tools/traffic/packing.ts';
import { isGood, type TrafficRecord } from '../../../../tools/traffic/record.ts';

const project = fileURLToPath(new URL('../../../../', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'tailrace-own-'));
after(() => rm(folder, { recursive: true }));

const define = (value?: Format<unknown>, more: object = {}): ConsumerDefinition =>
  defineConsumer<unknown, unknown>({
    name: 'payments',
    topic: 'payments',
    ...(value && { value }),
    ...more,
  });
const payment = z.object({ id: z.string(), cents: z.int().min(1) });
const avroOrder = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'total', type: { type: 'bytes', logicalType: 'decimal', precision: 6, scale: 2 } },
    { name: 'note', type: ['null', 'string'] },
    { name: 'tags', type: { type: 'map', values: 'int' } },
    { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['A', 'B'] } },
    { name: 'id16', type: { type: 'fixed', name: 'Id', size: 16 } },
    { name: 'lines', type: { type: 'array', items: 'double' } },
  ],
};
const proto = `syntax = "proto3"; package shop; import "google/protobuf/timestamp.proto";
  message Order { string id = 1; repeated Line lines = 2; google.protobuf.Timestamp at = 3; map<string, int64> counts = 4;
    oneof how { string card = 5; bool cash = 6; } Status status = 7; bytes raw = 8; float weight = 9; }
  message Line { uint32 quantity = 1; optional Order of = 2; } enum Status { NEW = 0; PAID = 1; }`;

async function made(definition: ConsumerDefinition, packing: Packing = 'none'): Promise<OwnRecords> {
  const records = await makeOwnRecords({ definition, packing }, { seed: 1, project });
  assert.ok('records' in records, 'reason' in records ? records.reason : '');
  return records;
}

function traffic(records: OwnRecords, options: object = {}): readonly TrafficRecord[] {
  return [
    ...generateOwnTraffic(records, {
      seed: 1,
      records: 300,
      tombstoneShare: 0,
      poisonShare: 0.1,
      ...options,
    }),
  ];
}

/** What becomes of the traffic in a consumer of this definition: the kinds that were processed, and the codes of the others. */
async function consume(
  definition: ConsumerDefinition,
  records: readonly TrafficRecord[],
): Promise<{
  readonly processed: readonly string[];
  readonly dead: Readonly<Record<string, readonly string[]>>;
}> {
  const processed: string[] = [];
  const dead: Record<string, string[]> = {};
  const handler = createConsumer(
    definition,
    { record: () => {} },
    { deadLetters: { store: async () => 'kept' } },
  );
  const { outcomes } = await runConsumer(
    handler,
    records.map(({ key, value, headers }) => ({
      key: key === null ? null : Buffer.from(key as string),
      value,
      headers: headers as Record<string, string>,
    })),
  );
  for (const [index, outcome] of outcomes.entries()) {
    const kind = records[index]?.kind ?? 'none';
    if (outcome.outcome === 'processed') processed.push(kind);
    else (dead[kind] ??= []).push(outcome.code ?? outcome.outcome);
  }
  return { processed, dead };
}

describe('records made from a schema', () => {
  for (const [name, definition, packing] of [
    ['zod', define(json(payment)), 'none'],
    ['zod, packed', define(json(payment)), 'gzip'],
    [
      'zod/mini, of which another module knows the schema',
      define(json(mini.object({ id: mini.string() }))),
      'none',
    ],
    ['Avro', define(avro(avroOrder)), 'none'],
    ['Avro, checked by zod', define(avro(avroOrder, { schema: z.looseObject({ id: z.string() }) })), 'zstd'],
    ['Protobuf', define(protobuf({ proto, message: 'shop.Order' })), 'lz4'],
    [
      'a key of its own',
      define(json(payment), { key: json(z.object({ region: z.enum(['eu', 'us']) })) }),
      'none',
    ],
  ] as const) {
    test(`by ${name} are read as good, and poison is refused`, async () => {
      const records = traffic(await made(definition, packing));
      const { processed, dead } = await consume(definition, records);
      assert.equal(processed.length, records.filter(({ kind }) => isGood(kind)).length);
      assert.ok(processed.every((kind) => kind === 'good'));
      assert.ok(Object.keys(dead).includes('undecodable') && Object.keys(dead).includes('over-limit'));
      assert.equal(records.length, 300);
    });
  }

  test('are varied, and the same for the same seed', async () => {
    const [one, other] = [await made(define(json(payment))), await made(define(json(payment)))];
    assert.ok(new Set(one.records.map(({ documentDigest }) => documentDigest)).size > 300);
    assert.deepEqual(traffic(one), traffic(other));
  });

  test('are none where the definition tells no shape, and it says why', async () => {
    const never = json(payment.refine(() => false));
    for (const [definition, says] of [
      [define(json()), /json\(\) has no schema/],
      [define(text()), /text\(\) says nothing of its values/],
      [define(bytes()), /bytes\(\) says nothing/],
      [define(), /its format says nothing/],
      [define(never), /it refuses what was made from it: SCHEMA_MISMATCH/],
    ] as const) {
      const found = await makeOwnRecords({ definition, packing: 'none' }, { seed: 1, project });
      assert.match('reason' in found ? found.reason : 'records', says);
    }
  });
});

describe('poison', () => {
  test('of JSON with a schema is of three kinds, each refused', async () => {
    const definition = define(json(payment));
    const records = traffic(await made(definition));
    const counts = Object.groupBy(records, ({ kind }) => kind);
    assert.deepEqual(
      ['undecodable', 'invalid', 'over-limit'].map((kind) => counts[kind as 'invalid']?.length),
      [10, 10, 10],
    );
    const { dead } = await consume(definition, records);
    assert.deepEqual(
      Object.values(dead).map((each) => each.length),
      [10, 10, 10],
    );
  });

  test('is not made of what a definition would take: packed values where none are unpacked, a schema that takes all', async () => {
    const kinds = async (definition: ConsumerDefinition): Promise<readonly string[]> => [
      ...(await made(definition)).poison.keys(),
    ];
    assert.deepEqual(await kinds(define(json(payment), { compression: 'none' })), ['invalid']);
    assert.deepEqual(await kinds(define(json(payment), { compression: ['gzip'] })), ['invalid']);
    assert.deepEqual(await kinds(define(avro(avroOrder), { compression: 'none' })), []);
    const huge = {
      limits: { maxDecompressedBytesPerRecord: 1_073_741_824, maxDecompressedBytesInFlight: 1_073_741_824 },
    };
    assert.deepEqual(await kinds(define(avro(avroOrder), huge)), ['undecodable']);
  });
});

describe('records of a file', () => {
  async function file(lines: readonly unknown[]): Promise<string> {
    const path = join(folder, `${Math.random()}.ndjson`);
    await writeFile(path, lines.map((line) => JSON.stringify(line)).join('\n'));
    return path;
  }

  test('are sent in turn, with their keys, headers, partitions and times; a null value is a tombstone', async () => {
    const path = await file([
      { key: 'a', value: { id: 'a', cents: 1 }, headers: { h: 'v', n: 7 }, partition: 2, timestamp: 9 },
      { key: 'b', value: null },
      { id: 'c', cents: 3 },
    ]);
    const records = await readOwnRecords(path, { definition: define(json(payment)), packing: 'none' });
    const [a, b, c, again] = traffic(records, { records: 4, poisonShare: 0 });
    assert.deepEqual([a?.kind, String(a?.key), a?.partition, a?.timestampMs], ['good', 'a', 2, 9]);
    assert.deepEqual(a?.headers, { h: 'v', n: '7' });
    assert.deepEqual([b?.kind, b?.value], ['tombstone', null]);
    assert.deepEqual([c?.key, String(c?.value)], [null, '{"id":"c","cents":3}']);
    assert.deepEqual([again?.sequence, again?.valueDigest], [3, a?.valueDigest]);
  });

  test('are plain JSON where there is no definition, and never poison', async () => {
    const path = await file([
      { id: 'x' },
      { key: { of: 'y' }, value: 'text' },
      { value: { base64: 'AAE=' } },
    ]);
    const records = await readOwnRecords(path, { definition: undefined, packing: 'none' });
    assert.equal(records.poison.size, 0);
    const [x, y, z] = traffic(records, { records: 3 });
    assert.equal(String(x?.value), '{"id":"x"}');
    assert.deepEqual([String(y?.key), String(y?.value)], ['{"of":"y"}', '"text"']);
    assert.deepEqual(z?.value, Buffer.from([0, 1]));
  });

  test('of text and bytes are written as they are', async () => {
    const path = await file(['words', { value: { base64: '/w==' } }]);
    const records = await readOwnRecords(path, { definition: define(bytes()), packing: 'none' });
    assert.deepEqual(
      records.records.map(({ value }) => value),
      [Buffer.from('words'), Buffer.from([0xff])],
    );
  });

  test('that the definition does not read are named by their line, without a quote', async () => {
    for (const [definition, says] of [
      [define(json(payment)), /record at .*\.ndjson:2 is none of its consumer's, got SCHEMA_MISMATCH, cents/],
      [
        define(text()),
        /record at .*\.ndjson:1 cannot be encoded, got value cannot be encoded, got a value of type object/,
      ],
    ] as const) {
      const path = await file([
        { id: 'secret', cents: 1 },
        { id: 'secret', cents: 0 },
      ]);
      await assert.rejects(readOwnRecords(path, { definition, packing: 'none' }), (error: Error) => {
        assert.match(error.message, says);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    }
  });

  test('are one at least', async () => {
    await assert.rejects(readOwnRecords(await file([]), { definition: undefined, packing: 'none' }), {
      code: 'TRAFFIC_FILE',
    });
  });
});

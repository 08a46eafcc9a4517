// Confluent-framed Avro through createConsumer, against the local registry: what a record becomes, and how often the registry
// is asked.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { fc } from '../../../support/property.ts';
import { avroReader, confluent } from '../../../../lib/index.ts';
import { frameConfluent } from './framing.ts';
import { consumer, field, ids, orderV2, registry, server, v1, v2 } from './confluent-orders.ts';

describe('confluent() with Avro', () => {
  test('reads each value with the schema that wrote it, or as the reader wants it', async () => {
    const records = [v1('a'), v2('b', 7)].map((value, offset) => ({ offset, value }));
    const asWritten = consumer({ value: confluent({ registry: registry(), reader: avroReader() }) });
    assert.deepEqual((await asWritten.run(records)).seen, [{ id: 'a' }, { id: 'b', total: 7 }]);
    const asRead = consumer({
      value: confluent({ registry: registry(), reader: avroReader({ reader: orderV2 as object }) }),
    });
    assert.deepEqual((await asRead.run(records)).seen, [
      { id: 'a', total: 0 },
      { id: 'b', total: 7 },
    ]);
  });

  test('asks the registry once for 500 records that wait at once, and not again', async () => {
    const { run } = consumer({
      value: confluent({ registry: registry(), reader: avroReader() }),
      order: 'none',
      concurrency: 500,
    });
    const records = Array.from({ length: 500 }, (_, offset) => ({ offset, value: v1(`o-${offset}`) }));
    const before = server.requests.length;
    const { seen, reported } = await run(records);
    assert.deepEqual([new Set(seen.map((each) => (each as { id: string }).id)).size, reported], [500, []]);
    await run(records);
    assert.deepEqual(server.requests.slice(before), [`GET /schemas/ids/${ids.v1}`]);
  });

  test('has records delivered again while the registry is down, and reads them once it is up', async () => {
    const { run } = consumer({ value: confluent({ registry: registry(), reader: avroReader() }) });
    const records = [0, 1, 2].map((partition) => ({ partition, offset: 0, value: v1('a') }));
    server.setFault({ status: 503 });
    const down = await run(records);
    assert.deepEqual(
      [down.reported, down.letters, down.seen],
      [['orders-0@0', 'orders-1@0', 'orders-2@0'], [], []],
    );
    assert.match(down.text, /REGISTRY_UNAVAILABLE/);
    server.setFault(undefined);
    // The hold-off after a failure is a second of the real clock: wait until it is over, with a deadline.
    const deadline = Date.now() + 5000;
    let up = await run(records);
    while (up.reported.length > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      up = await run(records);
    }
    assert.deepEqual([up.seen.length, up.letters], [3, []]);
  });

  test('has records delivered again while the registry refuses us', async () => {
    server.setFault({ status: 401 });
    const { run } = consumer({ value: confluent({ registry: registry(), reader: avroReader() }) });
    const { reported, letters, text } = await run([{ offset: 0, value: v1('a') }]);
    assert.deepEqual([reported, letters], [['orders-0@0'], []]);
    assert.match(text, /REGISTRY_DENIED/);
  });

  test('dead-letters what can never be read, each with its code and without a byte of it in the log', async () => {
    const { run } = consumer({ value: confluent({ registry: registry(), reader: avroReader() }) });
    const values: readonly (readonly [Buffer, string])[] = [
      [Buffer.from('{"id":"PLANTED"}'), 'NOT_FRAMED'],
      [Buffer.from([0, 0, 0]), 'NOT_FRAMED'],
      [frameConfluent(999_999, Buffer.from('PLANTED')), 'UNKNOWN_SCHEMA'],
      [frameConfluent(ids.v1, Buffer.from('~PLANTED')), 'TRUNCATED'],
      [Buffer.concat([v1('PLANTED'), Buffer.of(1)]), 'CORRUPT'],
      [frameConfluent(ids.proto, Buffer.from('PLANTED')), 'SCHEMA_MISMATCH'],
    ];
    const { letters, reported, text } = await run(values.map(([value], offset) => ({ offset, value })));
    assert.deepEqual(
      letters,
      values.map(([, code], offset) => [offset, code]),
    );
    assert.deepEqual(reported, []);
    assert.ok(!text.includes('PLANTED'));
  });

  test('dead-letters values whose schema the reader cannot read', async () => {
    const other = { type: 'record', name: 'Order', fields: [field('must', 'string')] };
    const { run } = consumer({
      value: confluent({ registry: registry(), reader: avroReader({ reader: other }) }),
    });
    const { letters } = await run([{ offset: 0, value: v1('a') }]);
    assert.deepEqual(letters, [[0, 'SCHEMA_MISMATCH']]);
  });

  test('reads keys, too, before the function runs', async () => {
    const format = confluent({ registry: registry(), reader: avroReader() });
    const { run } = consumer({ key: format, value: format });
    const { seen, letters } = await run([
      { offset: 0, key: v1('k'), value: v2('v', 1) },
      { offset: 1, key: Buffer.from('bare'), value: v1('v') },
      { offset: 2, value: v1('w') },
    ]);
    assert.deepEqual(seen, [
      [{ id: 'k' }, { id: 'v', total: 1 }],
      [null, { id: 'w' }],
    ]);
    assert.deepEqual(letters, [[1, 'NOT_FRAMED']]);
  });

  test('takes a value whose whole schema is bytes as it is, as the serializers write it', async () => {
    const id = server.register('blob-value', { schema: '"bytes"' });
    const { run } = consumer({ value: confluent({ registry: registry(), reader: avroReader() }) });
    const { seen } = await run([{ offset: 0, value: frameConfluent(id, Buffer.from('abc')) }]);
    assert.deepEqual(seen, [Buffer.from('abc')]);
  });

  test('follows references between schemas', async () => {
    server.register('line', {
      schema: JSON.stringify({ type: 'record', name: 'Line', fields: [field('n', 'int')] }),
    });
    const schema = { type: 'record', name: 'Basket', fields: [field('first', 'Line')] };
    const references = [{ name: 'Line', subject: 'line', version: 1 }];
    const id = server.register('basket', { schema: JSON.stringify(schema), references });
    const { run } = consumer({ value: confluent({ registry: registry(), reader: avroReader() }) });
    const { seen } = await run([{ offset: 0, value: frameConfluent(id, Buffer.of(14)) }]);
    assert.deepEqual(seen, [{ first: { n: 7 } }]);
  });

  test('checks values with a Standard Schema, also one that takes its time', async () => {
    const schema: StandardSchemaV1<unknown, { id: string }> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        async validate(value) {
          const { id } = value as { id: string };
          return Promise.resolve(id === 'bad' ? { issues: [{ message: 'refused' }] } : { value: { id } });
        },
      },
    };
    const { run } = consumer({
      value: confluent({ registry: registry(), reader: avroReader(), schema }),
    });
    const { seen, letters } = await run(['good', 'bad'].map((id, offset) => ({ offset, value: v1(id) })));
    assert.deepEqual([seen, letters], [[{ id: 'good' }], [[1, 'SCHEMA_MISMATCH']]]);
  });

  test('gives a typed outcome for any truncation, flipped bit or random bytes', async () => {
    const { run } = consumer({ value: confluent({ registry: registry(), reader: avroReader() }) });
    const good = v2('PLANTED', 123_456);
    const damaged = fc.oneof(
      fc.nat({ max: good.length - 1 }).map((end) => good.subarray(0, end)),
      // Not in the id: each made-up one would ask the registry anew.
      fc.tuple(fc.integer({ min: 5, max: good.length - 1 }), fc.nat({ max: 7 })).map(([at, bit]) => {
        const bytes = Buffer.from(good);
        bytes[at]! ^= 1 << bit;
        return bytes;
      }),
      fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => frameConfluent(ids.v2, bytes)),
    );
    const values = fc.sample(damaged, 400);
    const { seen, letters, reported, text } = await run(values.map((value, offset) => ({ offset, value })));
    assert.equal(seen.length + letters.length, values.length);
    assert.deepEqual(reported, []);
    assert.ok(!text.includes('PLANTED'));
  });
});

// What identifies a record is renewed, and nothing else is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { avro, defineConsumer, json, text, type Format } from '../../../../lib/index.ts';
import { createRecordEncoder, type EncodedRecord } from '../../../../tools/traffic/own/record-encoder.ts';
import { mostIdentities, prepareRenewal, type Renew } from '../../../../tools/traffic/own/renewal.ts';
import type { SampleRecord } from '../../../../tools/traffic/own/sample-file.ts';

async function prepare(
  sources: readonly SampleRecord[],
  format: Format<unknown> = json(),
): Promise<{ readonly renew: Renew; readonly records: readonly EncodedRecord[] }> {
  const definition = defineConsumer<unknown, unknown>({
    name: 'payments',
    topic: 'payments',
    value: format,
    key: text(),
  });
  const encoder = createRecordEncoder({ definition, packing: 'none' });
  const records = sources.map((source) => encoder.encode(source));
  return { renew: await prepareRenewal({ records, sources, encoder }), records };
}

const read = ({ key, value }: EncodedRecord): unknown => ({
  key: String(key),
  value: JSON.parse(String(value)) as unknown,
});

test('renews the key, what equals it, and ids that differ from record to record', async () => {
  const { renew } = await prepare([
    {
      key: 'p-07',
      value: { reference: 'p-07', customerId: 3, tenantId: 'eu', paid: 'p7', meta: { event_id: 'a' }, n: 7 },
    },
    {
      key: 'p-08',
      value: { reference: 'p-08', customerId: 4, tenantId: 'eu', paid: 'p8', meta: { event_id: 'b' }, n: 8 },
    },
  ]);
  assert.deepEqual(read(renew(0, 2)), {
    key: 'p-2007',
    value: {
      reference: 'p-2007',
      customerId: 2003,
      tenantId: 'eu',
      paid: 'p7',
      meta: { event_id: 'a2000' },
      n: 7,
    },
  });
});

test('gives a million identities to each record, of the same kind as its own', async () => {
  const id = '018f4c2e-9b7a-7cc2-98c4-dc0c0c07ffff';
  const { renew } = await prepare(
    [{ key: id, value: { id, number: 1 } }],
    json(z.object({ id: z.uuid(), number: z.int32() })),
  );
  const times = [1, 2, 999, 1000, 66_000, mostIdentities];
  assert.equal(new Set(times.map((each) => String(renew(0, each).value))).size, times.length);
  assert.deepEqual(read(renew(0, 1)), {
    key: '018f4c2e-9b7a-7cc2-98c4-dc0c0c0803e7',
    value: { id: '018f4c2e-9b7a-7cc2-98c4-dc0c0c0803e7', number: 1 },
  });
});

test('renews a text of JSON, and a value in Avro', async () => {
  const inText = await prepare([{ key: '1', value: '{"id":"1"}' }], text());
  assert.equal(String(inText.renew(0, 1).value), '{"id":"1001"}');
  const schema = { type: 'record', name: 'P', fields: [{ name: 'id', type: 'int' }] };
  const { renew, records } = await prepare([{ value: { id: 1 } }], avro(schema));
  assert.notDeepEqual(renew(0, 1).value, records[0]?.value);
});

test('leaves a record as it is where its definition reads no other identity', async () => {
  const { renew, records } = await prepare(
    [
      { key: 'k1', value: { id: 'A1' } },
      { key: 'k2', value: { id: 'free' } },
    ],
    json(z.object({ id: z.union([z.string().max(2), z.string().regex(/^free/)]) })),
  );
  assert.equal(renew(0, 1), records[0]);
  assert.deepEqual(read(renew(1, 1)), { key: 'k1002', value: { id: 'free1000' } });
});

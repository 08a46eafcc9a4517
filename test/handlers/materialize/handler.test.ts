// The materialize consumer as it is deployed, against a real DynamoDB endpoint: the table's state is the same whatever
// comes twice, late, or in another order.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GetItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { compressFrameSync } from 'lz4-napi';
import type { ConsumerHandler } from '../../../lib/index.ts';
import { digest64 } from '../../../tools/traffic/digest.ts';
import { readMaterialize, type MaterializedItem } from '../../../tools/proof/readers/read-materialize.ts';
import { reportedOf, toContext, toEvent, type TestRecord } from '../../support/events.ts';
import { toNoise, toOrder } from '../orders.ts';
import { collect, startSurroundings, type Surroundings } from '../surroundings.ts';

let around: Surroundings;
let handler: ConsumerHandler;

before(async () => {
  around = await startSurroundings();
  ({ handler } = await import('../../../handlers/materialize/handler.ts'));
});

after(async () => {
  await around.stop();
});

/** Delivers the records in one event; all of them must be done with. */
async function deliver(...records: readonly TestRecord[]): Promise<void> {
  assert.deepEqual(await handler(toEvent(records), toContext()), { batchItemFailures: [] });
}

async function readItem(key: string): Promise<Record<string, AttributeValue> | undefined> {
  const command = new GetItemCommand({ TableName: 'orders', Key: { key: { S: key } }, ConsistentRead: true });
  return (await around.dynamo.send(command)).Item;
}

async function offsetOf(key: string): Promise<string | undefined> {
  const item = await readItem(key);
  return item && `${item['partition']?.N}@${item['offset']?.N}`;
}

async function scan(key: string): Promise<MaterializedItem | undefined> {
  return (await collect(readMaterialize(around.dynamo, 'orders'))).find((item) => item.key === key);
}

const order = (id: string, status: 'placed' | 'paid' = 'placed'): string =>
  JSON.stringify(toOrder(id, { status }));

test('keeps the latest value of each key, as it was produced', async () => {
  const value = `{ "extra": 1.50, ${order('latest', 'paid').slice(1)}`;
  await deliver(
    { offset: 0, key: 'latest', value: order('latest') },
    { offset: 1, key: 'other', value: order('other') },
    { offset: 2, key: 'latest', value: compressFrameSync(Buffer.from(value)) },
  );
  const { updatedAt, ...item } = (await readItem('latest')) ?? {};
  assert.deepEqual(item, {
    key: { S: 'latest' },
    partition: { N: '0' },
    offset: { N: '2' },
    timestamp: { N: '1767225600000' },
    value: { S: value },
  });
  assert.ok(Math.abs(Date.parse(updatedAt?.S ?? '') - Date.now()) < 60_000);
  assert.equal(await offsetOf('other'), '0@1');
});

test('stays as it is when records are delivered again, all or some of them', async () => {
  const records = [10, 11, 12].map((offset) => ({ offset, key: 'again', value: order(`order-${offset}`) }));
  await deliver(...records);
  const first = await readItem('again');
  await deliver(...records);
  await deliver(...records.slice(0, 2));
  await deliver(...records.slice(2));
  assert.deepEqual(await readItem('again'), first);
  assert.equal(first?.['offset']?.N, '12');
});

test('leaves a marker for a tombstone, which a late record cannot overcome but a new one can', async () => {
  const old = { offset: 20, key: 'gone', value: order('gone') };
  const tombstone = { offset: 21, key: 'gone', value: null };
  await deliver(old, tombstone);
  const marker = await readItem('gone');
  assert.equal(marker?.['deleted']?.BOOL, true);
  assert.equal(marker['value'], undefined);
  const days = (Number(marker['expiresAt']?.N) - Date.now() / 1000) / 86_400;
  assert.ok(days > 7.9 && days < 8.1, `${days} days`);

  await deliver(old);
  assert.deepEqual(await readItem('gone'), marker);
  assert.deepEqual(await scan('gone'), {
    key: 'gone',
    partition: 0,
    offset: 21,
    timestamp: 1_767_225_600_000,
    isDeleted: true,
    digest: undefined,
  });

  await deliver({ offset: 22, key: 'gone', value: order('back') });
  const back = await readItem('gone');
  assert.equal(back?.['value']?.S, order('back'));
  assert.deepEqual([back['deleted'], back['expiresAt']], [undefined, undefined]);
});

test('leaves a marker for a key that it has never seen, so that its late value stays out', async () => {
  await deliver({ offset: 31, key: 'early', value: null });
  await deliver({ offset: 30, key: 'early', value: order('early') });
  assert.equal((await scan('early'))?.isDeleted, true);
});

test('lets the later timestamp win between two partitions, in either order of arrival', async () => {
  const before = { partition: 0, offset: 900, timestamp: 1_767_225_600_000, value: order('before') };
  const after = { partition: 5, offset: 3, timestamp: 1_767_225_600_001, value: order('after') };
  for (const [key, records] of [
    ['moved', [before, after, before]],
    ['moved-late', [after, before]],
  ] as const) {
    for (const record of records) await deliver({ ...record, key });
    assert.equal(await offsetOf(key), '5@3');
  }
  const twin = { ...before, partition: 2, offset: 1 };
  for (const record of [before, twin, before]) await deliver({ ...record, key: 'twins' });
  for (const record of [twin, before]) await deliver({ ...record, key: 'twins-late' });
  assert.equal(await offsetOf('twins'), '2@1');
  assert.equal(await offsetOf('twins-late'), '2@1');
});

test('compresses a document of a megabyte that compresses, and dead-letters one that does not', async () => {
  const item = { sku: 's', title: 'Cup', quantity: 1, unitCents: 100 };
  const items = Array.from({ length: 12_000 }, (_, at) => ({ ...item, sku: `sku-${at}` }));
  const value = JSON.stringify(toOrder('large', { items }));
  assert.ok(value.length > 600_000 && value.length < 1_048_576);
  // zstd makes hexadecimal noise about half as long: some 440,000 bytes here, and DynamoDB takes 409,600.
  const noisy = JSON.stringify(toOrder('noisy', { note: toNoise(850_000) }));
  await deliver(
    { topic: 'sizes', offset: 0, key: 'large', value: compressFrameSync(Buffer.from(value)) },
    { topic: 'sizes', offset: 1, key: 'noisy', value: noisy },
  );
  assert.equal((await scan('large'))?.digest, digest64(value));
  assert.equal(await readItem('noisy'), undefined);
  assert.ok((await around.deadLetters()).includes('0@1 materialize ITEM_TOO_LARGE'));
});

test('stores a document that compresses to just below the limit of an item', async () => {
  const value = JSON.stringify(toOrder('full', { note: toNoise(780_000) }));
  await deliver({ topic: 'sizes', offset: 2, key: 'full', value });
  assert.equal((await scan('full'))?.digest, digest64(value));
});

test('dead-letters what no item can be made of, and writes the rest', async () => {
  await deliver(
    { topic: 'poison', partition: 9, offset: 0, key: null, value: order('keyless') },
    { topic: 'poison', partition: 9, offset: 1, key: '', value: order('empty') },
    { topic: 'poison', partition: 9, offset: 2, key: 'k'.repeat(2049), value: order('long') },
    { topic: 'poison', partition: 9, offset: 3, key: 'k'.repeat(2048), value: order('longest') },
    { topic: 'poison', partition: 9, offset: 4, key: Uint8Array.of(0xff), value: order('binary') },
    { topic: 'poison', partition: 9, offset: 5, key: 'bad', value: '{"orderId":"bad"}' },
    { topic: 'poison', partition: 9, offset: 6, key: 'bad', value: '{"orderId":' },
    { topic: 'poison', partition: 9, offset: 7, key: 'bad', value: order('good') },
  );
  const letters = (await around.deadLetters()).filter((each) => each.startsWith('9@'));
  assert.deepEqual(letters, [
    '9@0 materialize KEY_MISSING',
    '9@1 materialize KEY_UNUSABLE',
    '9@2 materialize KEY_UNUSABLE',
    '9@4 materialize INVALID_TEXT',
    '9@5 materialize SCHEMA_MISMATCH',
    '9@6 materialize INVALID_JSON',
  ]);
  assert.equal(await offsetOf('bad'), '9@7');
  assert.equal(await offsetOf('k'.repeat(2048)), '9@3');
});

test('reports the records that the table does not take', async () => {
  const { createConsumer } = await import('../../../lib/index.ts');
  const { materialize } = await import('../../../handlers/materialize/consumer.ts');
  const { putNewer } = await import('../../../handlers/materialize/table.ts');
  const { toItem } = await import('../../../handlers/materialize/item.ts');
  const target = { client: around.dynamo, table: 'no-such-table' };
  const consumer = createConsumer(materialize, {
    record: (record, { signal }) => putNewer(toItem(record, { markerSeconds: 1, now: 0 }), target, signal),
  });
  const records = [1, 2, 3].map((offset) => ({ offset, key: offset === 3 ? 'b' : 'a', value: order('x') }));
  const response = await consumer(toEvent(records), toContext());
  assert.deepEqual(reportedOf(response), ['orders-0@1', 'orders-0@2', 'orders-0@3']);
});

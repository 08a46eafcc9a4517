import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KafkaMessage } from 'kafkajs';
import { FilterPatternError } from '../../../../tools/local/mapping/filter-operators.ts';
import { createRecordPipeline } from '../../../../tools/local/poller/record-pipeline.ts';
import {
  compileFilters,
  type FilterSubject,
  type RecordFilter,
} from '../../../../tools/local/mapping/record-filter.ts';

function filter(...patterns: readonly unknown[]): RecordFilter {
  const compiled = compileFilters({ Filters: patterns.map((each) => ({ Pattern: JSON.stringify(each) })) });
  assert.ok(compiled !== undefined);
  return compiled;
}

function record(value: string | Buffer | null, fields: Partial<FilterSubject> = {}): FilterSubject {
  return {
    topic: 'orders',
    partition: 1,
    offset: 7,
    timestamp: 1_700_000_000_000,
    timestampType: 'CREATE_TIME',
    key: null,
    value: typeof value === 'string' ? Buffer.from(value) : value,
    headers: () => [],
    ...fields,
  };
}

test('lets a record through that one of the filters matches', () => {
  const { matches } = filter({ value: { kind: ['order'] } }, { value: { kind: ['refund'] } });
  assert.equal(matches(record('{"kind":"order"}')), true);
  assert.equal(matches(record('{"kind":"refund"}')), true);
  assert.equal(matches(record('{"kind":"visit"}')), false);
  assert.equal(matches(record('{}')), false);
});

test('compares a plain text as a whole', () => {
  const { matches } = filter({ value: [{ 'anything-but': ['error'] }] });
  assert.equal(matches(record('fine')), true);
  assert.equal(matches(record('error')), false);
  assert.equal(matches(record('')), true);
});

test('leaves the clause out when value and pattern are not of one kind, and keeps the others', () => {
  const json = filter({ value: { kind: ['order'] } });
  const text = filter({ value: ['order'] });
  const binary = Buffer.from([0xff, 0xfe, 0]);
  assert.equal(json.matches(record('visit')), true);
  assert.equal(json.matches(record('{ broken')), true);
  assert.equal(json.matches(record(binary)), true);
  assert.equal(text.matches(record('{"kind":"visit"}')), true);
  assert.equal(text.matches(record(binary)), true);
  const both = filter({ value: { kind: ['order'] }, partition: [2] });
  assert.equal(both.matches(record('visit')), false);
  assert.equal(both.matches(record('visit', { partition: 2 })), true);
});

test('takes a tombstone for a missing field', () => {
  assert.equal(filter({ value: { kind: ['order'] } }).matches(record(null)), false);
  assert.equal(filter({ value: { kind: [{ exists: false }] } }).matches(record(null)), true);
  assert.equal(filter({ value: [{ 'anything-but': ['x'] }] }).matches(record(null)), false);
});

test('names the fields that AWS documents nothing for, and compares them nevertheless', () => {
  assert.deepEqual(filter({ value: ['x'] }).warnings, []);
  const { warnings } = filter({ value: ['x'], $or: [{ key: ['k'] }, { topic: ['orders'] }, { key: ['l'] }] });
  assert.deepEqual(
    warnings.map((warning) => /asks for (\w+),/.exec(warning)?.[1]),
    ['key', 'topic'],
  );
  const { matches } = filter({ $or: [{ key: ['k'] }, { timestamp: [{ numeric: ['<', 5] }] }] });
  assert.equal(matches(record(null, { key: Buffer.from('k') })), true);
  assert.equal(matches(record(null)), false);
  assert.equal(matches(record(null, { timestamp: 4 })), true);
});

test('compares headers as the event has them: names and signed bytes', () => {
  const { matches, warnings } = filter({ headers: { kind: [-61] } });
  assert.equal(warnings.length, 1);
  assert.equal(matches(record('x', { headers: () => [{ other: [-61] }, { kind: [-61, -85] }] })), true);
  assert.equal(matches(record('x', { headers: () => [{ kind: [61] }] })), false);
  assert.equal(matches(record('x')), false);
});

test('warns of numbers that AWS documents no comparison for, by their place', () => {
  const atMs = { numeric: ['>', 1_700_000_000_000] };
  const { warnings } = filter({
    value: { at: [{ numeric: ['<', 5e9] }, atMs], $or: [{ a: ['x'] }, { b: [atMs] }] },
  });
  assert.deepEqual(
    warnings.map((warning) => / at (\$\S+),/.exec(warning)?.[1]),
    ['$.value.at[1]', '$.value.$or[1].b[0]'],
  );
});

test('is nothing without filters, and refuses what AWS would', () => {
  assert.equal(compileFilters(undefined), undefined);
  assert.equal(compileFilters({ Filters: [] }), undefined);
  const pattern = { Pattern: '{"value":["x"]}' };
  for (const Filters of [
    Array.from({ length: 11 }, () => pattern),
    [{ Pattern: `{"value":["${'x'.repeat(4096)}"]}` }],
    [{ Pattern: 'value' }],
    [{}],
    [{ Pattern: '{}' }],
    [{ Pattern: '["x"]' }],
    [{ Pattern: '{"body":["x"]}' }],
    [{ Pattern: '{"$or":[{"value":["x"]}]}' }],
  ]) {
    assert.throws(() => compileFilters({ Filters }), FilterPatternError);
  }
});

test('sees the headers of a polled message', async () => {
  const pipeline = createRecordPipeline({ topic: 'orders', filter: filter({ headers: { kind: [120] } }) });
  const messages = ['x', 'y'].map(
    (kind, offset) =>
      ({
        key: null,
        value: null,
        offset: String(offset),
        timestamp: '5',
        headers: { kind: Buffer.from(kind) },
      }) as unknown as KafkaMessage,
  );
  const { records } = await pipeline(3, messages);
  assert.deepEqual(
    records.map(({ offset, admission }) => [offset, admission]),
    [
      [0, undefined],
      [1, 'offset-only'],
    ],
  );
});

test('makes a run of filtered records one offset-only record, at the last of them', async () => {
  const pipeline = createRecordPipeline({ topic: 'orders', filter: filter({ value: ['keep'] }) });
  const messages = ['keep', 'drop', 'drop', 'keep', 'drop'].map(
    (value, offset) =>
      ({
        key: null,
        value: Buffer.from(value),
        offset: String(offset),
        timestamp: '5',
        headers: {},
      }) as KafkaMessage,
  );
  const { records, filtered } = await pipeline(3, messages);
  assert.deepEqual(filtered, [
    { partition: 3, from: 1, to: 3 },
    { partition: 3, from: 4, to: 5 },
  ]);
  assert.deepEqual(
    records.map(({ offset, admission }) => [offset, admission]),
    [
      [0, undefined],
      [2, 'offset-only'],
      [3, undefined],
      [4, 'offset-only'],
    ],
  );
  assert.equal((await pipeline(3, [])).records.length, 0);
});

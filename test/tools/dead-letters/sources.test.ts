import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../../tools/command.ts';
import { groupBy, matches } from '../../../tools/dead-letters/failed-record.ts';
import { toDeadLettersOptions } from '../../../tools/dead-letters/options.ts';
import { readLetter } from '../../../tools/dead-letters/sources/bucket.ts';
import { readDocument } from '../../../tools/dead-letters/sources/document.ts';
import { hasField, toShown } from '../../../tools/dead-letters/value.ts';
import { toLetter } from '../../support/dead-letters.ts';
import { failedRecord } from './failed-records.ts';

const place = { kind: 'batch', bucket: 'b', key: 'k' } as const;
const head = {
  requestContext: {
    functionArn: 'arn:aws:lambda:eu-west-1:1:function:orders:$LATEST',
    condition: 'RetriesExhausted',
    approximateInvokeCount: 3,
  },
  timestamp: '2026-01-02T03:04:05.678Z',
};
const record = {
  topic: 'a-b',
  partition: 1,
  offset: 7,
  timestamp: 1,
  timestampType: 'CREATE_TIME',
  headers: [],
};
const event = { eventSource: 'aws:kafka', records: { 'a-b-1': [record] } };

test('reads the event as text, as an object, and both spellings of the condition', () => {
  for (const payload of [event, JSON.stringify(event)]) {
    const [failed] = readDocument(JSON.stringify({ ...head, KafkaBatchInfo: {}, payload }), place, 'x');
    assert.deepEqual(
      [
        failed?.topic,
        failed?.partition,
        failed?.offset,
        failed?.code,
        failed?.consumer,
        failed?.attempts,
        failed?.isCertain,
      ],
      ['a-b', 1, 7, 'RetryAttemptsExhausted', 'orders', 3, true],
    );
  }
});

test('takes every offset of a range, and says when more are named than failed', () => {
  const info = (batchSize: number, last: string | number) =>
    readDocument(
      JSON.stringify({
        ...head,
        KafkaBatchInfo: {
          batchSize,
          recordsInfo: { 'a-b-1': { firstRecordOffset: '10', lastRecordOffset: last } },
        },
      }),
      place,
      'x',
    );
  assert.deepEqual(
    info(3, '12').map(({ offset, topic, isCertain }) => [topic, offset, isCertain]),
    [
      ['a-b', 10, true],
      ['a-b', 11, true],
      ['a-b', 12, true],
    ],
  );
  assert.deepEqual(
    info(2, 12).map(({ isCertain }) => isCertain),
    [false, false, false],
  );
  assert.deepEqual(info(0, 9), []);
});

test('leaves the bytes of an odd record to Kafka: its letter has what the function was given in their place', () => {
  const read = (code: string, timestamp: number): ReturnType<typeof readLetter> => {
    const letter = toLetter(7, { timestamp, error: { code, message: 'odd', issues: ['value: 7'] } });
    return readLetter(JSON.stringify(letter), 'b', { key: 'k', etag: 'e' });
  };
  const odd = read('INVALID_RECORD', 5);
  assert.deepEqual([odd.record, odd.documentEnds], [undefined, [{ offset: 7, timestampMs: 5 }]]);
  assert.deepEqual(read('INVALID_RECORD', -1).documentEnds, []);
  const sound = read('OLD_FORMAT', 5);
  assert.deepEqual([sound.record?.value, sound.documentEnds], ['e30=', undefined]);
});

test('names what is no document, and quotes nothing of it', () => {
  const about = '"requestContext":{},"KafkaBatchInfo":';
  const texts = [
    'secret',
    '{"secret":1}',
    '[]',
    'null',
    '"secret"',
    '{"requestContext":null,"KafkaBatchInfo":null}',
  ];
  const documents = [
    ...texts,
    `{${about}{"recordsInfo":{"secret-0":null}}}`,
    ...['null', '5', '{"records":{"secret-0":[null]}}', '{"records":{"secret-0":5}}'].map(
      (payload) => `{${about}{},"payload":${JSON.stringify(payload)}}`,
    ),
  ];
  const letters = [
    ...texts,
    ...['', ',"headers":[null]', ',"headers":["secret"]'].map(
      (headers) => `{"topic":"t","error":{"code":"secret"}${headers}}`,
    ),
  ];
  const reads = [
    ...documents.map((text) => () => readDocument(text, place, 's3://b/k')),
    ...letters.map((text) => () => readLetter(text, 'b', { key: 'k', etag: 'e' })),
  ];
  for (const read of reads)
    assert.throws(
      read,
      (error: Error & { code?: string }) =>
        error.code === 'UNREADABLE' &&
        error.message.includes('s3://b/k') &&
        !error.message.includes('secret'),
    );
});

test('groups by what is asked for, the largest first', () => {
  const all = [
    failedRecord({ offset: 1 }),
    failedRecord({ offset: 2 }, { code: 'TOO_LARGE' }),
    failedRecord({ offset: 3 }, { code: 'TOO_LARGE', failedAtMs: 0 }),
  ];
  assert.deepEqual(
    groupBy(all, ['code']).map(({ name, count, oldestMs }) => [name, count, oldestMs]),
    [
      ['TOO_LARGE', 2, 0],
      ['CORRUPT', 1, 1_767_225_600_000],
    ],
  );
});

test('finds records by key, code, place and age', () => {
  const filter = {
    consumer: undefined,
    codes: [],
    sinceMs: undefined,
    partition: undefined,
    key: undefined,
    records: [],
  };
  const one = failedRecord({ offset: 5 });
  for (const more of [
    { key: 'key-5' },
    { codes: ['CORRUPT'] },
    { records: ['t-0@5'] },
    { sinceMs: one.failedAtMs },
    { partition: 0 },
    { consumer: 'c' },
  ])
    assert.equal(matches(one, { ...filter, ...more }), true, JSON.stringify(more));
  for (const more of [
    { key: 'key-6' },
    { codes: ['X'] },
    { records: ['t-0@6'] },
    { sinceMs: one.failedAtMs + 1 },
    { partition: 1 },
    { consumer: 'd' },
  ])
    assert.equal(matches(one, { ...filter, ...more }), false, JSON.stringify(more));
});

test('looks into the JSON of a value, own fields only', () => {
  const { record: it } = failedRecord({ offset: 1 });
  assert.equal(hasField(it, { path: ['a', 'b'], value: '1' }), true);
  assert.equal(hasField(it, { path: ['a', 'b'], value: '2' }), false);
  assert.equal(hasField(it, { path: ['constructor', 'name'], value: 'Object' }), false);
  assert.equal(hasField(undefined, { path: ['a'], value: '1' }), false);
});

test('makes control characters of a value visible', () => {
  const value = Buffer.from('\u001B[2Jred').toString('base64');
  assert.equal(toShown({ ...failedRecord({ offset: 1 }).record!, value }), '\\u001b[2Jred');
});

test('refuses what makes no sense, and names the option', () => {
  const cases: readonly (readonly [Record<string, string | boolean | readonly string[]>, RegExp])[] = [
    [{ action: 'lst' }, /<action>.*got "lst"/],
    [{ action: 'list' }, /no place of dead letters/],
    [{ action: 'list', 'failure-topic': ['t'] }, /--failure-topic needs --brokers/],
    [{ action: 'redrive', bucket: ['b'], to: 'topic' }, /--to topic needs --brokers/],
    [{ action: 'redrive', bucket: ['b'], to: 'queue' }, /--to is not a target, got "queue"/],
    [{ action: 'list', bucket: ['b'], since: 'yesterday' }, /--since is not a time, got "yesterday"/],
    [{ action: 'list', bucket: ['b'], by: 'code,day' }, /--by .* got "day"/],
    [{ action: 'list', bucket: ['b'], where: 'a' }, /--where is not a comparison/],
  ];
  for (const [values, message] of cases)
    assert.throws(
      () => toDeadLettersOptions(values),
      (error) => error instanceof UsageError && message.test(error.message),
    );
});

test('takes any name of a field for --where', () => {
  const { where } = toDeadLettersOptions({ action: 'list', bucket: ['b'], where: 'order.größe in cm=a=b' });
  assert.deepEqual(where, { path: ['order', 'größe in cm'], value: 'a=b' });
});

test('takes an age or an ISO date for --since, and nothing else that Date.parse would', () => {
  const sinceMs = (since: string): number | undefined =>
    toDeadLettersOptions({ action: 'list', bucket: ['b'], since }).filter.sinceMs;
  assert.equal(sinceMs('2026-01-01'), Date.UTC(2026, 0, 1));
  assert.equal(sinceMs('2026-01-01T02:03:00Z'), Date.UTC(2026, 0, 1, 2, 3));
  const hours = (Date.now() - (sinceMs('12h') ?? 0)) / 3_600_000;
  assert.ok(hours >= 12 && hours < 12.1, String(hours));
  for (const word of ['12', '5', 'x 3', 'May 2026', '-12h', '12 h', '2026-13-01', ''])
    assert.throws(() => sinceMs(word), { code: 'USAGE', message: /^--since is not a time, got "/ }, word);
});

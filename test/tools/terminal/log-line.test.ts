// One short line per log call, whichever logger wrote it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLogLine, toLogLine } from '../../../tools/terminal/log-line.ts';

const shown = (line: string): string =>
  toLogLine(readLogLine(line), { consumer: 'orders', places: undefined });

test("shows a logger's line with its level, message, fields, and the record's place", () => {
  const line = {
    level: 'INFO',
    message: 'payment seen',
    timestamp: '2026-11-30T00:00:00.000Z',
    service: 'orders',
    sampling_rate: 0,
    cents: 12,
    customer: { id: 'c-1' },
    topic: 'payments',
    partition: 1,
    offset: 4,
  };
  assert.equal(
    shown(JSON.stringify(line)),
    'orders  INFO   payment seen  cents=12  customer={"id":"c-1"}  payments-1@4',
  );
});

test("shows the runtime's account of an invocation by what is in it", () => {
  const tailrace = {
    consumer: 'orders',
    records: 3,
    done: 2,
    skipped: 0,
    deadLettered: 1,
    durationMs: 7,
    rssBytes: 1,
  };
  assert.equal(
    shown(JSON.stringify({ level: 'INFO', message: 'batch', requestId: 'r', tailrace })),
    'orders  INFO   batch  records=3  done=2  deadLettered=1  durationMs=7',
  );
});

test("shows the console's lines, text and JSON", () => {
  const id = '00000000-0000-4000-8000-000000000000';
  assert.equal(shown(`2026-11-30T00:00:00.000Z\t${id}\tWARN\tslow: 5 s`), 'orders  WARN   slow: 5 s');
  const json = { timestamp: '2026-11-30T00:00:00.000Z', level: 'WARN', requestId: id, message: { slow: 5 } };
  assert.equal(shown(JSON.stringify(json)), 'orders  WARN   {"slow":5}');
  assert.equal(shown('printed by hand'), 'orders  printed by hand');
  assert.equal(shown('{"no":"log line"}'), 'orders  {"no":"log line"}');
});

test('shows an error by its class, code and message, however it was logged', () => {
  const id = '00000000-0000-4000-8000-000000000000';
  const stack = ['RangeError: too far', '    at handler (file:///asset/index.mjs:3:9)'];
  const lines = [
    JSON.stringify({
      level: 'ERROR',
      message: 'failed',
      error: { name: 'RangeError', code: 'FAR', message: 'too far', stack },
    }),
    JSON.stringify({
      level: 'ERROR',
      message: 'failed',
      errorType: 'RangeError',
      errorMessage: 'too far',
      stackTrace: stack,
    }),
    `2026-11-30T00:00:00.000Z\t${id}\tERROR\tfailed ${stack.join('\r')}`,
    `2026-11-30T00:00:00.000Z\t${id}\tERROR\tInvoke Error \t${JSON.stringify({ errorType: 'RangeError', errorMessage: 'too far', stack })}`,
  ];
  assert.deepEqual(lines.map(shown), [
    'orders  ERROR  failed  RangeError [FAR]: too far',
    'orders  ERROR  failed  RangeError: too far',
    'orders  ERROR  failed  RangeError: too far',
    'orders  ERROR  Invoke Error  RangeError: too far',
  ]);
  for (const line of lines)
    assert.deepEqual(readLogLine(line).error?.frames, ['    at handler (file:///asset/index.mjs:3:9)']);
});

test('shows one line for a message of several, and nothing that would move the cursor', () => {
  const message = 'one\n  two\u001B[2J\u001B[31m\u0007\rthree';
  assert.equal(shown(JSON.stringify({ level: 'INFO', message })), 'orders  INFO   one | two | three');
});

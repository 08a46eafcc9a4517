import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';

import type { LocalEvent } from '../../../tools/local/events.ts';
import { openScreen } from '../../../tools/run/screen.ts';

/** What a screen prints of a function's output lines. */
function printed(lines: readonly string[], showsLogs: boolean): string {
  return printedOf(
    lines.map((line) => ({ kind: 'log', consumer: 'orders', stream: 'stdout', line })),
    showsLogs,
  );
}

function printedOf(events: readonly LocalEvent[], showsLogs: boolean): string {
  const stream = new PassThrough();
  const screen = openScreen(stream as unknown as NodeJS.WriteStream, { showsLogs });
  for (const event of events) screen.onEvent(event);
  screen.close();
  return String(stream.read() ?? '');
}

test('logs are shown on request, without the metrics among them', () => {
  const lines = [
    '{"level":"INFO","message":"batch"}',
    '{"_aws":{"Timestamp":1},"service":"orders"}',
    'plain',
  ];
  const shown = printed(lines, true);
  assert.match(shown, /orders \| \{"level":"INFO"/);
  assert.match(shown, /orders \| plain/);
  assert.doesNotMatch(shown, /_aws/);
  assert.equal(printed(lines, false), '');
});

test('a function that fails has its log pointed at, once, unless it is shown', () => {
  const invocation = (consumer: string, status: 'ok' | 'error' | 'partial'): LocalEvent => ({
    kind: 'invocation',
    consumer,
    requestId: 'r',
    status,
    durationMs: 1,
    initMs: undefined,
    records: 1,
    failed: 1,
    redelivered: 0,
    memoryMb: 50,
    delivered: [],
    unresolved: [],
    errorType: undefined,
    errorMessage: undefined,
    trace: [],
    isInitFailure: false,
  });
  const events = ['ok', 'partial', 'error', 'error'].map((status) => invocation('orders', status as 'ok'));
  const hints = (shown: string): readonly string[] => shown.match(/\w+: --logs shows/g) ?? [];
  assert.deepEqual(hints(printedOf([...events, invocation('refunds', 'error')], false)), [
    'orders: --logs shows',
    'refunds: --logs shows',
  ]);
  assert.deepEqual(hints(printedOf(events, true)), []);
});

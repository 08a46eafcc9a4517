import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';

import type { LocalEvent } from '../../../../tools/local/events.ts';
import type { RunOptions } from '../../../../tools/run/options.ts';
import { openScreen } from '../../../../tools/run/screen/screen.ts';
import { invocationEvent } from '../../../support/invocation-event.ts';

/** What a screen prints of a function's output lines. */
function printed(lines: readonly string[], logs: RunOptions['logs']): string {
  return printedOf(
    lines.map((line) => ({ kind: 'log', consumer: 'orders', stream: 'stdout', line })),
    logs,
  );
}

function printedOf(events: readonly LocalEvent[], logs: RunOptions['logs']): string {
  const stream = new PassThrough();
  const screen = openScreen(stream as unknown as NodeJS.WriteStream, { logs });
  for (const event of events) screen.onEvent(event);
  screen.close();
  return String(stream.read() ?? '');
}

const lines = ['{"level":"INFO","message":"batch","count":2}', '{"_aws":{"Timestamp":1}}', 'plain'];

test('log calls are shown on request, one short line each, without the metrics among them', () => {
  assert.equal(printed(lines, 'short'), 'orders  INFO   batch  count=2\norders  plain\n');
  assert.equal(printed(lines, 'none'), '');
});

test('all lines are shown as they are on request', () => {
  assert.equal(printed(lines, 'json'), lines.map((line) => `orders | ${line}\n`).join(''));
});

test('a debugger finds its address, whether logs are shown or not', () => {
  assert.match(
    printed(['Debugger listening on ws://127.0.0.1:1/x'], 'none'),
    /orders {2}Debugger listening on ws/,
  );
});

test("a failure is told once, in the function's own words", () => {
  const events: LocalEvent[] = [1, 2].map((call) => ({
    ...invocationEvent({ consumer: 'orders', failed: 2 }),
    requestId: String(call),
    errorType: 'RangeError',
    errorMessage: 'too far',
  }));
  const shown = printedOf(events, 'none');
  assert.equal(shown.match(/orders: RangeError: too far/g)?.length, 1, shown);
});

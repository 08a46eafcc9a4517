import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';

import { openScreen } from '../../../tools/run/screen.ts';

/** What a screen prints of a function's output lines. */
function printed(lines: readonly string[], showsLogs: boolean): string {
  const stream = new PassThrough();
  const screen = openScreen(stream as unknown as NodeJS.WriteStream, { showsLogs });
  for (const line of lines) screen.onEvent({ kind: 'log', consumer: 'orders', stream: 'stdout', line });
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

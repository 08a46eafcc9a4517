// What a consumer fails with, each way once, whether its log says so or its invocation.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LocalEvent } from '../../../../tools/local/events.ts';
import { createFailures } from '../../../../tools/run/verdict/failures.ts';
import { invocationEvent } from '../../../support/invocation-event.ts';

const log = (line: string, stream: 'stdout' | 'stderr' = 'stdout'): LocalEvent => ({
  kind: 'log',
  consumer: 'orders',
  stream,
  line,
});
const failures = () => createFailures(() => undefined);

test('takes the errors of log lines, and counts those that come again', () => {
  const { note, of } = failures();
  const line = (message: string): string =>
    JSON.stringify({
      level: 'WARN',
      message,
      error: { name: 'RangeError', code: 'FAR', message: 'too far' },
    });
  assert.equal(note(log(line('record failed'))), 'RangeError [FAR]: too far');
  assert.equal(note(log(line('record failed'))), undefined);
  assert.equal(note(log('{"level":"INFO","message":"fine"}')), undefined);
  assert.deepEqual(of('orders'), [{ text: 'RangeError [FAR]: too far', count: 2 }]);
  assert.deepEqual(of('refunds'), []);
});

test('remembers why records were dead-lettered, and does not show it as a failure', () => {
  const { note, of } = failures();
  const error = { name: 'FormatError', code: 'SCHEMA_MISMATCH' };
  assert.equal(
    note(log(JSON.stringify({ level: 'ERROR', message: 'record dead-lettered', error }))),
    undefined,
  );
  assert.deepEqual(of('orders'), [{ text: 'FormatError [SCHEMA_MISMATCH]', count: 1 }]);
});

test('takes the error of an invocation, without what Lambda puts before it', () => {
  const { note } = failures();
  const id = '00000000-0000-4000-8000-000000000000';
  const timeout = { status: 'timeout', errorType: 'Sandbox.Timedout' } as const;
  const errorMessage = `2026-11-30T00:00:00.000Z ${id} Task timed out after 3.00 seconds`;
  assert.equal(
    note(invocationEvent({ failed: 2, ...timeout, errorMessage })),
    'Sandbox.Timedout: Task timed out after 3.00 seconds',
  );
});

test('takes what Node has printed for the reason of a crash', () => {
  const { note } = failures();
  for (const line of [
    'file:///asset/index.mjs:3',
    'throw new RangeError("far");',
    '^',
    '',
    'RangeError [FAR]: too far',
    '    at file:///asset/index.mjs:3:7',
  ])
    note(log(line, 'stderr'));
  const crash = { status: 'crash', errorType: 'Runtime.ExitError', errorMessage: 'exit status 1' } as const;
  assert.equal(note(invocationEvent({ failed: 2, ...crash })), 'RangeError [FAR]: too far');
});

test('shows three ways to fail, and remembers five', () => {
  const { note, of } = failures();
  const shown = Array.from({ length: 9 }, (_, index) =>
    note(invocationEvent({ failed: 2, errorType: `Error${index}`, errorMessage: 'm' })),
  );
  assert.equal(shown.filter((text) => text !== undefined).length, 3);
  assert.equal(of('orders').length, 5);
});

test('an error that was injected is no failure', () => {
  assert.equal(failures().note(invocationEvent({ failed: 2, errorType: 'InjectedFault' })), undefined);
});

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { createLive } from '../../../tools/terminal/live.ts';

/** A terminal of this width, and what was written to it. */
function createTerminal(columns: number): {
  readonly stream: NodeJS.WriteStream;
  readonly written: () => string;
} {
  const stream = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY: true, columns });
  return {
    stream: stream as unknown as NodeJS.WriteStream,
    written: () => String(stream.read() ?? ''),
  };
}

test('draws over its region from the first column on, lines passing above it', () => {
  const { stream, written } = createTerminal(20);
  const live = createLive(stream, () => ['one', 'two']);
  assert.equal(written(), 'one\ntwo\n');
  live.line('passing');
  assert.equal(written(), '\r\u001B[2A\u001B[0Jpassing\none\ntwo\n');
  live.close();
  live.close();
  assert.equal(written(), '\r\u001B[2A\u001B[0J');
});

test("cuts lines at the terminal's width, and at 80 where that is not known", () => {
  for (const [columns, length] of [
    [20, 19],
    [0, 79],
  ] as const) {
    const { stream, written } = createTerminal(columns);
    const live = createLive(stream, () => ['x'.repeat(200)]);
    assert.equal(written(), `${'x'.repeat(length)}\n`);
    live.close();
  }
});

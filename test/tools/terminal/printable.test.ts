import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { stripVTControlCharacters, styleText } from 'node:util';
import { fc } from '../../support/property.ts';
import { createLive } from '../../../tools/terminal/live.ts';
import { toPrintable } from '../../../tools/terminal/printable.ts';

test('shows what a terminal would obey, and keeps text and our own colours', () => {
  for (const [text, shown] of [
    ['plain\ttext\nof two lines, ë and 😀', 'plain\ttext\nof two lines, ë and 😀'],
    ['\u001B]0;title\u0007', '\\u001b]0;title\\u0007'],
    ['\u001B[2J\u001B[1;1H', '\\u001b[2J\\u001b[1;1H'],
    ['\u001B[8mhidden\u001B[38;5;1m', '\\u001b[8mhidden\\u001b[38;5;1m'],
    ['\u009B2J\u007F\u0000', '\\u009b2J\\u007f\\u0000'],
    ['over\rwritten\r\nlines', 'over\nwritten\nlines'],
    ['\u202Egnirts', '\\u202egnirts'],
    ['\u0007[1m', '\\u0007[1m'],
  ] as const)
    assert.equal(toPrintable(text), shown);
  for (const format of ['bold', 'dim', 'green', 'red', 'yellow'] as const) {
    const styled = styleText(format, 'ours', { validateStream: false });
    assert.equal(toPrintable(styled), styled);
  }
});

test('leaves nothing that moves a cursor in any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const left = stripVTControlCharacters(toPrintable(text));
      assert.doesNotMatch(left, /[^\P{Cc}\t\n]/u);
    }),
    { seed: 1 },
  );
});

test('is what a run prints its lines and its region by', () => {
  for (const isTTY of [true, false]) {
    const stream = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY, columns: 80 });
    const live = createLive(stream as unknown as NodeJS.WriteStream, () => ['na\u001B]0;mes']);
    live.line('li\u001B[2Jne');
    live.close();
    const written = String(stream.read());
    assert.match(written, /li\\u001b\[2Jne/);
    assert.match(written, /na\\u001b\]0;mes/);
  }
});

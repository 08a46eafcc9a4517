import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { splitLines } from '../../tools/text-lines.ts';

async function linesOf(...chunks: readonly (Buffer | string)[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of splitLines(Readable.from(chunks))) lines.push(line.toString());
  return lines;
}

test('ends lines at LF and CR LF alone, wherever the chunks are cut', async () => {
  assert.deepEqual(await linesOf('a\nb\r\n\r\nc\u2028d\re\n'), ['a', 'b', '', 'c\u2028d\re']);
  assert.deepEqual(await linesOf('on', 'e\r', '\ntw', 'o'), ['one', 'two']);
  const [first, second] = [Buffer.from('ü\n').subarray(0, 1), Buffer.from('ü\n').subarray(1)];
  assert.deepEqual(await linesOf(first, second), ['ü']);
  assert.deepEqual([await linesOf(), await linesOf(''), await linesOf('\n')], [[], [], ['']]);
});

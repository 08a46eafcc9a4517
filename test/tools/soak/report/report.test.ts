import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { createStyle } from '../../../../tools/terminal/style.ts';
import { toReportLines } from '../../../../tools/soak/report/report.ts';
import { report } from './sample-report.ts';

const toLines = (columns: number): readonly string[] =>
  toReportLines(report, {
    folder: 'out',
    style: createStyle(new PassThrough() as unknown as NodeJS.WriteStream),
    columns,
  });

test('fits its page into any terminal, and leaves its lines whole where there is none', () => {
  for (const columns of [40, 80, 100]) {
    for (const line of toLines(columns)) assert.ok(line.length <= columns, `${columns}: ${line}`);
  }
  assert.ok(toLines(Infinity).some((line) => line.length > 100));
  // Below the chart every word is there, however narrow.
  const toWords = (columns: number): readonly string[] => {
    const lines = toLines(columns);
    return lines
      .slice(lines.findIndex((line) => line.startsWith('orders:')))
      .join(' ')
      .split(/\s+/);
  };
  assert.deepEqual(toWords(40), toWords(Infinity));
});

test('tells few bytes as bytes, which records were declined, and what its words mean', () => {
  const text = toLines(Infinity).join('\n');
  assert.match(text, /keeps 8 bytes, pins 1024\.0 KB, 131,072 times as much/);
  for (const word of ['live set', 'counts as none', 'kept']) assert.ok(text.includes(`  ${word}: `), word);
  assert.match(text, /40 records reported for another delivery, 30 of them for lack of memory/);
});

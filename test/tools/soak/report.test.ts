import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { createStyle } from '../../../tools/console/style.ts';
import type { Floor } from '../../../tools/soak/floor.ts';
import { toReportLines, type SoakReport } from '../../../tools/soak/report.ts';

const megabyte = 1_048_576;
const floors = Array.from({ length: 80 }, (_, index): Floor => {
  const bytes = (10 + index) * megabyte;
  return {
    invocation: index + 1,
    floorBytes: bytes,
    heapBytes: bytes,
    codeBytes: 0,
    externalBytes: 0,
    arrayBufferBytes: 0,
    rssBytes: bytes + 100 * megabyte,
  };
});

const report: SoakReport = {
  consumer: 'orders',
  memoryMb: 256,
  invocations: 80,
  records: 8000,
  failedInvocations: 0,
  reportedRecords: 40,
  declinedRecords: 30,
  durationMs: 9000,
  verdict: 'growing',
  confidence: 1,
  growthBytesPerInvocation: megabyte,
  growthRange: [megabyte, megabyte],
  growthThreshold: 1024,
  outsideGrowthBytesPerInvocation: null,
  isTooShort: false,
  invocationsLeft: 12,
  peakMb: 200,
  end: { kind: 'done' },
  exitCode: 1,
  failures: ['grows by 1024.0 KB per invocation'],
  doubts: [],
  holderProblem: null,
  holders: [
    {
      kind: 'array-buffer slice',
      expression: 'inFlight',
      className: 'Map',
      path: '[entry] → its array buffer → 1048576 bytes',
      place: { file: 'handlers/orders/handler.ts', line: 7 },
      piecesPerInvocation: 1,
      keptBytesPerInvocation: 8,
      pinnedBytesPerInvocation: megabyte,
      amplification: 131_072,
      share: 1,
      remedy: 'a view keeps the whole buffer that it is cut from: keep a parsed value',
    },
  ],
  measuredEvery: 1,
  floors,
};

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

test('tells few bytes as bytes, and which records were declined', () => {
  const text = toLines(Infinity).join('\n');
  assert.match(text, /keeps 8 bytes, pins 1024\.0 KB, 131,072 times as much/);
  assert.match(text, /40 records reported for another delivery, 30 of them for want of memory/);
});

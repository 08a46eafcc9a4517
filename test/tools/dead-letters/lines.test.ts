// What a person reads of dead letters and redrives: right for one and for many, and no wider than a terminal of 80 columns.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toListLines, toListReport } from '../../../tools/dead-letters/list.ts';
import type { Located } from '../../../tools/dead-letters/originals.ts';
import { toPlanLines, toRedriveLines } from '../../../tools/dead-letters/redrive/report-lines.ts';
import type { PlanReport, RedriveReport } from '../../../tools/dead-letters/redrive/reports.ts';
import { toChoiceLines, toShowLines } from '../../../tools/dead-letters/show.ts';
import { createStyle } from '../../../tools/terminal/style.ts';
import { wrap } from '../../../tools/terminal/wrap.ts';
import { failedRecord } from './failed-records.ts';

const style = createStyle(
  Object.assign(Object.create(process.stdout) as NodeJS.WriteStream, { isTTY: false }),
);
const nowMs = 1_767_225_660_000;
const located = (length: number): readonly Located[] =>
  Array.from({ length }, (_, offset) => ({
    failed: failedRecord({ offset }, { failedAtMs: nowMs - 1000 * (offset + 1) }),
    lost: undefined,
    deletedAtMs: nowMs + 3_600_000,
  }));

/** Lines as `run` prints them, addresses and names of files left out, which nobody breaks. */
function print(lines: readonly string[]): string {
  const printed = lines.flatMap((line) => wrap(line, 80));
  const wide = printed.filter((line) => line.length > 80 && !/\S{45}/.test(line));
  assert.deepEqual(wide, []);
  return printed.join('\n');
}

const planned = (count: number): PlanReport => ({
  target: 'function Tailrace-MaterializeFunctionB0BC2A9F',
  send: count,
  skip: { retention: count, 'topic made again': count, 'a later record of its key was processed': count },
  uncertain: count,
  overtaken: count,
  overtakenUnknown: 'topic orders-of-the-whole-world is gone',
  unreadable: 0,
  deletesMessages: count,
  unfinished: ['.tailrace/redrive/2026-11-30T21-05-00-136Z-ac47abb5.ndjson'],
});

const redriven = (count: number): RedriveReport => ({
  run: 'r',
  account: '.tailrace/redrive/2026-11-30T21-05-00-136Z-ac47abb5.ndjson',
  target: 'function fn',
  planned: 5 * count,
  succeeded: count,
  failedAgain: count,
  skipped: count,
  skip: { retention: count },
  open: 2 * count,
  maybeTwice: count,
  unreadable: 0,
  resolvedPlaces: count,
  readBack: { arrived: count, twice: count },
  stopped: 'more than 20 % failed again',
  reasons: ['reported by the function for another delivery'],
});

for (const count of [1, 12_345])
  test(`prints a list, a plan and an end for ${count}`, () => {
    const list = {
      ...toListReport(located(count), { groupBy: ['consumer', 'code'] }),
      done: count,
      unreadable: 0,
    };
    const text = [
      print(toListLines(list, { nowMs, style })),
      print(toPlanLines(planned(count), { says: 'plan' })),
      print(toRedriveLines(redriven(count))),
    ].join('\n');
    if (count === 1) assert.doesNotMatch(text, /\b1 (?:dead letters|records|messages|letters)\b/);
    else assert.match(text, /12,345 dead letters;[^]*12,345 records to function/);
    assert.match(text, /retention has deleted them/);
    assert.match(text, /go on with --resume\n? *\.tailrace/);
  });

test('lists what can be shown, the newest first, and says how many more there are', () => {
  const text = print(toChoiceLines(located(23), { nowMs }));
  assert.match(text, /^23 dead letters; show one with --record:\n {2}t-0@0 {3}c, CORRUPT, 1 s ago\n/);
  assert.match(text, /t-0@19 {2}c, CORRUPT, 20 s ago\nand 3 older/);
});

test('shows header names and sizes of a record, and no value without being asked', () => {
  const [one] = located(1) as readonly [Located];
  const failed = failedRecord({ offset: 3, redrives: 1 });
  const text = print(toShowLines({ ...one, failed }, { payload: false }));
  assert.match(text, /headers {12}tailrace-redrive-count \(1 B\)/);
  assert.doesNotMatch(text, /key-3|"b"|a message/);
  assert.match(print(toShowLines({ ...one, failed }, { payload: true })), /key-3[^]*"b": 1/);
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const page = read('docs/reference/handler.md');

/** The names that a source has between two texts, by a pattern with one group. */
function namesIn(path: string, [from, to]: readonly [string, string], pattern: RegExp): readonly string[] {
  const source = read(path);
  const start = source.indexOf(from);
  assert.ok(start >= 0, from);
  const names = [...source.slice(start, source.indexOf(to, start)).matchAll(pattern)].map(
    ([, name = '']) => name,
  );
  assert.ok(names.length > 0, from);
  return names;
}

test('docs/reference/handler.md names every reason for which a record is reported, and no other', () => {
  const reasons = namesIn(
    'lib/runtime/outcome/outcome.ts',
    ['export type RetryReason', '/** Counts'],
    /\| '(\w+)'/g,
  );
  const table = page.slice(page.indexOf('| Reason |'), page.indexOf('## What hangs'));
  const rows = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(rows.toSorted(), reasons.toSorted());
});

test('docs/reference/handler.md names every function, every field of a context, every member of a record and every phase', () => {
  const functions = 'lib/runtime/consumer-function.ts';
  const names = [
    ...namesIn(
      functions,
      ['export interface ConsumerHooks', '/** A function that is called for each'],
      /^ {2}(\w+)\?\(/gm,
    ),
    ...namesIn(
      functions,
      ['export interface InvocationInfo', '/** What a function gets in addition'],
      /readonly (\w+):/g,
    ),
    ...namesIn(
      'lib/runtime/record/record.ts',
      ['declare abstract class AnyLeasedRecord', 'export type LeasedRecord'],
      /^ {2}(?:readonly |get )?(\w+)(?:\(\))?:/gm,
    ),
    ...namesIn('lib/runtime/lanes/lanes.ts', ['export type Phase', ';'], /'([\w -]+)'/g),
  ];
  for (const name of names) assert.match(page, new RegExp(`\`${name}(?:\\(.*?\\))?\``), name);
});

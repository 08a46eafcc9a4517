// What a deployment would break, by pairs of templates as the constructs synthesize them (record.ts): what no local AWS shows.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compareStacks } from '../../../tools/diff/compare.ts';
import type { StackResource } from '../../../tools/diff/stack-template.ts';

interface Recorded {
  readonly expected: readonly string[];
  readonly before: Readonly<Record<string, StackResource>>;
  /** Resources that are others afterwards, or new; null for those that are gone. */
  readonly changed: Readonly<Record<string, StackResource | null>>;
}

const folder = new URL('recorded/', import.meta.url);
for (const file of readdirSync(folder)) {
  const text = readFileSync(new URL(file, folder), 'utf8');
  const { expected, before, changed } = JSON.parse(text) as Recorded;
  const next = new Map(
    Object.entries({ ...before, ...changed }).filter(
      (entry): entry is [string, StackResource] => entry[1] !== null,
    ),
  );
  test(`finds ${expected.join(' and ') || 'nothing'}: ${file.slice(0, -'.json'.length).replaceAll('-', ' ')}`, () => {
    const found = compareStacks(new Map(Object.entries(before)), next).map(
      ({ kind, resource }) => `${kind} ${resource.replaceAll(/[0-9A-F]{8}(?=\/|$)/g, '')}`,
    );
    assert.deepEqual(found.toSorted(), expected.toSorted());
    const back = compareStacks(next, new Map(Object.entries(before)));
    assert.equal(
      back.some(({ kind }) => kind === 'mapping-replaced'),
      found.some((each) => each.startsWith('mapping-replaced')),
      'the way back',
    );
  });
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { defineConsumer, DefinitionError } from '../../../lib/index.ts';

const page = readFileSync(new URL('../../../docs/reference/definition.md', import.meta.url), 'utf8');
const sections = ['batch', 'retry', 'deadLetter', 'limits', 'memory', 'provisionedPollers'];
// Said in words: they are given, or follow from others.
const ownWords = new Set(['name', 'topic', 'limits.maxValueBytesPerRecord']);
// Of memory.json, which `tailrace tune` writes; its own page explains them.
const measured = /^memory\.measured/;

/** The fields that a definition may have, as a definition with an unknown field is told. */
function knownFields(): readonly string[] {
  const unknown = { nothing: 1 };
  const nested = Object.fromEntries(sections.map((name) => [name, unknown]));
  try {
    defineConsumer({ name: 'test', topic: 'orders', ...nested, ...unknown });
  } catch (error) {
    assert.ok(error instanceof DefinitionError);
    return error.problems.flatMap(({ field, expected }) => {
      const section = field.slice(0, -'nothing'.length);
      const [, names = ''] = /known are (.*)$/.exec(expected) ?? [];
      return names.split(', ').map((name) => section + name);
    });
  }
  throw new Error('an unknown field was taken');
}

test('docs/reference/definition.md has each field of a definition, and no other', () => {
  const known = knownFields().filter((field) => !measured.test(field));
  const leaves = known.filter(
    (field) => !sections.includes(field) || field === 'memory' || field === 'provisionedPollers',
  );
  const rows = [...page.matchAll(/^\| `([\w.]+)` \|(.*)\|$/gm)];
  assert.deepEqual(rows.map(([, field]) => field).toSorted(), leaves.toSorted());
  for (const [row, , cells = ''] of rows)
    assert.equal(cells.split('|').filter((cell) => cell.trim() !== '').length, 3, row);
});

test('its defaults are those of the code', () => {
  const { batch, retry, deadLetter, limits, memory, ...rest } = defineConsumer({
    name: 'test',
    topic: 'orders',
  });
  const defaults = Object.entries({ '': rest, batch, retry, deadLetter, limits, memory }).flatMap(
    ([section, fields]) =>
      Object.entries(fields).map(
        ([name, value]) => [section === '' ? name : `${section}.${name}`, value] as const,
      ),
  );
  for (const [field, value] of defaults) {
    if (typeof value === 'object' || value === undefined || ownWords.has(field)) continue;
    const [, cell = ''] =
      new RegExp(`^\\| \`${field.replace('.', '\\.')}\` \\|[^|]*\\| ([^|]*) \\|`, 'm').exec(page) ?? [];
    assert.equal(cell.replaceAll('`', ''), String(value), field);
  }
  assert.equal(limits.maxValueBytesPerRecord, 16 * limits.maxDecompressedBytesPerRecord);
});

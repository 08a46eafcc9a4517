// The documentation against itself and the code: links lead somewhere, every alarm has its section, every query that is named exists.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { alarmTable } from '../infra/monitoring/alarms/alarm-table.ts';
import { queryTexts } from '../infra/monitoring/queries/query-texts.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

test('links to files that exist', () => {
  assert.ok(pages.length > 40, `${pages.length} pages`);
  const dead: string[] = [];
  for (const page of pages) {
    // What stands in code is no link.
    const text = readFileSync(join(root, page), 'utf8').replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '');
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target) || target.startsWith('#')) continue;
      const [file = ''] = target.split('#');
      if (!existsSync(resolve(root, dirname(page), file))) dead.push(`${page} -> ${target}`);
    }
  }
  assert.deepEqual(dead, []);
});

test('is found from its first page', () => {
  const index = readFileSync(join(root, 'docs', 'README.md'), 'utf8');
  const missing = pages
    .filter((page) => /^docs\/(?:start|guides|reference|explanation)\//.test(page))
    .filter((page) => !index.includes(`(${page.slice('docs/'.length)})`));
  assert.deepEqual(missing, []);
});

test('has a section of the runbook for every alarm, and names queries that exist', () => {
  const text = readFileSync(join(root, 'docs', 'guides', 'runbook.md'), 'utf8');
  const sections = [...text.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
  assert.deepEqual(sections.toSorted(), [...Object.keys(alarmTable), 'unhealthy'].toSorted());
  const named = [...text.matchAll(/[Qq]uery \*([^*]+)\*/g)].map(([, name = '']) => name);
  assert.ok(named.length >= 5);
  for (const name of named) assert.ok(Object.hasOwn(queryTexts, name), name);
});

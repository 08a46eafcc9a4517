// The page about the local runner's fidelity: its words cannot be tested, but what it refers to can.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const root = new URL('../', import.meta.url);

interface Row {
  readonly behaviour: string;
  readonly state: string;
  readonly tests: string;
}

const rows: readonly Row[] = readFileSync(new URL('docs/reference/fidelity.md', root), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| Behaviour '))
  .map((line) => {
    const [behaviour = '', , state = '', tests = ''] = line
      .split(' |')
      .map((cell) => cell.replace(/^\|? /, ''));
    return { behaviour, state, tests: tests.trim() };
  });

test('has a state in every row, and a test in every row that is done', () => {
  assert.ok(rows.length > 100);
  for (const { behaviour, state, tests } of rows) {
    assert.match(state, /^(?:done|differs: .|not done: .)/, behaviour);
    if (state.startsWith('done')) assert.notEqual(tests, '', behaviour);
  }
});

// The page names the local runner's own tests without their folders.
const localTests = readdirSync(new URL('test/tools', root), { recursive: true, encoding: 'utf8' }).filter(
  (path) => /^(?:local|template)\//.test(path),
);

test('names tests that exist', () => {
  for (const { behaviour, tests } of rows) {
    if (tests === '') continue;
    const [, file = '', name] = /^`([^`]+)`(?:: (.+))?$/.exec(tests) ?? assert.fail(behaviour);
    const found = localTests.find((path) => path === file || path.endsWith(`/${file}`));
    const path = file.includes('/') ? file : `test/tools/${found ?? assert.fail(`no test ${file}`)}`;
    const text = readFileSync(new URL(path, root), 'utf8');
    // In a name that is made for several cases, some words are expressions; the page quotes the others.
    if (name !== undefined)
      assert.ok(text.includes(name) || text.includes(name.replaceAll("'", "\\'")), `${file}: ${name}`);
  }
});

test('leaves at most one row in twenty undone', () => {
  const undone = rows.filter(({ state }) => state.startsWith('not done'));
  assert.ok(undone.length <= rows.length / 20, `${undone.length} of ${rows.length}`);
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { pages, renderTables } from '../../bench/tables.ts';

for (const [page, benches] of pages) {
  const text = readFileSync(page, 'utf8');
  const name = basename(page.pathname);

  test(`${name} has the saved results in its tables; \`npm run bench -- --tables\` writes them`, () => {
    assert.equal(renderTables(text, benches), text);
  });

  test(`${name} gets its figures back where somebody has typed others`, () => {
    const typed = text.replace(/(-->\n\n.*?\n\n(?:.*\n){2}.*\| )[\d,.]+/, '$1 99,999');
    assert.notEqual(typed, text);
    assert.equal(renderTables(typed, benches), text);
  });

  test(`${name} has a place for each of its tables and for no other`, () => {
    const [start, other] = [`<!-- bench ${benches[0]}:`, '<!-- bench nothing:'];
    assert.throws(() => renderTables(text.replace(start, '<!-- '), benches), /no place for/);
    assert.throws(() => renderTables(text.replace(start, other), benches), /a table of nothing/);
  });
}

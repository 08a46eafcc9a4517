import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wrap } from '../../../tools/terminal/wrap.ts';

test('breaks a line between words and indents what follows below it', () => {
  assert.deepEqual(wrap('  grows by 12 KB', 16), ['  grows by 12 KB']);
  assert.deepEqual(wrap('  grows by 12 KB', 15), ['  grows by 12', '    KB']);
  assert.deepEqual(wrap('  grows by 12 KB', 8), ['  grows', '    by', '    12', '    KB']);
});

test('leaves a line as it is where nothing bounds it, and a word that is longer than a line', () => {
  const long = `report: ${'/folder'.repeat(30)}`;
  assert.deepEqual(wrap(long, Infinity), [long]);
  assert.deepEqual(wrap(long, 20), ['report:', `  ${'/folder'.repeat(30)}`]);
});

test('does not count what colours a line', () => {
  const [red, plain] = ['\u001B[31m', '\u001B[39m'];
  assert.deepEqual(wrap(`${red}  killed now${plain}`, 12), [`${red}  killed now${plain}`]);
  assert.deepEqual(wrap(`${red}  killed now${plain}`, 11), [`${red}  killed`, `    now${plain}`]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toTable } from '../../../tools/terminal/table.ts';

test('puts names to the left and numbers to the right', () => {
  assert.deepEqual(
    toTable(
      ['consumer', 'in'],
      [
        ['a', '1'],
        ['longer-name', '12,345'],
      ],
    ),
    ['consumer         in', 'a                 1', 'longer-name  12,345'],
  );
});

test('cuts long names in their middle where the table would be wider than 80 characters', () => {
  const name = `${'a'.repeat(60)}-${'b'.repeat(60)}`;
  const lines = toTable(['consumer', 'in', 'done'], [[name, '1,000,000', '1,000,000']]);
  assert.ok(
    lines.every((line) => line.length <= 80),
    lines.join('\n'),
  );
  assert.match(lines[1] ?? '', /^a+…b+ {2}1,000,000 {2}1,000,000$/);
  const narrow = toTable(['consumer', 'in'], [[name, '1']], 10);
  assert.match(narrow[1] ?? '', /^a{4}…b{3} {3}1$/);
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import {
  isConstantLike,
  isKnownCode,
  isKnownName,
  runtimeErrorCodes,
} from '../../../lib/telemetry/known-words.ts';

const page = readFileSync(new URL('../../../docs/reference/errors.md', import.meta.url), 'utf8');

describe('the words that may be logged', () => {
  test('are explained in docs/reference/errors.md, each code of the runtime with cause and remedy', () => {
    const rows = [...page.matchAll(/^\| `([A-Z_]+)` \|(.*)\|$/gm)];
    assert.deepEqual(rows.map(([, code]) => code).toSorted(), [...runtimeErrorCodes].toSorted());
    for (const [row, , cells = ''] of rows)
      assert.equal(cells.split('|').filter((cell) => cell.trim() !== '').length, 4, row);
  });

  test('are codes of the runtime, the system and Node, and no others', () => {
    for (const code of [
      ...runtimeErrorCodes,
      'ECONNREFUSED',
      'ENOTFOUND',
      'ERR_INVALID_ARG_TYPE',
      'UND_ERR_CONNECT_TIMEOUT',
    ])
      assert.ok(isKnownCode(code), code);
    for (const word of ['', 'SECRET_TOKEN', 'ERR_', 'ERR_12345', 'toString', 'E', 'constructor', 'ERR_A B'])
      assert.ok(!isKnownCode(word), word);
  });

  test('are names of the runtime, the language and AWS', () => {
    for (const name of ['FormatError', 'TypeError', 'AbortError', 'ThrottlingException', 'NoSuchBucket'])
      assert.ok(isKnownName(name));
    for (const name of ['', 'Alice', 'formaterror', 'token-1']) assert.ok(!isKnownName(name));
  });

  test('look like constants only without numbers, names and tokens of anybody', () => {
    for (const word of ['NO_ACCOUNT', 'A', 'HTTP_404', 'E1001']) assert.ok(isConstantLike(word), word);
    for (const word of [
      '',
      '_A',
      'A_',
      'A__B',
      'noAccount',
      'DE89370400440532013000',
      'CARD_12345',
      'A'.repeat(41),
      'A B',
    ])
      assert.ok(!isConstantLike(word), word);
  });
});

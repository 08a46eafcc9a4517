import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../../support/property.ts';
import { json } from '../../../../lib/format/json.ts';
import { withoutNonFinite } from '../../../../lib/format/json/non-finite.ts';
import { createSource } from '../../../support/format-source.ts';

const source = createSource();

test('reads NaN and Infinity as null on request, and names the option otherwise', () => {
  const text = '{"NaN":NaN,"a":[Infinity,-Infinity,"NaN","\\"NaN\\\\",1],"b":"x\\\\"}';
  const bytes = Buffer.from(text);
  assert.deepEqual(json({ nonFinite: 'null' }).decode(bytes, source), {
    NaN: null,
    a: [null, null, 'NaN', '"NaN\\', 1],
    b: 'x\\',
  });
  assert.throws(() => json().decode(bytes, source), { code: 'INVALID_JSON', message: /nonFinite: 'null'/ });
});

test('says nothing of NaN where the text does not parse without it either', () => {
  for (const options of [{}, { nonFinite: 'null' }] as const) {
    assert.throws(
      () => json(options).decode(Buffer.from('{"secret":NaN'), source),
      (error: Error) => {
        assert.ok(!/nonFinite|secret/.test(error.message), error.message);
        return 'code' in error && error.code === 'INVALID_JSON';
      },
    );
  }
});

test('changes no string', () => {
  const words = fc.constantFrom('NaN', 'Infinity', '"', '\\', ' ', 'x');
  fc.assert(
    fc.property(fc.array(fc.array(words, { maxLength: 6 })), (lists) => {
      const value = lists.map((list) => list.join(''));
      const text = JSON.stringify(value);
      assert.equal(withoutNonFinite(text), text);
    }),
  );
});

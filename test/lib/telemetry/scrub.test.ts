import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';

import { scrub } from '../../../lib/telemetry/scrub.ts';

describe('scrub', () => {
  test('cuts what a message quotes and leaves the rest', () => {
    const value = '{"name":"Grace Brewster Hopper","total":12}';
    assert.equal(
      scrub('no account for Grace Brewster Hopper, try later', [value]),
      'no account for [payload], try later',
    );
  });

  test('leaves a message that quotes nothing, or only a short run', () => {
    assert.equal(
      scrub('connect ECONNREFUSED 127.0.0.1:443', ['{"total":12}']),
      'connect ECONNREFUSED 127.0.0.1:443',
    );
    assert.equal(scrub('total is bad', ['{"total":12}']), 'total is bad');
  });

  test('cuts several runs, at the ends too', () => {
    const [a, b] = ['ABCDEFGHIJKLMNOP', '0123456789abcdef'];
    assert.equal(scrub(`${a} and ${b}`, [a, `x${b}y`]), '[payload] and [payload]');
  });

  test('keeps no run of 12 characters of any text, whatever the message', () => {
    const text = fc.string({ minLength: 12, maxLength: 200 });
    const around = fc.tuple(fc.string(), fc.string());
    const span = fc.tuple(fc.nat(), fc.nat(50));
    fc.assert(
      fc.property(text, around, span, (quoted, [before, after], [from, length]) => {
        const start = from % quoted.length;
        const result = scrub(before + quoted.slice(start, start + 12 + length) + after, [quoted]);
        for (let i = 0; i + 12 <= quoted.length; i++) {
          const run = quoted.slice(i, i + 12);
          // '[payload]' put between two halves can only make a run of its own letters.
          assert.ok(run.includes('[payload') || run.includes('payload]') || !result.includes(run));
        }
      }),
    );
  });
});

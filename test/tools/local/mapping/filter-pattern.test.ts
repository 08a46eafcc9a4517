import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../../support/property.ts';
import { readExactJson } from '../../../../tools/local/mapping/exact-json.ts';
import { FilterPatternError } from '../../../../tools/local/mapping/filter-operators.ts';
import { compilePattern } from '../../../../tools/local/mapping/filter-pattern.ts';

function matches(pattern: unknown, value: unknown): boolean {
  return matchesText(JSON.stringify(pattern), value === undefined ? undefined : JSON.stringify(value));
}

function matchesText(pattern: string, value: string | undefined): boolean {
  const matcher = compilePattern(readExactJson(pattern), '$');
  return matcher(value === undefined ? undefined : readExactJson(value));
}

const table: readonly (readonly [
  name: string,
  pattern: unknown,
  yes: readonly unknown[],
  no: readonly unknown[],
])[] = [
  [
    'exact values',
    { a: ['x', 1, null, true] },
    ['x', 1, null, true].map((a) => ({ a })),
    [{ a: 'X' }, { a: '1' }, {}],
  ],
  ['the empty string', { a: [''] }, [{ a: '' }], [{ a: null }, { a: ' ' }, {}]],
  ['equals-ignore-case', { a: [{ 'equals-ignore-case': 'AbC' }] }, [{ a: 'aBc' }], [{ a: 'ab' }, { a: 1 }]],
  ['prefix', { a: [{ prefix: 'ab' }] }, [{ a: 'ab' }, { a: 'abc' }], [{ a: 'ba' }, { a: 12 }, {}]],
  ['suffix', { a: [{ suffix: 'ab' }] }, [{ a: 'ab' }, { a: 'cab' }], [{ a: 'ba' }, {}]],
  ['prefix of any case', { a: [{ prefix: { 'equals-ignore-case': 'AB' } }] }, [{ a: 'aBc' }], [{ a: 'cab' }]],
  [
    'anything-but',
    { a: [{ 'anything-but': ['x', 'z'] }] },
    [{ a: 'y' }, { a: 5 }, { a: null }, { a: ['x', 'y'] }],
    [{ a: 'x' }, { a: 'z' }, {}],
  ],
  ['anything-but numbers', { a: [{ 'anything-but': [5, 6] }] }, [{ a: 7 }, { a: '5' }], [{ a: 5 }, { a: 6 }]],
  ['anything-but one', { a: [{ 'anything-but': 'x' }] }, [{ a: 'y' }], [{ a: 'x' }]],
  ['numeric equality', { a: [{ numeric: ['=', 300] }] }, [{ a: 300 }], [{ a: '300' }, { a: 301 }]],
  [
    'a numeric range',
    { a: [{ numeric: ['>', 0, '<=', 5] }] },
    [{ a: 0.1 }, { a: 5 }],
    [{ a: 0 }, { a: 5.1 }],
  ],
  [
    'exists',
    { a: [{ exists: true }] },
    [{ a: null }, { a: 0 }, { a: ['x'] }],
    [{}, { a: { b: 1 } }, { a: [] }],
  ],
  ['exists not', { a: [{ exists: false }] }, [{}, { a: { b: 1 } }], [{ a: '' }]],
  [
    'fields side by side',
    { a: ['x'], b: ['y'] },
    [{ a: 'x', b: 'y', c: 1 }],
    [{ a: 'x' }, { a: 'x', b: 'z' }],
  ],
  [
    'nested fields',
    { a: { b: { c: ['x'] } } },
    [{ a: { b: { c: 'x' } } }],
    [{ a: { b: 'x' } }, { 'a.b.c': 'x' }],
  ],
  ['lists by their items', { a: ['x'] }, [{ a: ['w', 'x'] }], [{ a: ['w'] }, { a: [] }]],
  [
    'lists of objects, one as a whole',
    { a: { b: ['x'], c: ['y'] } },
    [{ a: [{ b: 'w' }, { b: 'x', c: 'y' }] }],
    [{ a: [{ b: 'x' }, { c: 'y' }] }],
  ],
  [
    '$or beside other fields',
    { a: ['x'], $or: [{ b: ['y'] }, { c: [{ numeric: ['<', 1] }] }] },
    [
      { a: 'x', b: 'y' },
      { a: 'x', c: 0 },
    ],
    [{ b: 'y' }, { a: 'x' }, { a: 'x', b: 'z', c: 1 }],
  ],
];

for (const [name, pattern, yes, no] of table) {
  test(`compares ${name}`, () => {
    for (const value of yes) assert.equal(matches(pattern, value), true, JSON.stringify(value));
    for (const value of no) assert.equal(matches(pattern, value), false, JSON.stringify(value));
  });
}

test('compares numbers by their text, unless numeric is asked for', () => {
  for (const text of ['300.0', '3.0e2', '3e2']) {
    assert.equal(matchesText('{"a":[300]}', `{"a":${text}}`), false);
    assert.equal(matchesText('{"a":[{"numeric":["=",300]}]}', `{"a":${text}}`), true);
    assert.equal(matchesText(`{"a":[${text}]}`, `{"a":${text}}`), true);
  }
});

test('reads nothing from a prototype', () => {
  assert.equal(matches({ constructor: [{ exists: true }] }, {}), false);
  assert.equal(matchesText('{"__proto__":["x"]}', '{"__proto__":"x"}'), true);
  assert.equal(matches({ toString: { name: ['toString'] } }, {}), false);
});

test('refuses what is no pattern, naming the place', () => {
  for (const [pattern, place] of [
    [{ a: 'x' }, '$.a'],
    [{ a: [] }, '$.a'],
    [{ a: {} }, '$.a'],
    [{ a: { b: [{ wildcard: '*x' }] } }, '$.a.b[0]'],
    [{ a: ['x', { prefix: 1 }] }, '$.a[1]'],
    [{ a: [{ prefix: 'x', suffix: 'y' }] }, '$.a[0]'],
    [{ a: [{ cidr: '10.0.0.0/24' }] }, '$.a[0]'],
    [{ a: [{ 'anything-but': { prefix: 'x' } }] }, '$.a[0]'],
    [{ a: [{ 'anything-but': { 'equals-ignore-case': ['x'] } }] }, '$.a[0]'],
    [{ a: [{ 'anything-but': { wildcard: 'x*' } }] }, '$.a[0]'],
    [{ a: [{ 'anything-but': [] }] }, '$.a[0]'],
    [{ a: [{ 'anything-but': ['x', 5] }] }, '$.a[0]'],
    [{ a: [{ 'anything-but': [null] }] }, '$.a[0]'],
    [{ a: [{ 'anything-but': true }] }, '$.a[0]'],
    [{ a: [{ 'anything-but': [['x']] }] }, '$.a[0]'],
    [{ a: [{ 'equals-ignore-case': ['x'] }] }, '$.a[0]'],
    [{ a: [{ numeric: ['>'] }] }, '$.a[0]'],
    [{ a: [{ numeric: ['<', 5, '>', 0] }] }, '$.a[0]'],
    [{ a: [{ numeric: ['=', 5, '<', 9] }] }, '$.a[0]'],
    [{ a: [{ numeric: ['>', 5, '<', 5] }] }, '$.a[0]'],
    [{ a: [{ numeric: ['~', 1] }] }, '$.a[0]'],
    [{ a: [{ exists: 'yes' }] }, '$.a[0]'],
    [{ $or: [{ a: ['x'] }] }, '$.$or'],
    [{ $or: [{ a: ['x'] }, 'y'] }, '$.$or[1]'],
  ] as const) {
    assert.throws(
      () => matches(pattern, {}),
      (error) => error instanceof FilterPatternError && error.message.includes(`at ${place},`),
      JSON.stringify(pattern),
    );
  }
});

// A plain reading of the guide's table, on flat documents.
type Scalar = string | number | boolean | null;
const text = fc.constantFrom('', 'a', 'ab', 'AB', 'b');
const number = fc.integer({ min: -2, max: 2 });
const scalar: fc.Arbitrary<Scalar> = fc.oneof(text, number, fc.boolean(), fc.constant(null));
const comparison: fc.Arbitrary<unknown> = fc.oneof(
  scalar,
  fc.record({ prefix: fc.constantFrom('', 'a', 'b') }),
  fc.record({ suffix: fc.constantFrom('b', 'B') }),
  fc.record({ 'equals-ignore-case': fc.constantFrom('ab', 'A') }),
  fc.record({ prefix: fc.record({ 'equals-ignore-case': fc.constantFrom('a', 'AB') }) }),
  fc.record({ suffix: fc.record({ 'equals-ignore-case': fc.constantFrom('B') }) }),
  fc.record({ 'anything-but': fc.oneof(text, number) }),
  fc.record({ 'anything-but': fc.array(text, { minLength: 1, maxLength: 3 }) }),
  fc.record({ 'anything-but': fc.array(number, { minLength: 1, maxLength: 3 }) }),
  fc.record({ numeric: fc.tuple(fc.constantFrom('<', '<=', '=', '>=', '>'), number) }),
  fc.record({
    numeric: fc.tuple(
      fc.constantFrom('>', '>='),
      fc.integer({ min: -2, max: 0 }),
      fc.constantFrom('<', '<='),
      fc.integer({ min: 1, max: 2 }),
    ),
  }),
  fc.record({ exists: fc.boolean() }),
);

function model(wanted: unknown, value: Scalar | undefined): boolean {
  if (typeof wanted !== 'object' || wanted === null) return wanted === value;
  const [[operator, argument]] = Object.entries(wanted) as [[string, never]];
  if (operator === 'exists') return (value !== undefined) === argument;
  if (operator === 'anything-but') {
    const excluded = [argument].flat() as Scalar[];
    return value !== undefined && !excluded.includes(value);
  }
  if (operator === 'numeric') return typeof value === 'number' && isWithin(value, argument);
  if (typeof value !== 'string') return false;
  if (operator === 'equals-ignore-case') return value.toLowerCase() === (argument as string).toLowerCase();
  const [has, part] =
    typeof argument === 'string'
      ? [value, argument]
      : [value.toLowerCase(), String(Object.values(argument)[0]).toLowerCase()];
  return operator === 'prefix' ? has.startsWith(part) : has.endsWith(part);
}

function isWithin(value: number, [how, bound, ...more]: readonly [string, number, ...unknown[]]): boolean {
  const holds =
    value === bound ? how.includes('=') : value < bound ? how.startsWith('<') : how.startsWith('>');
  return holds && (more.length === 0 || isWithin(value, more as [string, number]));
}

test('agrees with a plain reading of the operators on any flat document', () => {
  const names = fc.constantFrom('a', 'b', 'c');
  const fields = fc.dictionary(names, fc.array(comparison, { minLength: 1, maxLength: 3 }), { minKeys: 1 });
  fc.assert(
    fc.property(
      fields,
      fc.option(fc.array(fields, { minLength: 2, maxLength: 3 })),
      fc.dictionary(names, scalar),
      (all, or, document) => {
        const holds = (pattern: Record<string, unknown[]>): boolean =>
          Object.entries(pattern).every(([name, list]) => list.some((each) => model(each, document[name])));
        const expected = holds(all) && (or === null || or.some(holds));
        assert.equal(matches(or === null ? all : { ...all, $or: or }, document), expected);
      },
    ),
    { numRuns: 1000 },
  );
});

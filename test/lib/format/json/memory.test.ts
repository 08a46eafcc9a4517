// What a JSON text becomes, estimated, against what V8 takes for it in a process of its own.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { json } from '../../../../lib/format/json.ts';
import { chargeJson } from '../../../../lib/format/json/memory.ts';
import { ValueMemory } from '../../../../lib/format/bounds/value-memory.ts';
import { createSource } from '../../../support/format-source.ts';
import { hostileTexts } from './hostile-texts.ts';

test('takes no text for less than V8 does, by each of its estimates', () => {
  const child = fileURLToPath(new URL('memory-child.ts', import.meta.url));
  const printed = execFileSync(process.execPath, ['--expose-gc', child], { encoding: 'utf8' });
  const measured = JSON.parse(printed) as Record<string, Record<'heap' | 'rough' | 'close', number>>;
  for (const [name, { heap, rough, close }] of Object.entries(measured)) {
    assert.ok(rough >= heap, `${name}: ${rough} roughly, ${heap} in V8`);
    // Names that are met once come in hidden classes, which are counted by their usual size.
    assert.ok(close * 1.25 >= heap, `${name}: ${close} closely, ${heap} in V8`);
    assert.ok(close <= rough * 2, `${name}: ${close} closely, ${rough} roughly`);
  }
  assert.equal(Object.keys(measured).length, Object.keys(hostileTexts(1000)).length);
});

test('charges a small text without a look at it, and a large one for what is in it', () => {
  const chargedFor = (text: string, room: number): number => {
    const memory = new ValueMemory(room);
    chargeJson(text, memory);
    return memory.chargedBytes;
  };
  const text = JSON.stringify('x'.repeat(1000));
  assert.equal(chargedFor(text, 16_777_216), text.length * 66);
  assert.ok(chargedFor(text, 100_000) < 4 * text.length);
  const commas = JSON.stringify(','.repeat(10_000));
  // Roughly each comma in the string is one between items.
  assert.ok(chargedFor(commas, 300_000) > 200_000);
  assert.ok(chargedFor(commas, 100_000) < 30_000);
});

test('refuses a text that becomes too much, and reads the largest of ordinary ones', () => {
  const source = createSource(1_048_576);
  const million = (part: string): Buffer =>
    Buffer.from(`[${part.repeat(1_000_000 / part.length).slice(0, -1)}]`);
  for (const part of ['[],', '{},', '[1],'])
    assert.throws(() => json().decode(million(part), source), { code: 'VALUE_TOO_LARGE' });
  const deep = Buffer.from('['.repeat(500_000) + ']'.repeat(500_000));
  assert.throws(() => json().decode(deep, source), { code: 'VALUE_TOO_LARGE' });
  for (const part of ['{"x":1,"y":2},', '[13.4050,52.5200],', '1.25,', '"ab",', '{"id":12345,"name":"a b"},'])
    assert.ok(Array.isArray(json().decode(million(part), source)), part);
});

test('takes a name for new behind other names of its own object, and of no other one', () => {
  const closely = (text: string): number => {
    const memory = new ValueMemory(Infinity);
    Object.defineProperty(memory, 'leftBytes', { value: 1 });
    chargeJson(text, memory);
    return memory.chargedBytes;
  };
  const newNameBytes = 120;
  const cases: readonly (readonly [text: string, same: string, newNames: number])[] = [
    ['[{"a":1,"b":1},{"b":1,"a":1}]', '[{"a":1,"b":1},{"a":1,"b":1}]', 2],
    ['[{"a":{},"b":1},{"b":{},"a":1}]', '[{"a":{},"b":1},{"a":{},"b":1}]', 2],
    ['[{"a":{"x":1}},{"b":{"x":1}}]', '[{"a":{"x":1}},{"a":{"x":1}}]', 1],
  ];
  for (const [text, same, newNames] of cases)
    assert.equal(closely(text) - closely(same), newNames * newNameBytes, text);
});

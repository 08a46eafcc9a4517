// Values of no bytes, which no number of bytes bounds: passed over they take no time, read they are charged.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { avro } from '../../../../lib/format/avro.ts';
import { AvroInput } from '../../../../lib/format/avro/input.ts';
import { parseAvroSchema } from '../../../../lib/format/avro/schema.ts';
import { createSkips } from '../../../../lib/format/avro/skip.ts';
import { createSource } from '../../../support/format-source.ts';

const source = createSource();

/** Records of nothing, each twice in the next one. */
function toTree(levels: number, leaf: readonly object[] = []): object {
  let type: object = { type: 'record', name: 'R0', fields: leaf };
  for (let level = 1; level <= levels; level++) {
    const again = { name: 'b', type: `R${level - 1}` };
    type = { type: 'record', name: `R${level}`, fields: [{ name: 'a', type }, again] };
  }
  return type;
}

class CountingInput extends AvroInput {
  entered = 0;

  override enter(): void {
    this.entered++;
    super.enter();
  }
}

/** How many records and lists are entered to pass over these bytes. */
function enteredFor(schema: object, bytes: Buffer): number {
  const input = new CountingInput(bytes, source);
  createSkips().toSkip(parseAvroSchema(schema))(input);
  assert.equal(input.left, 0);
  return input.entered;
}

test('passes over records of nothing without entering one, in a record and in a list', () => {
  const nothing = [
    { name: 'n', type: 'null' },
    { name: 'f', type: { type: 'fixed', name: 'F', size: 0 } },
  ];
  assert.equal(enteredFor(toTree(10, nothing), Buffer.alloc(0)), 0);
  assert.equal(enteredFor({ type: 'array', items: toTree(10) }, Buffer.from([200, 1, 0])), 1);
  const beside = {
    type: 'record',
    name: 'T',
    fields: [
      { name: 'x', type: 'int' },
      { name: 't', type: toTree(10) },
    ],
  };
  assert.equal(enteredFor({ type: 'array', items: beside }, Buffer.from([4, 1, 2, 0])), 3);
});

test('goes on behind what it passes over, and counts what it reads', () => {
  const fields = [
    { name: 'pad', type: toTree(40) },
    { name: 'x', type: 'int' },
  ];
  const writer = { type: 'record', name: 'T', fields };
  const reader = { type: 'record', name: 'T', fields: [fields[1]] };
  assert.deepEqual(avro(writer, { reader }).decode(Buffer.from([2]), source), { x: 1 });
  assert.throws(() => avro(writer).decode(Buffer.from([2]), source), { code: 'VALUE_TOO_LARGE' });
});

test('still refuses a record that holds itself without end', () => {
  const endless = { type: 'record', name: 'E', fields: [{ name: 'e', type: 'E' }] };
  const writer = { type: 'record', name: 'T', fields: [{ name: 'e', type: endless }] };
  const format = avro(writer, { reader: { ...writer, fields: [] } });
  assert.throws(() => format.decode(Buffer.alloc(0), source), { code: 'CORRUPT' });
});

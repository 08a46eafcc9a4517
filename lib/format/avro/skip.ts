// Passing over values that the reader's schema does not have, and how many bytes a value takes at least: both follow from
// the writer's schema alone.

import type { AvroInput } from './input.ts';
import type { AvroNode, RecordNode } from './schema.ts';

type Skip = (input: AvroInput) => unknown;

/** What passes over a value that is always of no bytes: nobody needs to call it. */
export const nothing: Skip = () => undefined;

/** A record's skip, undefined while it is made. */
interface Cell {
  skip: Skip | undefined;
}

/** What follows from the types of one schema, each looked at once however often it is named. */
export interface Skips {
  /** Makes the function that passes over one value. */
  readonly toSkip: (node: AvroNode) => Skip;
  /** The fewest bytes that a value takes. */
  readonly minBytes: (node: AvroNode) => number;
}

/** Knows nothing yet. */
export function createSkips(): Skips {
  const made = new Map<RecordNode, Cell>();
  const known = new Map<AvroNode, number>();
  return { toSkip: (node) => toSkip(node, made, known), minBytes: (node) => minBytes(node, known) };
}

function toSkip(node: AvroNode, made: Map<RecordNode, Cell>, known: Map<AvroNode, number>): Skip {
  switch (node.kind) {
    case 'null':
      return nothing;
    case 'boolean':
      return (input) => input.take(1);
    case 'int':
    case 'long':
    case 'enum':
      return (input) => input.skipVarint();
    case 'float':
      return (input) => input.take(4);
    case 'double':
      return (input) => input.take(8);
    case 'bytes':
    case 'string':
      return (input) => input.skipSized();
    case 'fixed':
      return node.size === 0 ? nothing : (input) => input.take(node.size);
    case 'array':
      return skipBlocks(toSkip(node.items, made, known), minBytes(node.items, known));
    case 'map': {
      const skip = toSkip(node.values, made, known);
      return skipBlocks((input) => {
        input.skipSized();
        skip(input);
      }, 1);
    }
    case 'union': {
      const skips = node.branches.map((branch) => toSkip(branch, made, known));
      return (input) => skips[input.readIndex(skips.length)]!(input);
    }
    case 'record':
      return skipRecord(node, made, known);
  }
}

function skipBlocks(skip: Skip, minItemBytes: number): Skip {
  return (input) => {
    input.enter();
    for (let left = input.readBlock(minItemBytes); left > 0; left = input.readBlock(minItemBytes)) {
      for (; left > 0; left--) skip(input);
    }
    input.leave();
  };
}

function skipRecord(node: RecordNode, made: Map<RecordNode, Cell>, sizes: Map<AvroNode, number>): Skip {
  const known = made.get(node);
  if (known) return known.skip ?? ((input) => known.skip!(input));
  const cell: Cell = { skip: undefined };
  made.set(node, cell);
  // Without fields of no bytes, each step takes bytes: records of records of nothing, each twice in the next, would take
  // time without end.
  const skips = node.fields
    .map((field) => toSkip(field.node, made, sizes))
    .filter((skip) => skip !== nothing);
  if (skips.length === 0) return (cell.skip = nothing);
  cell.skip = (input) => {
    input.enter();
    for (const skip of skips) skip(input);
    input.leave();
  };
  return cell.skip;
}

function minBytes(node: AvroNode, known: Map<AvroNode, number>): number {
  switch (node.kind) {
    case 'null':
      return 0;
    case 'float':
      return 4;
    case 'double':
      return 8;
    case 'fixed':
      return node.size;
    case 'record': {
      const found = known.get(node);
      if (found !== undefined) return found;
      known.set(node, 0); // inside itself it counts nothing, which only makes the bound looser
      const sum = node.fields.reduce((bytes, field) => bytes + minBytes(field.node, known), 0);
      known.set(node, sum);
      return sum;
    }
    default:
      return 1;
  }
}

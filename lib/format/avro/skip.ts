// Passing over values that the reader's schema does not have, and how many bytes a value takes at least: both follow from
// the writer's schema alone.

import type { AvroInput } from './input.ts';
import type { AvroNode, RecordNode } from './schema.ts';

type Skip = (input: AvroInput) => unknown;

/** Makes the function that passes over one value. */
export function toSkip(node: AvroNode, made: Map<RecordNode, { skip: Skip }> = new Map()): Skip {
  switch (node.kind) {
    case 'null':
      return () => undefined;
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
      return (input) => input.take(node.size);
    case 'array':
      return skipBlocks(toSkip(node.items, made), minBytes(node.items));
    case 'map': {
      const skip = toSkip(node.values, made);
      return skipBlocks((input) => {
        input.skipSized();
        skip(input);
      }, 1);
    }
    case 'union': {
      const skips = node.branches.map((branch) => toSkip(branch, made));
      return (input) => skips[input.readIndex(skips.length)]!(input);
    }
    case 'record':
      return skipRecord(node, made);
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

function skipRecord(node: RecordNode, made: Map<RecordNode, { skip: Skip }>): Skip {
  const known = made.get(node);
  if (known) return (input) => known.skip(input);
  const cell: { skip: Skip } = { skip: () => undefined };
  made.set(node, cell);
  const skips = node.fields.map((field) => toSkip(field.node, made));
  cell.skip = (input) => {
    input.enter();
    for (const skip of skips) skip(input);
    input.leave();
  };
  return cell.skip;
}

/** The fewest bytes that a value of `node` takes. */
export function minBytes(node: AvroNode, known: Map<AvroNode, number> = new Map()): number {
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

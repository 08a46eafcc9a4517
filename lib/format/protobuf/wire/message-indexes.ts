// What stands in front of a Protobuf value behind a registry's framing and names its message: Confluent's path of indexes, or Glue's one.
// Source: https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format

import type { SchemaMetadata } from '../../../runtime/event/event.ts';
import { FormatError } from '../../format-error.ts';
import type { Framing } from '../../registry/registry.ts';
import type { ProtobufInput } from './input.ts';

// A path of messages nested deeper than this is not one that a producer wrote.
const maxPathLength = 32;
const firstMessage: readonly number[] = [0];

/**
 * Reads the indexes; undefined when they are none, as those of a value that was written without any.
 *
 * Confluent: zig-zag varints, how many indexes, then the indexes; a lone 0 stands for the file's first message. Glue: one varint.
 */
export function readIndexPath(input: ProtobufInput, framing: Framing): readonly number[] | undefined {
  try {
    if (framing === 'glue') return [input.readUint32()];
    const length = input.readSint32();
    if (length === 0) return firstMessage;
    if (length < 0 || length > maxPathLength) return undefined;
    const path = Array.from({ length }, () => input.readSint32());
    return path.every((index) => index >= 0) ? path : undefined;
  } catch (error) {
    if (error instanceof FormatError) return undefined; // it ends early
    throw error;
  }
}

/**
 * Passes over the indexes of a record from which a mapping with a schema registry has taken the prefix: a Glue schema's id is a UUID,
 * a Confluent registry's a number.
 */
export function skipIndexes(input: ProtobufInput, metadata: SchemaMetadata | undefined): void {
  if (metadata?.dataFormat !== 'PROTOBUF') return;
  readIndexPath(input, metadata.schemaId.includes('-') ? 'glue' : 'confluent');
}

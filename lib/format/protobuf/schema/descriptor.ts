// Compiled descriptors (`protoc --descriptor_set_out`) as a schema of protobuf(). Own file: protobufjs's reader of them
// is in the bundle of those who import this, and of nobody else.

import protobufjs from 'protobufjs';
import 'protobufjs/ext/descriptor.js';
import { SchemaError } from '../../schema/schema-error.ts';

/**
 * Reads a FileDescriptorSet, made with `--include_imports`: its bytes, or those in base64.
 *
 * @throws SchemaError `INVALID_SCHEMA`
 */
export function descriptorSet(bytes: Uint8Array | string): { readonly root: protobufjs.Root } {
  const binary = typeof bytes === 'string' ? Buffer.from(bytes, 'base64') : bytes;
  try {
    return {
      root: protobufjs.Root.fromDescriptor(binary, { keepCase: true }).resolveAll() as protobufjs.Root,
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SchemaError(
      'INVALID_SCHEMA',
      `descriptor set does not parse, got ${reason}; write it with protoc`,
      {
        cause,
      },
    );
  }
}

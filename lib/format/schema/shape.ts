// What a format says of the values it reads, for tools that write such values. Own file: the runtime never reads it.

import type { StandardSchemaV1 } from '@standard-schema/spec';

/** The values of a format. `check` is the Standard Schema that a decoded value must pass; undefined when there is none. */
export type FormatShape =
  | { readonly kind: 'json'; readonly check: StandardSchemaV1 | undefined }
  | { readonly kind: 'text' }
  | { readonly kind: 'bytes' }
  /** `schema`: the Avro schema as JSON, which writes the bytes. */
  | { readonly kind: 'avro'; readonly schema: unknown; readonly check: StandardSchemaV1 | undefined }
  /** `type`: protobufjs's reflected message type. `wellKnownTypes`: see `ProtobufOptions`. */
  | {
      readonly kind: 'protobuf';
      readonly type: unknown;
      readonly wellKnownTypes: boolean;
      readonly check: StandardSchemaV1 | undefined;
    }
  /** Behind a registry's prefix. `schema`: the reader's Avro schema; undefined when the definition names none. */
  | {
      readonly kind: 'framed';
      readonly framing: 'confluent' | 'glue';
      readonly dataFormat: 'AVRO' | 'PROTOBUF' | 'JSON';
      readonly schema: unknown;
      readonly check: StandardSchemaV1 | undefined;
    };

// What a schema registry, and what a reader of its schemas, have to offer each other. Own file: clients and readers know
// this and nothing of one another, so a bundle carries only the pair that its definition names.

import type { FormatSource } from '../format.ts';

/** The language of a schema, as registries and the mapping name it. */
export type DataFormat = 'AVRO' | 'PROTOBUF' | 'JSON';

/** A schema as the registry has it. */
export interface RegisteredSchema {
  /** The registry's own id of it: a Confluent number or GUID, or a Glue schema version's UUID. */
  readonly id: string;
  readonly dataFormat: DataFormat;
  readonly text: string;
  /** The schemas that it refers to, each before those that need it. */
  readonly references: readonly { readonly name: string; readonly text: string }[];
}

/** Where schemas come from. */
export interface SchemaRegistry {
  /** Shown in errors. */
  readonly name: string;
  /**
   * Fetches a schema. `isProbe`: the registry has not answered lately, and one request without another try is enough.
   * @throws FormatError `UNKNOWN_SCHEMA`; RegistryError
   */
  fetchSchema(id: string, isProbe?: boolean): Promise<RegisteredSchema>;
}

/**
 * Decodes what follows a registry's prefix; `indexes` are the bytes of Protobuf's message indexes where they are not in front of it.
 * @throws FormatError
 */
export type ReadPayload = (payload: Buffer, source: FormatSource, indexes?: Buffer) => unknown;

/** How a framing says which message of a Protobuf schema follows. */
export type Framing = 'confluent' | 'glue';

/** How values of one language are read: with the schema that wrote them, or, as JSON, without. */
export type SchemaReader =
  | {
      readonly dataFormat: 'AVRO' | 'PROTOBUF';
      /** Called once per schema. @throws SchemaError */
      readonly compile: (schema: RegisteredSchema, framing: Framing) => ReadPayload;
      /** The Avro schema that values are read as; undefined for that of their writer. For tools only. */
      readonly schema?: unknown;
    }
  | { readonly dataFormat: 'JSON'; readonly read: ReadPayload };

/** `REGISTRY_UNAVAILABLE`: no answer, or none of use. `REGISTRY_DENIED`: it does not accept who we are. */
export type RegistryErrorCode = 'REGISTRY_UNAVAILABLE' | 'REGISTRY_DENIED';

/** A registry that did not give a schema although it may have it: says nothing about the record, which comes again. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly code: RegistryErrorCode;

  constructor(code: RegistryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

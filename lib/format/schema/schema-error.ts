// A schema that is wrong, as opposed to bytes that are. Thrown while a definition is read or a registry's schema is
// compiled; the registry formats turn the latter into a FormatError of each record that names the schema.

import { shortenStack } from '../../definition/shorten-stack.ts';

/** `INVALID_SCHEMA`: it makes no sense. `SCHEMA_MISMATCH`: values written with it cannot be read as the reader's. */
export type SchemaErrorCode = 'INVALID_SCHEMA' | 'SCHEMA_MISMATCH';

/** A schema that cannot be used; the message names the place in it. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
  readonly code: SchemaErrorCode;

  constructor(code: SchemaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    shortenStack(this);
  }
}

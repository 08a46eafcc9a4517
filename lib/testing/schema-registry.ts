// A schema registry in memory: what a definition with `confluent()` or `glue()` is given in a test.

import { FormatError } from '../format/format-error.ts';
import type { DataFormat, RegisteredSchema, SchemaRegistry } from '../format/registry/registry.ts';

/** A registry that has these schemas, by id: the text of an `.avsc` or `.proto` file, or an Avro schema as an object. */
export function schemaRegistry(
  dataFormat: DataFormat,
  schemas: Readonly<Record<string | number, string | object>>,
): SchemaRegistry {
  return {
    name: 'test registry',
    async fetchSchema(id): Promise<RegisteredSchema> {
      const schema = schemas[id];
      if (schema === undefined) {
        throw new FormatError(
          'UNKNOWN_SCHEMA',
          `the test registry has no schema ${id}, expected one of ${Object.keys(schemas).join(', ')}; add it to schemaRegistry()`,
        );
      }
      const text = typeof schema === 'string' ? schema : JSON.stringify(schema);
      return { id, dataFormat, text, references: [] };
    },
  };
}

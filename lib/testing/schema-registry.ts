// A schema registry in memory: what a definition with `confluent()` or `glue()` is given in a test.

import { ownValue } from '../format/bounds/plain-object.ts';
import { FormatError } from '../format/format-error.ts';
import { markOurs } from '../format/format.ts';
import type { DataFormat, RegisteredSchema, SchemaRegistry } from '../format/registry/registry.ts';

/** A registry that has these schemas, by id: the text of an `.avsc` or `.proto` file, or an Avro schema as an object. */
export function schemaRegistry(
  dataFormat: DataFormat,
  schemas: Readonly<Record<string | number, string | object>>,
): SchemaRegistry {
  return markOurs({
    name: 'test registry',
    async fetchSchema(id): Promise<RegisteredSchema> {
      const schema = ownValue(schemas, id);
      if (schema === undefined) {
        throw new FormatError(
          'UNKNOWN_SCHEMA',
          `the test registry does not have a schema, expected one of ${Object.keys(schemas).join(', ')}; the dead letter names it; add it to schemaRegistry()`,
          [`schema id ${id}`],
        );
      }
      const text = typeof schema === 'string' ? schema : JSON.stringify(schema);
      return { id, dataFormat, text, references: [] };
    },
  });
}

// The prefixes by which keys and values name their schema, put on as a registry's serializers do it.
// Source: Confluent, "Wire format"; awslabs/aws-glue-schema-registry, GlueSchemaRegistrySerializer.

/** How the records of a topic name their schemas. */
export interface Framing {
  readonly type: 'confluent' | 'glue';
  /** Id of the keys' schema, a UUID for Glue; undefined: keys name none. */
  readonly keySchema: string | undefined;
  readonly valueSchema: string | undefined;
}

const glueVersion = 3;
const gluePlain = 0;

/** Puts the prefix on. */
export function frame(type: Framing['type'], schemaId: string, payload: Uint8Array): Buffer {
  if (type === 'glue')
    return Buffer.concat([
      Buffer.of(glueVersion, gluePlain),
      Buffer.from(schemaId.replaceAll('-', ''), 'hex'),
      payload,
    ]);
  const prefix = Buffer.alloc(5); // a zero, then the id as a big-endian int32
  prefix.writeUInt32BE(Number(schemaId), 1);
  return Buffer.concat([prefix, payload]);
}

// A value as a definition's format reads it -> the bytes that a producer would have written.

import type { AvroSchema } from '../format/avro/schema.ts';
import { parseAvroSchema } from '../format/avro/schema.ts';
import type { Format } from '../format/format.ts';
import type { FormatShape } from '../format/schema/shape.ts';
import { encodeAvro } from './avro-encoder.ts';
import { EncodeError, kindOf } from './encode-error.ts';
import { encodeProtobuf } from './protobuf-encoder.ts';

/** How a framed value is written. */
export interface Writing {
  readonly schemaId?: number | string;
  readonly schema?: string | object;
}

/**
 * The bytes of a key or value; null where there is none. Bytes stay as they are. Without a format, text is UTF-8.
 *
 * @throws EncodeError `CANNOT_ENCODE`
 */
export function encode(
  format: Format<unknown> | undefined,
  part: 'key' | 'value',
  value: unknown,
  writing: Writing,
): Buffer | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length);
  const shape = format?.shape ?? (format === undefined ? ({ kind: 'text' } as const) : undefined);
  if (shape === undefined)
    throw new EncodeError(
      part,
      kindOf(value),
      `bytes, as format ${format?.name} does not say how it is written`,
    );
  return byShape(shape, part, value, writing);
}

function byShape(shape: FormatShape, part: string, value: unknown, writing: Writing): Buffer {
  switch (shape.kind) {
    case 'json':
      return toJson(part, value);
    case 'text':
      if (typeof value !== 'string') throw new EncodeError(part, kindOf(value), 'text or bytes');
      return Buffer.from(value);
    case 'bytes':
      throw new EncodeError(part, kindOf(value), 'bytes');
    case 'avro':
      return encodeAvro(parseAvroSchema(shape.schema as AvroSchema), value, part);
    case 'protobuf':
      return encodeProtobuf(shape, value, part);
    case 'framed':
      return Buffer.concat([toPrefix(shape.framing, writing), toPayload(shape, part, value, writing)]);
  }
}

function toJson(part: string, value: unknown): Buffer {
  let text: string | undefined;
  try {
    text = JSON.stringify(value) as string | undefined;
  } catch (cause) {
    throw new EncodeError(part, 'a bigint, a cycle or a toJSON that throws', 'what JSON can hold', cause);
  }
  if (text === undefined) throw new EncodeError(part, kindOf(value), 'what JSON can hold');
  return Buffer.from(text);
}

function toPayload(
  shape: Extract<FormatShape, { kind: 'framed' }>,
  part: string,
  value: unknown,
  { schema = shape.schema as AvroSchema | undefined }: Writing,
): Buffer {
  if (shape.dataFormat === 'JSON') return toJson(part, value);
  if (shape.dataFormat === 'AVRO' && schema !== undefined)
    return encodeAvro(parseAvroSchema(schema), value, part);
  const lacking = shape.dataFormat === 'AVRO' ? 'the `schema` that writes it' : 'framed bytes';
  throw new EncodeError(part, kindOf(value), lacking);
}

function toPrefix(framing: 'confluent' | 'glue', { schemaId = 1 }: Writing): Buffer {
  if (framing === 'confluent') {
    if (!/^\d+$/.test(String(schemaId)) || Number(schemaId) > 0xffff_ffff)
      throw new EncodeError('schemaId', kindOf(schemaId), 'a number 0..4294967295');
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(Number(schemaId), 1);
    return prefix;
  }
  const uuid = typeof schemaId === 'string' ? schemaId : String(schemaId).padStart(32, '0');
  const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex');
  if (bytes.length !== 16)
    throw new EncodeError('schemaId', kindOf(schemaId), 'the UUID of a schema version');
  return Buffer.concat([Buffer.from([3, 0]), bytes]);
}

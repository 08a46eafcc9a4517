// The prefixes by which keys and values name their schema, taken off as a mapping's poller does it; the functions' own
// formats do it for records that come to them unread.
// Source: Confluent, "Wire format"; awslabs/aws-glue-schema-registry, GlueSchemaRegistryDeserializerDataParser.
import { inflateSync } from 'node:zlib';
import { FormatError } from '../../../lib/format/format-error.ts';
import type { FormatSource } from '../../../lib/format/format.ts';

const confluentPrefixBytes = 5;
const gluePrefixBytes = 18;
const glueVersion = 3;
const gluePlain = 0;
const glueZlib = 5;

/** Splits off the prefix. @throws FormatError `NOT_FRAMED`, `CORRUPT` */
export function splitFraming(
  type: 'confluent' | 'glue',
  bytes: Buffer,
  { part, maxBytes }: Pick<FormatSource, 'part' | 'maxBytes'>,
): { readonly id: string; readonly payload: Buffer } {
  if (type === 'confluent') {
    if (bytes.length >= confluentPrefixBytes && bytes[0] === 0)
      return { id: String(bytes.readUInt32BE(1)), payload: bytes.subarray(confluentPrefixBytes) };
  } else if (bytes.length >= gluePrefixBytes && bytes[0] === glueVersion) {
    const id = toUuid(bytes);
    const payload = bytes.subarray(gluePrefixBytes);
    if (bytes[1] === gluePlain) return { id, payload };
    if (bytes[1] === glueZlib) {
      try {
        return { id, payload: inflateSync(payload, { maxOutputLength: maxBytes }) };
      } catch {
        throw new FormatError('CORRUPT', `${part} cannot be decompressed behind its Glue prefix`);
      }
    }
  }
  throw new FormatError('NOT_FRAMED', `${part} has no prefix of a ${type} schema registry`);
}

function toUuid(bytes: Buffer): string {
  const hex = bytes.toString('hex', 2, gluePrefixBytes);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

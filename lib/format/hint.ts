// A topic that is read by the wrong definition: what the bytes look like, and the setting to change. Words of ours alone, made when a
// record is refused: nothing of the bytes is in them.

import { detectCodec } from '../codec/detect.ts';

/** What a format reads. */
export type Expected = 'JSON' | 'text' | 'Avro' | 'Protobuf' | 'Confluent' | 'Glue';

/** What bytes look like, and what to do about it. */
export interface Hint {
  readonly looksLike: string;
  readonly remedy: string;
}

/** What `bytes` are rather than `expected`, or undefined when they look like nothing that is known. */
export function toHint(bytes: Buffer, expected: Expected): Hint | undefined {
  return (
    toPackedHint(bytes) ??
    toFramedHint(bytes, expected) ??
    toContainerHint(bytes) ??
    (expected === 'JSON' || expected === 'text' ? toEncodingHint(bytes) : toTextHint(bytes))
  );
}

/** `, which look like gzip` and `list 'gzip' in ...`, or nothing and `otherwise`. */
export function explain(
  bytes: Buffer,
  expected: Expected,
  otherwise: string,
): { readonly looks: string; readonly remedy: string } {
  const hint = toHint(bytes, expected);
  return hint === undefined
    ? { looks: '', remedy: otherwise }
    : { looks: `, which look like ${hint.looksLike}`, remedy: hint.remedy };
}

function toPackedHint(bytes: Buffer): Hint | undefined {
  const [layer] = detectCodec(bytes) ?? [];
  const isZlib = bytes[0] === 0x78 && [0x01, 0x5e, 0x9c, 0xda].includes(bytes[1] ?? 0);
  const codec = typeof layer === 'string' ? layer : isZlib ? 'zlib' : undefined;
  if (codec === undefined) return undefined;
  return {
    looksLike: codec,
    remedy: `list '${codec}' in the definition's compression, or let the producer write the header content-encoding: ${codec}`,
  };
}

function toFramedHint(bytes: Buffer, expected: Expected): Hint | undefined {
  const reader =
    expected === 'JSON' ? 'jsonReader()' : expected === 'Protobuf' ? 'protobufReader()' : 'avroReader()';
  // A zero before ASCII is UTF-16 text.
  if (expected !== 'Confluent' && bytes.length >= 5 && bytes[0] === 0 && !isUtf16(bytes))
    return {
      looksLike: "Confluent's prefix and a value",
      remedy: `read it with confluent({ reader: ${reader} })`,
    };
  if (expected !== 'Glue' && bytes.length >= 18 && bytes[0] === 3 && (bytes[1] === 0 || bytes[1] === 5))
    return { looksLike: "Glue's prefix and a value", remedy: `read it with glue({ reader: ${reader} })` };
  return undefined;
}

function toContainerHint(bytes: Buffer): Hint | undefined {
  if (startsWith(bytes, 0x4f, 0x62, 0x6a, 0x01))
    return {
      looksLike: 'an Avro object container file',
      remedy: 'let the producer write each record as bare Avro, or behind a registry prefix',
    };
  if (startsWith(bytes, 0xc3, 0x01))
    return {
      looksLike: "Avro's single-object encoding",
      remedy: 'let the producer write bare Avro, or use a schema registry',
    };
  return undefined;
}

function toEncodingHint(bytes: Buffer): Hint | undefined {
  if (startsWith(bytes, 0xef, 0xbb, 0xbf))
    return {
      looksLike: 'text behind a byte order mark',
      remedy: "set json({ byteOrderMark: 'skip' }), or let the producer write none",
    };
  if (isUtf16(bytes)) return { looksLike: 'UTF-16', remedy: 'let the producer write UTF-8' };
  if (startsWith(bytes, 0x65, 0x79, 0x4a))
    return {
      looksLike: 'JSON in base64',
      remedy: 'let the producer write the header content-encoding: base64, or JSON as it is',
    };
  return undefined;
}

function toTextHint(bytes: Buffer): Hint | undefined {
  if (bytes[0] === 0x7b && bytes.at(-1) === 0x7d) return { looksLike: 'JSON', remedy: 'read it with json()' };
  return undefined;
}

function isUtf16(bytes: Buffer): boolean {
  if (startsWith(bytes, 0xff, 0xfe) || startsWith(bytes, 0xfe, 0xff)) return true;
  if (bytes.length < 4 || bytes.length % 2 !== 0) return false;
  const [a, b, c, d] = bytes;
  return (a === 0 && c === 0 && b! > 0 && d! > 0) || (b === 0 && d === 0 && a! > 0 && c! > 0);
}

function startsWith(bytes: Buffer, ...start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}

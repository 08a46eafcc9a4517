// A topic read by the wrong definition: what its records look like, and the setting to change.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import { avro, bytes, confluent, glue, json, jsonReader, text, type Format } from '../../../lib/index.ts';
import { protobuf } from '../../../lib/format/protobuf.ts';
import { createConsumer, defineConsumer } from '../../../lib/index.ts';
import { createMemoryStore } from '../../support/dead-letters.ts';
import { createSource } from '../../support/format-source.ts';
import { toContext, toEvent } from '../../support/events.ts';
import { KeptLogger } from '../../support/log.ts';
import { frameConfluent, frameGlue } from './registry/framing.ts';

const source = createSource();
const uuid = '00000000-0000-4000-8000-000000000001';
const document = Buffer.from('{"name":"John Doe"}');
const formats: Readonly<Record<string, Format<unknown>>> = {
  json: json(),
  text: text(),
  avro: avro({
    type: 'record',
    name: 'R',
    fields: [{ name: 'id', type: { type: 'fixed', name: 'F', size: 99 } }],
  }),
  protobuf: protobuf({ proto: 'syntax = "proto3"; message M { string name = 1; }', message: 'M' }),
  confluent: confluent({ reader: jsonReader() }),
  glue: glue({ reader: jsonReader() }),
};

function saidOf(format: string, value: Buffer): string {
  let message = '';
  assert.throws(
    () => formats[format]!.decode(value, source),
    (error: Error) => {
      ({ message } = error);
      return error.name === 'FormatError';
    },
  );
  assert.ok(!/John|Doe|name":/.test(message), message);
  return message;
}

const cases: readonly (readonly [what: string, value: Buffer, formats: readonly string[], says: RegExp])[] = [
  [
    "Confluent's prefix",
    frameConfluent(1, document),
    ['json', 'avro', 'protobuf', 'glue'],
    /confluent\(\{ reader/,
  ],
  ["Glue's prefix", frameGlue(uuid, document), ['json', 'avro', 'protobuf', 'confluent'], /glue\(\{ reader/],
  [
    "Glue's prefix and zlib",
    frameGlue(uuid, document, 'zlib'),
    ['json', 'text', 'confluent'],
    /glue\(\{ reader/,
  ],
  [
    'an Avro container',
    Buffer.concat([Buffer.from('Obj\u0001'), document]),
    ['json', 'avro', 'glue'],
    /container file/,
  ],
  [
    'an Avro object',
    Buffer.concat([Buffer.from('c301', 'hex'), document]),
    ['json', 'text', 'confluent'],
    /single-object/,
  ],
  [
    'gzip',
    gzipSync(document),
    ['json', 'text', 'avro', 'protobuf', 'confluent', 'glue'],
    /list 'gzip' in the definition/,
  ],
  ['zlib', deflateSync(document), ['json', 'text', 'confluent'], /list 'zlib'/],
  ['zstd', zstdCompressSync(document), ['json', 'text', 'avro', 'protobuf'], /list 'zstd'/],
  ['lz4', compressFrameSync(document), ['json', 'text', 'avro', 'protobuf'], /content-encoding: lz4/],
  [
    'a byte order mark',
    Buffer.concat([Buffer.from('efbbbf', 'hex'), document]),
    ['json'],
    /byteOrderMark: 'skip'/,
  ],
  ['UTF-16', Buffer.from(document.toString(), 'utf16le'), ['json'], /UTF-16/],
  ['UTF-16 with a mark', Buffer.from(`\ufeff${document.toString()}`, 'utf16le'), ['json', 'text'], /UTF-16/],
  ['UTF-16, big-endian', Buffer.from(document.toString(), 'utf16le').swap16(), ['json'], /UTF-16/],
  ['base64', Buffer.from(document.toString('base64')), ['json'], /content-encoding: base64/],
  ['JSON', document, ['avro', 'protobuf', 'confluent', 'glue'], /json\(\)/],
  ['nothing', Buffer.alloc(0), ['json'], /null value where it means a deletion/],
];

for (const [what, value, names, says] of cases) {
  test(`tells ${what} to ${names.join(', ')}, and the setting to change`, () => {
    for (const name of names) assert.match(saidOf(name, value), says, name);
  });
}

test('guesses nothing of bytes that look like nothing', () => {
  for (const name of ['json', 'text', 'avro', 'protobuf', 'confluent', 'glue'])
    assert.ok(!saidOf(name, Buffer.from('ff74686973207468617421', 'hex')).includes('look like'), name);
});

test('reads text behind a byte order mark on request, and keeps it in text()', () => {
  const marked = Buffer.concat([Buffer.from('efbbbf', 'hex'), document]);
  assert.deepEqual(json({ byteOrderMark: 'skip' }).decode(marked, source), { name: 'John Doe' });
  assert.deepEqual(json({ byteOrderMark: 'skip' }).decode(document, source), { name: 'John Doe' });
  assert.equal(text().decode(marked, source), `\ufeff${document.toString()}`);
});

/** What a consumer makes of one record: its value, or the code of its dead letter. */
async function consumed(definition: object, value: Buffer, contentEncoding?: string): Promise<unknown> {
  const store = createMemoryStore();
  let seen: unknown;
  const handler = createConsumer(
    defineConsumer({ name: 'test', topic: 'orders', ...definition }),
    { record: (record) => void (seen = record.value) },
    { deadLetters: store, logger: new KeptLogger({ serviceName: 'test' }), metrics: false, retention: false },
  );
  const headers = contentEncoding === undefined ? [] : ([['content-encoding', contentEncoding]] as const);
  await handler(toEvent([{ offset: 0, value, headers }]), toContext());
  return store.letters[0]?.error.code ?? seen;
}

test('takes a content-encoding of no packing for none, quoted or not', async () => {
  for (const name of ['utf-8', 'UTF8', 'identity', 'none', 'binary', '8bit', '"utf-8"', '"identity"'])
    assert.deepEqual(await consumed({ value: json() }, document, name), { name: 'John Doe' }, name);
  for (const name of ['"gzip"', "'gzip'", '"gzip, identity"', 'gzip, "utf-8"'])
    assert.deepEqual(await consumed({ value: json() }, gzipSync(document), name), { name: 'John Doe' }, name);
  assert.equal(await consumed({ value: json() }, document, 'aws-chunked'), 'UNKNOWN_CODEC');
  assert.deepEqual(await consumed({ value: json(), compression: 'none' }, document, 'aws-chunked'), {
    name: 'John Doe',
  });
});

test('unpacks a format of any bytes by its header or its definition, never by a magic number alone', async () => {
  const packed = gzipSync(document);
  assert.deepEqual(await consumed({ value: bytes() }, packed), packed);
  assert.deepEqual(await consumed({ value: bytes() }, packed, 'gzip'), document);
  assert.deepEqual(await consumed({ value: bytes(), compression: ['gzip'] }, packed), document);
  const bare = avro({ type: 'fixed', name: 'F', size: packed.length });
  assert.deepEqual(await consumed({ value: bare }, packed), packed);
  assert.equal(await consumed({ value: formats['protobuf'] }, packed), 'CORRUPT');
  assert.equal(await consumed({ value: text() }, packed), document.toString());
});

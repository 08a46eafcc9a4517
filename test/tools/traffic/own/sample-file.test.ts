// What a line of a sample is, and how one that is none is named.

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { readSamples, type SampleLine } from '../../../../tools/traffic/own/sample-file.ts';

async function read(text: string | Buffer): Promise<readonly SampleLine[]> {
  const lines: SampleLine[] = [];
  for await (const line of readSamples(Readable.from([text]), 'sample.ndjson')) lines.push(line);
  return lines;
}

const records = async (text: string): Promise<unknown> => (await read(text)).map(({ record }) => record);

test('takes a line for a record if it has a value and nothing that a record has not, else for a value', async () => {
  const text = [
    '{"value":{"id":"a"}}',
    '{"key":"k","value":null,"headers":{"h":"v"},"partition":2,"timestamp":5}',
    '{"value":1,"timestamp":"2026-11-30T00:00:00Z"}',
    '{"value":1,"currency":"EUR"}',
    '{"key":"k"}',
    '"text"',
    'null',
  ].join('\n');
  assert.deepEqual(await records(text), [
    { value: { id: 'a' } },
    { key: 'k', value: null, headers: { h: 'v' }, partition: 2, timestampMs: 5 },
    { value: 1, timestampMs: Date.UTC(2026, 10, 30) },
    { value: { value: 1, currency: 'EUR' } },
    { value: { key: 'k' } },
    { value: 'text' },
    { value: null },
  ]);
});

test('names each record by its line, past empty lines, line ends of Windows and a byte order mark', async () => {
  const lines = await read('\uFEFF{"id":1}\r\n\r\n{"id":2}');
  assert.deepEqual(
    lines.map(({ place }) => place),
    ['sample.ndjson:1', 'sample.ndjson:3'],
  );
});

test('splits at line feeds only, since a text of JSON may hold the other separators of lines', async () => {
  const text = '\u2028 \u2029 \u0085';
  const lines = await read(`${JSON.stringify({ text })}\n${JSON.stringify({ text })}`);
  assert.deepEqual(
    lines.map(({ place, record }) => [place, record.value]),
    [
      ['sample.ndjson:1', { text }],
      ['sample.ndjson:2', { text }],
    ],
  );
});

test('refuses a line that is not UTF-8, which it would have to change', async () => {
  const line = Buffer.from('{"id":"x"}\n{"id":"secret\xff"}', 'latin1');
  await assert.rejects(read(line), {
    code: 'TRAFFIC_FILE',
    message:
      'no record at sample.ndjson:2, got 16 bytes that are not UTF-8, expected UTF-8, or bytes as {"base64": "..."}',
  });
});

test('names a line that is no record, and does not quote it', async () => {
  for (const [line, says] of [
    ['{"secret":', /no record at sample\.ndjson:2, got 10 characters that are not JSON/],
    ['{"value":"secret","headers":[]}', /headers that are no object/],
    ['{"value":"secret","partition":-1}', /partition/],
    ['{"value":"secret","timestamp":"soon"}', /timestamp/],
  ] as const) {
    await assert.rejects(read(`{"id":1}\n${line}`), (error: Error & { readonly code?: string }) => {
      assert.equal(error.code, 'TRAFFIC_FILE');
      assert.match(error.message, says);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  }
});

test('names a file that cannot be read', async () => {
  const lines = readSamples('/nowhere/sample.ndjson', 'sample.ndjson');
  await assert.rejects(lines.next(), { code: 'TRAFFIC_FILE', message: /from sample\.ndjson, got ENOENT/ });
});

// The archive consumer as it is deployed, against a real S3 endpoint: what a lane leaves behind, and what a second
// delivery changes.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gunzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { S3Client, UploadPartCommand, type CreateMultipartUploadOutput } from '@aws-sdk/client-s3';
import { createArchiver } from '../../../handlers/archive/archiver.ts';
import { readCompression } from '../../../handlers/archive/compression.ts';
import { archive } from '../../../handlers/archive/consumer.ts';
import { createConsumer, type ConsumerHandler } from '../../../lib/index.ts';
import { digest64 } from '../../../tools/traffic/digest.ts';
import { readArchive, type ArchivedRecord } from '../../../tools/proof/readers/read-archive.ts';
import { reportedOf, toContext, toEvent, type TestRecord } from '../../support/events.ts';
import { KeptLogger } from '../../support/log.ts';
import { toNoise, toOrder } from '../orders.ts';
import { collect, startSurroundings, type Surroundings } from '../surroundings.ts';

let around: Surroundings;
let handler: ConsumerHandler;

before(async () => {
  around = await startSurroundings();
  ({ handler } = await import('../../../handlers/archive/handler.ts'));
});

after(async () => {
  await around.stop();
});

function key(topic: string, partition: number, offset: number, extension = 'zst'): string {
  return `archive/${topic}/${partition}/${String(offset).padStart(20, '0')}-1767225600000.ndjson.${extension}`;
}

async function archived(topic: string): Promise<ArchivedRecord[]> {
  return (await collect(readArchive(around.s3, 'archive'))).filter((record) => record.topic === topic);
}

async function readLines(objectKey: string): Promise<string[]> {
  const text = zstdDecompressSync(await around.read('archive', objectKey)).toString();
  assert.ok(text.endsWith('\n'));
  return text.slice(0, -1).split('\n');
}

function orders(topic: string, partition: number, offsets: readonly number[]): TestRecord[] {
  return offsets.map((offset) => ({
    topic,
    partition,
    offset,
    key: `key-${offset}`,
    value: JSON.stringify(toOrder(`order-${offset}`)),
  }));
}

test('writes one object per partition, a line per record, named after the first offset', async () => {
  const event = toEvent([...orders('plain', 0, [5, 6, 7]), ...orders('plain', 1, [40])]);
  assert.deepEqual(await handler(event, toContext()), { batchItemFailures: [] });
  assert.deepEqual(await around.list('archive', 'archive/plain/'), [key('plain', 0, 5), key('plain', 1, 40)]);
  const lines = await readLines(key('plain', 0, 5));
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { value: { orderId: string } }).value.orderId),
    ['order-5', 'order-6', 'order-7'],
  );
});

test('keeps every form of key, value and header', async () => {
  const binary = Uint8Array.of(0xff, 0xfe, 0);
  const event = toEvent([
    {
      topic: 'forms',
      offset: 0,
      headers: [],
      key: 'k',
      value: '{\r\n "price": 1.10,\n "id": 12345678901234567890 }',
    },
    { topic: 'forms', offset: 1, headers: [], key: null, value: 'no json, "quoted"\n' },
    { topic: 'forms', offset: 2, headers: [], key: binary, value: null },
    {
      topic: 'forms',
      offset: 3,
      key: '',
      value: '',
      headers: [
        ['trace', 'ä'],
        ['raw', binary],
        ['trace', '2'],
      ],
    },
    { topic: 'forms', offset: 4, headers: [], key: ',"value":', value: 'null' },
    { topic: 'forms', offset: 5, headers: [], key: 'sep', value: '"\u2028"' },
  ]);
  assert.deepEqual(await handler(event, toContext()), { batchItemFailures: [] });
  const place = (offset: number): string =>
    `{"topic":"forms","partition":0,"offset":${offset},"timestamp":1767225600000`;
  assert.deepEqual(await readLines(key('forms', 0, 0)), [
    `${place(0)},"key":"k","headers":[],"value":{   "price": 1.10,  "id": 12345678901234567890 }}`,
    String.raw`${place(1)},"key":null,"headers":[],"valueText":"no json, \"quoted\"\n"}`,
    `${place(2)},"keyBase64":"//4A","headers":[],"value":null,"tombstone":true}`,
    `${place(3)},"key":"","headers":[["trace","ä"],["raw","//4A","base64"],["trace","2"]],"valueText":""}`,
    String.raw`${place(4)},"key":",\"value\":","headers":[],"value":null}`,
    `${place(5)},"key":"sep","headers":[],"value":"\u2028"}`,
  ]);
  const read = await archived('forms');
  assert.deepEqual(
    read.map(({ key }) => key),
    ['k', null, Buffer.from(binary), '', ',"value":', 'sep'],
  );
  assert.deepEqual(
    read.slice(1).map(({ digest }) => digest),
    ['no json, "quoted"\n', undefined, '', 'null', '"\u2028"'].map((text) =>
      text === undefined ? undefined : digest64(text),
    ),
  );
});

test('leaves the same objects when a batch is delivered again, whole or in halves', async () => {
  const whole = orders('again', 2, [10, 11, 12, 13]);
  await handler(toEvent(whole), toContext());
  await handler(toEvent(whole), toContext());
  assert.equal((await readLines(key('again', 2, 10))).length, 4);

  await handler(toEvent(whole.slice(0, 2)), toContext());
  await handler(toEvent(whole.slice(2)), toContext());
  assert.deepEqual(await around.list('archive', 'archive/again/'), [
    key('again', 2, 10),
    key('again', 2, 12),
  ]);
  const read = await archived('again');
  assert.deepEqual(
    read.map(({ offset }) => offset),
    [10, 11, 12, 13],
  );
});

test('keeps the objects of a topic when it is made again', async () => {
  const made = (timestamp: number): TestRecord[] => [{ topic: 'remade', offset: 0, value: 'x', timestamp }];
  await handler(toEvent(made(1)), toContext());
  await handler(toEvent(made(2)), toContext());
  assert.equal((await archived('remade')).length, 2);
});

test('dead-letters what cannot be opened and archives the rest of its lane', async () => {
  const [first, last] = orders('poison', 0, [0, 3]) as [TestRecord, TestRecord];
  const event = toEvent([
    first,
    { topic: 'poison', offset: 1, value: Buffer.from('04224d18ffffffffffff', 'hex') },
    { topic: 'poison', offset: 2, value: zstdCompressSync(Buffer.alloc(1_048_577, 32)) },
    last,
  ]);
  assert.deepEqual(await handler(event, toContext()), { batchItemFailures: [] });
  assert.equal((await readLines(key('poison', 0, 0))).length, 2);
  assert.deepEqual(await around.deadLetters(), ['0@1 archive CORRUPT', '0@2 archive TOO_LARGE']);
});

test('writes no object when nothing of a lane can be archived', async () => {
  const event = toEvent([{ topic: 'nothing', offset: 0, value: Uint8Array.of(0xff) }]);
  assert.deepEqual(await handler(event, toContext()), { batchItemFailures: [] });
  assert.deepEqual(await around.list('archive', 'archive/nothing/'), []);
});

// As LZ4, which does less than the zstd that the values came in, so that the object needs parts.
function largeEvent(topic: string): {
  readonly event: ReturnType<typeof toEvent>;
  readonly values: string[];
} {
  const values = Array.from({ length: 8 }, () => toNoise(1_000_000));
  const records = values.map((value, offset) => ({ topic, offset, value: zstdCompressSync(value) }));
  return { event: toEvent(records), values };
}

test('uploads a large lane in parts', async () => {
  const compression = readCompression({ ARCHIVE_COMPRESSION: 'lz4' });
  const client = new S3Client({});
  const consumer = createConsumer(archive, createArchiver({ client, bucket: 'archive', compression }));
  const { event, values } = largeEvent('large');
  assert.deepEqual(await consumer(event, toContext()), { batchItemFailures: [] });
  client.destroy();
  const size = (await around.read('archive', key('large', 0, 0, 'lz4'))).length;
  assert.ok(size > 5 * 1024 * 1024, `${size} bytes`);
  const read = await archived('large');
  assert.deepEqual(
    read.map(({ digest }) => digest),
    values.map((value) => digest64(value)),
  );
});

test('takes the parts of an upload back when the deadline cuts it', async () => {
  const client = new S3Client({});
  const controller = new AbortController();
  let uploadId: string | undefined;
  // The real client, which gives up once the upload has begun: what a deadline does at that moment.
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      if (context.commandName === 'CreateMultipartUploadCommand')
        uploadId = (result.output as CreateMultipartUploadOutput).UploadId;
      if (context.commandName === 'UploadPartCommand') controller.abort();
      return result;
    },
    { step: 'initialize' },
  );
  const compression = readCompression({ ARCHIVE_COMPRESSION: 'lz4' });
  const archiver = createArchiver({ client, bucket: 'archive', compression });
  const consumer = createConsumer(
    archive,
    { batch: (records, context) => archiver.batch(records, { ...context, signal: controller.signal }) },
    { logger: new KeptLogger() },
  );
  const response = await consumer(largeEvent('cut').event, toContext());
  client.destroy();
  assert.equal(reportedOf(response).length, 8);
  assert.deepEqual(await around.list('archive', 'archive/cut/'), []);
  assert.ok(uploadId);
  const part = {
    Bucket: 'archive',
    Key: key('cut', 0, 0, 'lz4'),
    UploadId: uploadId,
    PartNumber: 1,
    Body: 'late',
  };
  await assert.rejects(around.s3.send(new UploadPartCommand(part)), { name: 'NoSuchUpload' });
});

test('reports a lane whose object cannot be written, and only that lane', async () => {
  const client = new S3Client({});
  const archiver = createArchiver({ client, bucket: 'no-such-bucket', compression: readCompression({}) });
  const logger = new KeptLogger();
  const consumer = createConsumer(archive, archiver, { logger });
  const response = await consumer(toEvent(orders('lost', 3, [1, 2])), toContext());
  client.destroy();
  assert.deepEqual(reportedOf(response), ['lost-3@1', 'lost-3@2']);
  assert.ok(!JSON.stringify(logger.lines).includes('order-1'));
});

test('compresses with gzip when told to', async () => {
  const client = new S3Client({});
  const compression = readCompression({ ARCHIVE_COMPRESSION: 'gzip' });
  const consumer = createConsumer(archive, createArchiver({ client, bucket: 'archive', compression }));
  await consumer(toEvent(orders('gzip', 0, [0, 1])), toContext());
  client.destroy();
  const lines = gunzipSync(await around.read('archive', key('gzip', 0, 0, 'gz'))).toString();
  assert.equal(lines.split('\n').length, 3);
  const read = await archived('gzip');
  assert.equal(read.length, 2);
});

test('refuses a compression that it does not know', () => {
  assert.throws(() => readCompression({ ARCHIVE_COMPRESSION: 'rar' }), {
    code: 'INVALID_ENVIRONMENT',
    variable: 'ARCHIVE_COMPRESSION',
  });
});

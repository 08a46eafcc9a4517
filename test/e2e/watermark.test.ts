// A batch that needs more memory than its function has: with the watermark it is progress over a few deliveries, without
// it the function is killed. Real bundles in sandboxes that are killed at their memory size.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Message } from 'kafkajs';
import type { LocalEvent } from '../../tools/local/events.ts';
import { startLocalCluster, type LocalCluster } from '../support/local-cluster.ts';
import { until } from '../support/until.ts';

let cluster: LocalCluster;
before(async () => {
  cluster = await startLocalCluster();
});
after(async () => {
  await cluster.close();
});

const recordCount = 60;
const recordBytes = 2_000_000;
const marker = 'PLANTED-MARKER';

/** Gathers a whole lane and writes it at its end, as bulk writers do: 120 MB, in a function of 128. */
const gathering = (topic: string, preamble = ''): string => `
  import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3';
  import { createConsumer, defineConsumer, text } from '../../lib/index.ts';
  ${preamble}
  const s3 = new S3Client({});
  const config = defineConsumer({ name: '${topic}', topic: '${topic}', value: text(),
    limits: { maxDecompressedBytesPerRecord: 4_194_304, maxDecompressedBytesInFlight: 4_194_304 } });
  export const handler = createConsumer(config, {
    async batch(records, { topic, partition }) {
      const rows = [];
      for await (const { offset, value } of records) rows.push({ offset, value });
      for (const { offset, value } of rows)
        await s3.send(new PutObjectCommand({ Bucket: process.env.STORE, Key: String(offset), Body: String(value.length) }));
    },
  }, { deadLetters: { store: () => Promise.reject(new Error('no record of this test may fail')) } });`;

const messages: readonly Message[] = Array.from({ length: recordCount }, (_, index) => ({
  partition: 0,
  key: `${marker}-key-${index}`,
  headers: { secret: `${marker}-header-${index}` },
  value: gzipSync(`${marker}-value-${index} `.padEnd(recordBytes, `${index}`)),
}));

async function start(topic: string, preamble?: string) {
  const resources = { [`Store${topic}`]: { Type: 'AWS::S3::Bucket' } };
  const ends = await cluster.produce(topic, messages);
  const consumer = {
    name: topic,
    source: gathering(topic, preamble),
    environment: { STORE: { Ref: `Store${topic}` } },
    function: { Timeout: 60 },
    mapping: { Topics: [topic], MaximumRetryAttempts: 9, BisectBatchOnFunctionError: false },
  };
  return { ...(await cluster.run([consumer], { resources })), ends };
}

const invocations = (
  events: readonly LocalEvent[],
): readonly Extract<LocalEvent, { readonly kind: 'invocation' }>[] =>
  events.filter((event) => event.kind === 'invocation');
const linesOf = (events: readonly LocalEvent[]): readonly string[] =>
  events.flatMap((event) => (event.kind === 'log' ? [event.line] : []));

describe('a batch that needs more memory than there is', { timeout: 120_000 }, () => {
  test('lands over a few deliveries, without a kill, and no line quotes a record', async () => {
    const { local, events, ends } = await start('gathered');
    await local.drained(ends);
    const stored = await cluster.readBucket('app-storegathered');
    assert.deepEqual(
      new Map([...stored].toSorted(([a], [b]) => Number(a) - Number(b))),
      new Map(messages.map((_, offset) => [String(offset), String(recordBytes)])),
    );
    const runs = invocations(events);
    const told = runs.map(({ status, records, failed, memoryMb }) => ({ status, records, failed, memoryMb }));
    assert.ok(
      runs.every(({ status }) => status === 'ok' || status === 'partial'),
      JSON.stringify(told),
    );
    assert.ok(runs.length > 1 && runs.length <= 8, JSON.stringify(told));
    await local.close();

    const lines = linesOf(events);
    for (const line of lines) assert.ok(!line.includes(marker), line);
    const warnings = lines.filter((line) => line.includes('memory is near its limit, records declined'));
    assert.equal(warnings.length, runs.filter(({ failed }) => failed > 0).length);
    const metrics = lines.flatMap((line) =>
      line.startsWith('{"_aws"') ? [JSON.parse(line) as Metrics] : [],
    );
    assert.equal(metrics.length, runs.length);
    assert.equal(
      metrics.reduce((sum, { RecordsDone }) => sum + RecordsDone, 0),
      recordCount,
    );
    assert.equal(
      metrics.reduce((sum, { RecordsDeclined }) => sum + RecordsDeclined, 0),
      runs.reduce((sum, { failed }) => sum + failed, 0),
    );
  });

  test('is killed without the watermark', async () => {
    const { local, events } = await start('killed', 'delete process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE;');
    await until(() => invocations(events).length > 0);
    await local.close();
    assert.equal(invocations(events)[0]?.errorType, 'Runtime.OutOfMemory');
  });
});

interface Metrics {
  readonly RecordsDone: number;
  readonly RecordsDeclined: number;
}

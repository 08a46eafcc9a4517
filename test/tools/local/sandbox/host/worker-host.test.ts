// Invocations side by side in the worker threads of AWS's own runtime client, in one process under its memory cap.
import { toLambdaFunction } from '../../../../support/lambda-function.ts';
import assert from 'node:assert/strict';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import { bundleSettings } from '../../../../../infra/function/bundle-settings.ts';
import { chooseMemoryCap } from '../../../../../tools/local/sandbox/memory/memory-cap.ts';
import { startWorkerHost } from '../../../../../tools/local/sandbox/host/worker-host.ts';
import { toEvent } from '../../../../support/events.ts';
import { findRic } from '../../../../support/ric.ts';
import { until } from '../../../../support/until.ts';

const { entry, skip } = await findRic();
const budgetBytes = 16 * 1_048_576;
const threads = 8;

const source = `
  import { createConsumer, defineConsumer, json } from '../../../../../lib/index.ts';
  const deadLetters = { store: () => Promise.reject(new Error('no record of this test may fail')) };
  const config = defineConsumer({ name: 'workers', topic: 'orders', value: json(), order: 'none', concurrency: 4 });
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  export const handler = createConsumer(config, {
    async record(record, { requestId }) {
      const { invocation, offset } = record.value;
      await pause(offset % 7);
      if (record.value.invocation !== invocation || record.offset !== offset) throw new Error('not this record');
      process.stdout.write(JSON.stringify({ seen: invocation + '/' + offset, requestId }) + '\\n');
    },
  }, { deadLetters });`;

interface Line {
  readonly seen?: string;
  readonly requestId?: string;
  readonly tailrace?: Readonly<
    Record<'declined' | 'done' | 'inFlightPeakBytes' | 'records' | 'retried', number>
  >;
}

describe('on Managed Instances', { skip, timeout: 120_000 }, () => {
  let folder = '';
  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'tailrace-workers-')));
    const stdin = { contents: source, resolveDir: import.meta.dirname, loader: 'ts' } as const;
    await build({ ...bundleSettings, write: true, stdin, outfile: join(folder, 'index.mjs') });
  });
  after(async () => await rm(folder, { recursive: true, force: true }));

  test('16 events of 6 MB at once in 8 threads of 2 GB are all processed, within one byte budget', async () => {
    const lines: Line[] = [];
    const other: string[] = [];
    const host = await startWorkerHost({
      fn: toLambdaFunction('workers', { assetPath: folder, memoryMb: 2048, logFormat: 'JSON' }),
      ric: entry,
      threads,
      concurrency: 16,
      accountId: '000000000000',
      region: 'us-east-1',
      endpoints: {},
      onLog(stream, line) {
        if (stream !== 'platform' && line.startsWith('{')) lines.push(JSON.parse(line) as Line);
        else if (stream !== 'platform') other.push(line);
      },
    });
    try {
      for (const round of [0, 1]) {
        const numbers = Array.from({ length: 16 }, (_, i) => round * 16 + i);
        const events = numbers.map((number) => toLargeEvent(number, number % 2 === 0 ? 90 : 7));
        assert.ok(events.every(({ text }) => text.length > 5_900_000 && text.length < 6_291_556));
        const invocations = await Promise.all(
          events.map(async ({ text }) => await host.invoke({ event: text })),
        );
        assert.deepEqual(
          invocations.map(({ result }) => (result.kind === 'response' ? result.body : result)),
          invocations.map(() => '{"batchItemFailures":[]}'),
          other.join('\n'),
        );
        // A worker's lines go through its parent's thread, its response does not: they may come after it.
        const toSummaries = (): number => lines.filter(({ tailrace }) => tailrace !== undefined).length;
        await until(() => toSummaries() === (round + 1) * 16, 'each invocation logs its summary');
        const expected = events.flatMap(({ places }) => places);
        const seen = lines.flatMap((line) => line.seen ?? []);
        assert.deepEqual(seen.splice(-expected.length).toSorted(), expected.toSorted());
      }
      const summaries = lines.flatMap(({ tailrace }) => tailrace ?? []);
      for (const { declined, inFlightPeakBytes, retried } of summaries) {
        assert.deepEqual([declined, retried], [0, 0]);
        assert.ok(
          inFlightPeakBytes > 0 && inFlightPeakBytes <= budgetBytes / threads,
          String(inFlightPeakBytes),
        );
      }
      const peakMb = await host.peakMemoryMb();
      assert.ok(peakMb > 200 && peakMb < 2048, `${peakMb} MB under ${chooseMemoryCap()}`);
    } finally {
      await host.close();
    }
  });

  test('reads files while every thread waits for its next event', async () => {
    const reader = await realpath(await mkdtemp(join(tmpdir(), 'tailrace-workers-')));
    // Each of the eight threads takes one of libuv's while it waits; Node gives that pool four.
    await writeFile(
      join(reader, 'index.mjs'),
      `import { readFile } from 'node:fs/promises';
       export const handler = async () => (await readFile(new URL(import.meta.url), 'utf8')).length > 0;`,
    );
    const host = await startWorkerHost({
      fn: toLambdaFunction('readers', { assetPath: reader, memoryMb: 2048, timeoutSeconds: 10 }),
      ric: entry,
      threads,
      concurrency: threads,
      accountId: '000000000000',
      region: 'us-east-1',
      endpoints: {},
      onLog() {},
    });
    try {
      assert.equal(await host.started, undefined);
      const { result } = await host.invoke({ event: '{}' });
      assert.deepEqual(result, { kind: 'response', body: 'true' });
    } finally {
      await host.close();
      await rm(reader, { recursive: true, force: true });
    }
  });
});

/** An event of 6 MB of so many records, and where its records stand. */
function toLargeEvent(
  invocation: number,
  count: number,
): { readonly text: string; readonly places: readonly string[] } {
  const bytes = Math.floor(4_490_000 / count) - 60;
  const rows = (offset: number): object[] =>
    Array.from({ length: Math.floor(bytes / 30) }, (_, i) => ({
      id: i % 10,
      at: `x${((i * 7919 + offset) % 900_000) + 100_000}`,
    }));
  const records = Array.from({ length: count }, (_, offset) => ({
    partition: offset % 3,
    offset,
    value: JSON.stringify({ invocation, offset, rows: rows(offset) }).padEnd(bytes, ' '),
  }));
  return {
    text: JSON.stringify(toEvent(records)),
    places: records.map(({ offset }) => `${invocation}/${offset}`),
  };
}

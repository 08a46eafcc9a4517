// The metrics line as a process prints it: a child runs a consumer as Lambda would, and its output is read.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';

const root = new URL('../../../', import.meta.url);

/** Everything that a consumer of four records prints in two invocations. */
async function outputOf(
  environment: Readonly<Record<string, string>>,
  options = '',
): Promise<readonly Record<string, unknown>[]> {
  const script = `
    import { createConsumer, DeadLetterError, defineConsumer, SkipError, json } from './lib/index.ts';
    import { toContext, toEvent } from './test/support/events.ts';
    const config = defineConsumer({ name: 'orders', topic: 'orders', value: json() });
    const handler = createConsumer(config, { record(record) {
      record.keep();
      if (record.offset === 1) throw new SkipError('PLANTED-SKIP ' + record.value.secret);
      if (record.offset === 2) throw new DeadLetterError('NO', 'no ' + record.value.secret);
      if (record.offset === 3) throw new Error(record.value.secret + record.key + record.headers.text('h'));
    } }, { deadLetters: { store: async () => 'memory://' }, ${options} });
    for (let turn = 0; turn < 2; turn++) {
      await handler(toEvent([0, 1, 2, 3].map((offset) => ({
        offset, key: 'PLANTED-KEY-000000', timestamp: Date.now() - 1000,
        value: JSON.stringify({ secret: 'PLANTED-VALUE-0123456789' }), headers: [['h', 'PLANTED-HEADER-000000']],
      }))), toContext());
    }`;
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { cwd: root, env: { PATH: process.env['PATH'], ...environment } },
  );
  assert.doesNotMatch(stdout + stderr, /PLANTED|0123456789/);
  const lines = (stdout + stderr).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const lambda = { AWS_LAMBDA_FUNCTION_NAME: 'orders-fn', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024' };
const metricsOf = (lines: readonly Record<string, unknown>[]): Record<string, unknown>[] =>
  lines.filter((line) => '_aws' in line);

const units = {
  RecordsReceived: 'Count',
  RecordsDone: 'Count',
  RecordsSkipped: 'Count',
  RecordsDeadLettered: 'Count',
  RecordsRetried: 'Count',
  RecordsDeclined: 'Count',
  EventBytes: 'Bytes',
  DecodedBytes: 'Bytes',
  DecompressedBytes: 'Bytes',
  InFlightBytesPeak: 'Bytes',
  KeptBytes: 'Bytes',
  DecompressionRatio: 'None',
  OldestRecordAge: 'Milliseconds',
  RssBytes: 'Bytes',
  HeapUsedBytes: 'Bytes',
  ExternalBytes: 'Bytes',
  ArrayBufferBytes: 'Bytes',
  MemoryLimitBytes: 'Bytes',
  MemoryUsedPercent: 'Percent',
  RetainedBytesPerInvocation: 'Bytes',
};

describe('metrics', () => {
  test('are one line per invocation, with every metric under its unit and the consumer as only dimension', async () => {
    const lines = metricsOf(await outputOf({ ...lambda, POWERTOOLS_METRICS_NAMESPACE: 'Tailrace/Stack' }));
    assert.equal(lines.length, 2);
    for (const line of lines) {
      const { CloudWatchMetrics } = line['_aws'] as {
        readonly CloudWatchMetrics: readonly {
          readonly Namespace: string;
          readonly Dimensions: readonly (readonly string[])[];
          readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
        }[];
      };
      const [directive] = CloudWatchMetrics;
      assert.equal(directive?.Namespace, 'Tailrace/Stack');
      assert.deepEqual(directive.Dimensions, [['service']]);
      assert.equal(line['service'], 'orders');
      assert.deepEqual(Object.fromEntries(directive.Metrics.map(({ Name, Unit }) => [Name, Unit])), units);
      const { RecordsReceived, RecordsDone, RecordsSkipped, RecordsDeadLettered, RecordsRetried } = line;
      assert.deepEqual(
        [RecordsReceived, RecordsDone, RecordsSkipped, RecordsDeadLettered, RecordsRetried],
        [4, 1, 1, 1, 1],
      );
      for (const name of Object.keys(units)) assert.ok(Number.isFinite(line[name]), name);
      assert.equal(line['MemoryLimitBytes'], 1_073_741_824);
      assert.ok(Number(line['OldestRecordAge']) >= 1000);
    }
  });

  test('say the same as the log line', async () => {
    const lines = await outputOf(lambda);
    const [metrics] = metricsOf(lines);
    const batch = lines.find(({ message }) => message === 'batch')?.['tailrace'] as Record<string, unknown>;
    assert.deepEqual(
      [
        metrics?.['RecordsDone'],
        metrics?.['DecompressedBytes'],
        metrics?.['KeptBytes'],
        metrics?.['RssBytes'],
      ],
      [batch['done'], batch['decompressedBytes'], batch['keptBytes'], batch['rssBytes']],
    );
  });

  test('have the namespace Tailrace where the environment names none', async () => {
    const [line] = metricsOf(await outputOf(lambda));
    assert.match(JSON.stringify(line), /"Namespace":"Tailrace"/);
  });

  test('are not printed outside of Lambda, nor when Powertools or the consumer silences them', async () => {
    const silent = await Promise.all([
      outputOf({}),
      outputOf({ ...lambda, POWERTOOLS_METRICS_DISABLED: 'true' }),
      outputOf(lambda, 'metrics: false'),
    ]);
    for (const lines of silent) {
      assert.deepEqual(metricsOf(lines), []);
      assert.equal(lines.filter(({ message }) => message === 'batch').length, 2);
    }
  });
});

/** The metrics that a call of this module prints, by name. */
async function printedBy(call: string): Promise<Readonly<Record<string, unknown>>> {
  const script = `
    import { Metrics } from '@aws-lambda-powertools/metrics';
    import { publishEnvironmentEnd, publishFigures } from './lib/telemetry/metrics.ts';
    const metrics = new Metrics({ serviceName: 'orders', namespace: 'Tailrace' });
    ${call};`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: root,
    env: { PATH: process.env['PATH'] },
  });
  return JSON.parse(stdout) as Record<string, unknown>;
}

test('each metric is the figure that it is named for', async () => {
  const figures = {
    records: 1,
    done: 2,
    skipped: 3,
    deadLettered: 4,
    retried: 5,
    declined: 6,
    eventBytes: 7,
    decodedBytes: 8,
    decompressedBytes: 9,
    inFlightPeakBytes: 10,
    keptBytes: 11,
    decompressionRatio: 12,
    oldestRecordAgeMs: 13,
    rssBytes: 14,
    heapUsedBytes: 15,
    externalBytes: 16,
    arrayBufferBytes: 17,
    memoryLimitBytes: 18,
    memoryUsedPercent: 19,
    retainedBytesPerInvocation: 20,
  };
  const printed = await printedBy(`publishFigures(metrics, ${JSON.stringify(figures)})`);
  const values = Object.keys(units).map((name) => printed[name]);
  assert.deepEqual(values, Object.values(figures));
});

test('an environment that ends counts itself', async () => {
  assert.equal((await printedBy('publishEnvironmentEnd(metrics)'))['EnvironmentsEnded'], 1);
});

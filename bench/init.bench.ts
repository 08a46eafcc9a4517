// What a cold start costs: real child processes under Lambda's share of a CPU, our runtime client in them, each function started in turns
// with the others. Printed are the time in which its code is loaded, by the wall and by the processor, and resident memory after it.
// Options: `--starts 30`, `--memory 128,512,1769`.

import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildSync } from 'esbuild';

import { writeAsset } from '../infra/function/bundle.ts';
import { bundleSettings } from '../infra/function/bundle-settings.ts';
import { canCapCpu } from '../tools/local/sandbox/memory/memory-cap.ts';
import { startSandbox } from '../tools/local/sandbox/sandbox-start.ts';
import type { LambdaFunction } from '../tools/template/topology.ts';
import { toLambdaFunction } from '../test/support/lambda-function.ts';
import { median } from './median.ts';
import { saveResult } from './report.ts';

const projectRoot = fileURLToPath(new URL('../', import.meta.url));
const { values } = parseArgs({
  options: {
    starts: { type: 'string', default: '30' },
    memory: { type: 'string', default: '128,512,1769' },
    save: { type: 'boolean', default: false },
  },
});

/** Functions that are written here; the others are those of `handlers/`. */
const written: Readonly<Record<string, string>> = {
  'bare handler': 'export const handler = async () => ({ batchItemFailures: [] });',
  'json() consumer': `import { createConsumer, defineConsumer, json } from './lib/index.ts';
    const config = defineConsumer({ name: 'init', topic: 'orders', value: json() });
    export const handler = createConsumer(config, { record: (record) => record.value });`,
  'Powertools Logger, Metrics': `import { Logger } from '@aws-lambda-powertools/logger';
    import { Metrics } from '@aws-lambda-powertools/metrics';
    const logger = new Logger({ serviceName: 'init' });
    const metrics = new Metrics({ serviceName: 'init', namespace: 'Init' });
    export const handler = async () => logger.info('batch', { metrics: metrics.hasStoredMetrics() });`,
  'Powertools Kafka, Logger, Metrics': `import { kafkaConsumer, SchemaType } from '@aws-lambda-powertools/kafka';
    import { Logger } from '@aws-lambda-powertools/logger';
    import { Metrics } from '@aws-lambda-powertools/metrics';
    const logger = new Logger({ serviceName: 'init' });
    const metrics = new Metrics({ serviceName: 'init', namespace: 'Init' });
    export const handler = kafkaConsumer(async (event) => {
      for (const record of event.records) logger.info('batch', { value: record.value, metrics: metrics.hasStoredMetrics() });
    }, { value: { type: SchemaType.JSON } });`,
};
const deployed = ['archive', 'materialize', 'relay'];

/** What a start was seen to take. */
interface Start {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly rssMb: number;
}

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tailrace-init-')));
try {
  const names = [...Object.keys(written), ...deployed];
  const assets = new Map(names.map((name, i) => [name, writeMeasured(name, join(folder, String(i)))]));
  const results: object[] = [];
  for (const memoryMb of values.memory.split(',').map(Number)) {
    const starts = new Map<string, Start[]>(names.map((name) => [name, []]));
    for (let turn = 0; turn < Number(values.starts); turn++)
      for (const name of turn % 2 === 0 ? names : names.toReversed())
        starts.get(name)?.push(await start(assets.get(name) ?? '', memoryMb));
    results.push(...print(memoryMb, starts));
  }
  if (values.save) saveResult('init', { note: `${values.starts} starts each, medians`, results });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Writes an asset whose first module loads the function's, and prints what that took. */
function writeMeasured(name: string, asset: string): string {
  mkdirSync(asset);
  const contents = written[name];
  if (contents === undefined)
    writeAsset(join(projectRoot, 'handlers', name, 'handler.ts'), asset, {
      cpu: process.arch === 'arm64' ? 'arm64' : 'x86_64',
    });
  else
    buildSync({
      ...bundleSettings,
      write: true,
      stdin: { contents, resolveDir: projectRoot, loader: 'ts' },
      outfile: join(asset, 'index.mjs'),
    });
  renameSync(join(asset, 'index.mjs'), join(asset, 'function.mjs'));
  writeFileSync(
    join(asset, 'index.mjs'),
    `const [wall, cpu] = [performance.now(), process.cpuUsage()];
    export const { handler } = await import('./function.mjs');
    const wallMs = performance.now() - wall;
    const { user, system } = process.cpuUsage(cpu);
    const rssMb = process.memoryUsage.rss() / 1048576;
    console.log('init ' + JSON.stringify({ wallMs, cpuMs: (user + system) / 1000, rssMb }));`,
  );
  return asset;
}

async function start(assetPath: string, memoryMb: number): Promise<Start> {
  const said: string[] = [];
  const controller = new AbortController();
  const result = await startSandbox(
    {
      fn: toFunction(assetPath, memoryMb),
      accountId: '000000000000',
      region: 'us-east-1',
      endpoints: { AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none' },
      cpuShare: canCapCpu(),
      onLog: (_stream, line) => void said.push(line),
    },
    { limitMs: 60_000, phase: 'init', signal: controller.signal },
  );
  if (result.kind !== 'ready') throw new Error(`a function of the bench does not start: ${said.join('\n')}`);
  // What it has printed is read when its process has ended, at the latest.
  await result.sandbox.close();
  const line = said.find((each) => each.includes('init {')) ?? '';
  return JSON.parse(line.slice(line.indexOf('{'))) as Start;
}

function print(memoryMb: number, starts: ReadonlyMap<string, readonly Start[]>): readonly object[] {
  const medianOf = (name: string, field: keyof Start): number =>
    median((starts.get(name) ?? []).map((each) => each[field]));
  const share = canCapCpu() ? `${Math.round((memoryMb / 1769) * 100)} % of a CPU` : 'a whole CPU';
  process.stdout.write(`init at ${memoryMb} MB, ${share}, medians of ${values.starts} starts\n`);
  return [...starts.keys()].map((name) => {
    const row = {
      wallMs: medianOf(name, 'wallMs'),
      cpuMs: medianOf(name, 'cpuMs'),
      rssMb: medianOf(name, 'rssMb'),
    };
    const [wall, cpu, rss] = [row.wallMs, row.cpuMs, row.rssMb].map((value) => value.toFixed(1).padStart(8));
    process.stdout.write(`  ${name.padEnd(34)} ${wall} ms ${cpu} ms CPU ${rss} MB\n`);
    return { memoryMb, name, ...row };
  });
}

function toFunction(assetPath: string, memoryMb: number): LambdaFunction {
  const environment = {
    TAILRACE_DEAD_LETTER_BUCKET: 'dead-letters',
    ARCHIVE_BUCKET: 'archive',
    MATERIALIZE_TABLE: 'latest',
    RELAY_BUCKET: 'relay',
    RELAY_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/000000000000/relay.fifo',
  };
  return toLambdaFunction('init', { assetPath, memoryMb, environment });
}

// What the watch for retained memory costs: processor time inside it per invocation, V8's helper threads included, and its
// share of the invocation's, for events of 16 KB and 6 MB: nothing kept, a full cache, a leak until it was found and after.

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

import { createConsumer, defineConsumer, json, type KafkaEvent, type LeasedRecord } from '../lib/index.ts';
import { createRetentionWatch } from '../lib/memory/retention.ts';
import { toDocument } from './document.ts';

interface Scenario {
  readonly records: number;
  readonly invocations: number;
  readonly keep: () => (record: LeasedRecord) => void;
}

const nothing: Scenario['keep'] = () => () => {};
const cacheOf = (capacity: number): Scenario['keep'] => {
  return () => {
    const cache = new Map<number, unknown>();
    let count = 0;
    return (record) => {
      cache.set(count++, record.keep());
      cache.delete(count - capacity);
    };
  };
};
const leak: Scenario['keep'] = () => {
  const kept: unknown[] = [];
  return (record) => kept.push(record.keep());
};

const scenarios: Readonly<Record<string, Scenario>> = {
  '16 KB, nothing kept': { records: 15, invocations: 1000, keep: nothing },
  '16 KB, full cache of 400': { records: 15, invocations: 1000, keep: cacheOf(400) },
  '16 KB, a leak': { records: 15, invocations: 100, keep: leak },
  '16 KB, a leak, after it was found': { records: 15, invocations: 400, keep: leak },
  '6 MB, nothing kept': { records: 4800, invocations: 60, keep: nothing },
  '6 MB, full cache of 400': { records: 4800, invocations: 60, keep: cacheOf(400) },
};

/** Runs one scenario in this process; processor time in all and of each call of the watch. */
async function run({
  records,
  invocations,
  keep,
}: Scenario): Promise<{ totalUs: number; watchUs: number[] }> {
  const text = toEventText(records);
  const logger = { info() {}, warn() {}, error() {}, debug() {} } as never;
  const deadLetters = { store: () => Promise.reject(new Error('no record of this event may fail')) };
  const watch = createRetentionWatch();
  const watchUs: number[] = [];
  const retention: typeof watch = {
    ...watch,
    observe(count, remainingMs) {
      const before = process.cpuUsage();
      const verdict = watch.observe(count, remainingMs);
      watchUs.push(cpuUs(before));
      return verdict;
    },
  };
  const config = defineConsumer({ name: 'bench', topic: 'orders', value: json() });
  const handler = createConsumer(config, { record: keep() }, { deadLetters, logger, retention });
  const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 60_000 };
  const before = process.cpuUsage();
  for (let i = 0; i < invocations; i++) await handler(JSON.parse(text) as KafkaEvent, context);
  return { totalUs: cpuUs(before), watchUs };
}

function cpuUs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function toEventText(records: number): string {
  const list = Array.from({ length: records }, (_, offset) => ({
    topic: 'orders',
    partition: 0,
    offset,
    timestamp: 1_767_225_600_000,
    timestampType: 'CREATE_TIME',
    value: Buffer.from(JSON.stringify(toDocument(offset))).toString('base64'),
    headers: [],
  }));
  return JSON.stringify({ eventSource: 'aws:kafka', records: { 'orders-0': list } });
}

/** What a scenario's own process writes. */
interface Result {
  readonly name: string;
  readonly meanUs: number;
  readonly invocationUs: number;
  readonly share: number;
}

const name = process.argv.slice(2).find((arg) => !arg.startsWith('--'));
const chosen = name === undefined ? undefined : scenarios[name];
if (chosen) {
  const { totalUs, watchUs } = await run(chosen);
  const counted = name?.includes('after') ? watchUs.slice(100) : watchUs;
  const meanUs = counted.reduce((sum, us) => sum + us, 0) / counted.length;
  const invocationUs = totalUs / watchUs.length;
  process.stdout.write(JSON.stringify({ name, meanUs, invocationUs, share: meanUs / invocationUs }));
} else {
  // Lambda's flags for 512 MB. A process each: what one scenario keeps would be the other's live heap.
  const flags = ['--expose-gc', '--max-semi-space-size=25', '--max-old-space-size=461'];
  process.stdout.write('retention: processor time in the watch, per invocation\n');
  const results = Object.keys(scenarios).map((scenario) => {
    const args = [...flags, fileURLToPath(import.meta.url), scenario];
    const { stdout } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const result = JSON.parse(stdout) as Result;
    const [mean, whole] = [result.meanUs, result.invocationUs].map((us) => us.toFixed(0).padStart(7));
    const share = `${(result.share * 100).toFixed(1)} %`.padStart(7);
    process.stdout.write(`  ${scenario.padEnd(36)} ${mean} us of ${whole} us ${share}\n`);
    return result;
  });
  if (process.argv.includes('--save')) {
    const machine = {
      cpu: cpus()[0]?.model,
      cores: cpus().length,
      node: process.version,
      date: new Date().toISOString().slice(0, 10),
    };
    mkdirSync(new URL('results/', import.meta.url), { recursive: true });
    const file = new URL('results/retention.json', import.meta.url);
    writeFileSync(file, `${JSON.stringify({ ...machine, results }, null, 2)}\n`);
  }
}

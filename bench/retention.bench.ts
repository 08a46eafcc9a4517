// What the watch for retained memory costs: processor time inside it per invocation, V8's helper threads included, and its
// share of the invocation's, for events of 16 KB and 6 MB: nothing kept and a full cache, at an environment's start and
// from then on; a leak until it was found, and after that.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { createConsumer, defineConsumer, json, type KafkaEvent, type LeasedRecord } from '../lib/index.ts';
import { createRetentionWatch } from '../lib/retention/watch.ts';
import { toDocument } from './document.ts';
import { saveResult } from './report.ts';

interface Scenario {
  readonly records: number;
  readonly keep: () => (record: LeasedRecord) => void;
  /** Invocations counted from 0, the last one excluded; the last phase ends the run. */
  readonly phases: readonly { readonly name: string; readonly from: number; readonly to: number }[];
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
/** Keeps every `nth` record. */
const leakOf = (nth: number): Scenario['keep'] => {
  return () => {
    const kept: unknown[] = [];
    let count = 0;
    return (record) => {
      if (count++ % nth === 0) kept.push(record.keep());
    };
  };
};
const untilAndAfter = (invocations: number): Scenario['phases'] => [
  { name: 'until it was found', from: 0, to: 100 },
  { name: 'after that', from: 100, to: invocations },
];
const startAndLater = (start: number, invocations: number): Scenario['phases'] => [
  { name: `first ${start}`, from: 0, to: start },
  { name: 'from then on', from: start, to: invocations },
];

const scenarios: Readonly<Record<string, Scenario>> = {
  '16 KB, nothing kept': { records: 15, keep: nothing, phases: startAndLater(100, 2000) },
  '16 KB, full cache of 400': { records: 15, keep: cacheOf(400), phases: startAndLater(100, 2000) },
  '16 KB, a leak': { records: 15, keep: leakOf(1), phases: untilAndAfter(500) },
  '6 MB, nothing kept': { records: 4800, keep: nothing, phases: startAndLater(60, 360) },
  '6 MB, full cache of 400': { records: 4800, keep: cacheOf(400), phases: startAndLater(60, 360) },
  '6 MB, a leak of 20 records': { records: 4800, keep: leakOf(240), phases: untilAndAfter(260) },
};

/** Processor time of each invocation and of the watch in it, in microseconds. */
interface Times {
  readonly invocationUs: number[];
  readonly watchUs: number[];
}

/** Runs one scenario in this process. */
async function run({ records, keep, phases }: Scenario): Promise<Times> {
  const text = toEventText(records);
  const logger = { info() {}, warn() {}, error() {}, debug() {} } as never;
  const deadLetters = { store: () => Promise.reject(new Error('no record of this event may fail')) };
  const watch = createRetentionWatch();
  const watchUs: number[] = [];
  const retention: typeof watch = {
    get isSampling() {
      return watch.isSampling;
    },
    observe(remainingMs, arrivingBytes) {
      const before = process.cpuUsage();
      const verdict = watch.observe(remainingMs, arrivingBytes);
      watchUs.push(cpuUs(before));
      return verdict;
    },
  };
  const config = defineConsumer({ name: 'bench', topic: 'orders', value: json() });
  const handler = createConsumer(
    config,
    { record: keep() },
    { deadLetters, logger },
    { retentionWatch: retention },
  );
  const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 60_000 };
  const invocations = phases.at(-1)?.to ?? 0;
  const invocationUs: number[] = [];
  for (let i = 0; i < invocations; i++) {
    const before = process.cpuUsage();
    await handler(JSON.parse(text) as KafkaEvent, context);
    invocationUs.push(cpuUs(before));
  }
  return { invocationUs, watchUs };
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

/** What a scenario's own process writes, a line for each phase. */
interface Result {
  readonly name: string;
  readonly meanUs: number;
  readonly invocationUs: number;
  readonly share: number;
}

const name = process.argv.slice(2).find((arg) => !arg.startsWith('--'));
const chosen = name === undefined ? undefined : scenarios[name];
if (chosen) {
  const times = await run(chosen);
  const results = chosen.phases.map(({ name: phase, from, to }): Result => {
    const [meanUs = 0, invocationUs = 0] = [times.watchUs, times.invocationUs].map(
      (all) => all.slice(from, to).reduce((sum, us) => sum + us, 0) / (to - from),
    );
    return { name: `${name}, ${phase}`, meanUs, invocationUs, share: meanUs / invocationUs };
  });
  process.stdout.write(JSON.stringify(results));
} else {
  // Lambda's flags for 512 MB. A process each: what one scenario keeps would be the other's live heap.
  const flags = ['--expose-gc', '--max-semi-space-size=25', '--max-old-space-size=461'];
  process.stdout.write('retention: processor time in the watch, per invocation\n');
  const results = Object.keys(scenarios).flatMap((scenario) => {
    const args = [...flags, fileURLToPath(import.meta.url), scenario];
    const { stdout } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const phases = JSON.parse(stdout) as Result[];
    for (const result of phases) {
      const [mean, whole] = [result.meanUs, result.invocationUs].map((us) => us.toFixed(0).padStart(7));
      const share = `${(result.share * 100).toFixed(2)} %`.padStart(8);
      process.stdout.write(`  ${result.name.padEnd(48)} ${mean} us of ${whole} us ${share}\n`);
    }
    return phases;
  });
  const note = "Lambda's flags for 512 MB, each scenario in a process of its own";
  if (process.argv.includes('--save')) saveResult('retention', { note, results });
}

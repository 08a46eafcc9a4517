// `npm run chaos`: what the command line may say, and how the result is told.
import type { Command, CommandIo, OptionValues } from '../../../tools/command.ts';
import { createLive } from '../../../tools/terminal/live.ts';
import { runChaos, type ChaosProgress, type ChaosResult } from './chaos.ts';
import { findFaults, maxMemoryMb } from './verdict.ts';

/** The command's data. */
export const chaosCommand: Command = {
  name: 'chaos',
  summary: 'kills brokers, pollers, sandboxes and endpoints at seeded times, then accounts for every record',
  about: [
    'Starts Apache Kafka (Java 17 and Maven), the local AWS endpoints and the local runner in a process of its own, writes\n' +
      'records to 12 partitions, and hits one after the other at times that follow from the seed. Then every record must have\n' +
      `landed or been dead-lettered, in order per key, and the runner's resident memory must have stayed under ${maxMemoryMb} MB.`,
    'Exit code 0: all accounted for; 1: not; 2: the command line is wrong; 3: something it needs is missing.',
  ],
  options: {
    records: { kind: 'integer', summary: 'how many records', range: [1000, 10_000_000], byDefault: '100000' },
    seed: {
      kind: 'integer',
      summary: 'the same seed plans the same faults',
      range: [0, 4_294_967_295],
      byDefault: '858',
    },
    faults: {
      kind: 'integer',
      summary: 'how many faults',
      range: [0, 10_000],
      byDefault: 'one per 20,000 records, 6 at least',
    },
    'pace-ms': {
      kind: 'integer',
      summary: 'mean pause between two faults, in milliseconds',
      range: [0, 600_000],
      byDefault: '6000',
    },
    'max-minutes': { kind: 'integer', summary: 'gives up after that', range: [1, 1440], byDefault: '60' },
    json: {
      kind: 'flag',
      summary: 'prints the result as one JSON document, and nothing else, on standard output',
    },
  },
  examples: [
    ['npm run chaos', '100,000 records, about three minutes'],
    ['npm run chaos -- --records 1000000 --seed 7', 'a million, under faults of another seed'],
  ],
  run,
};

async function run(values: OptionValues, { stdout, stderr, signal }: CommandIo): Promise<number> {
  const records = (values['records'] as number | undefined) ?? 100_000;
  let latest: ChaosProgress | undefined;
  const live = createLive(stderr, () => (latest === undefined ? [] : [toLine(latest, records)]));
  let result: ChaosResult;
  try {
    result = await runChaos({
      records,
      seed: (values['seed'] as number | undefined) ?? 858,
      faults: (values['faults'] as number | undefined) ?? Math.max(6, Math.ceil(records / 20_000)),
      paceMs: (values['pace-ms'] as number | undefined) ?? 6000,
      limitMs: ((values['max-minutes'] as number | undefined) ?? 60) * 60_000,
      signal,
      onFault: ({ kind }, count) => live.line(`${String(count).padStart(4)}  ${kind}`),
      onProgress: (progress) => (latest = progress),
    });
  } finally {
    live.close();
  }
  const wrong = findFaults(result);
  stdout.write(
    values['json'] === true ? `${JSON.stringify({ ...result, wrong })}\n` : toReport(result, wrong),
  );
  return wrong.length === 0 ? 0 : 1;
}

function toLine({ written, committed, faults, seconds, runner }: ChaosProgress, records: number): string {
  const done = `${committed} of ${records} committed, ${written} written`;
  return `${seconds.toFixed(0)} s: ${done}, ${faults} faults, runner at most ${runner.peakMemoryMb} MB`;
}

function toReport({ account, runner, ...result }: ChaosResult, wrong: readonly string[]): string {
  const kinds = Object.entries(result.faults).map(([kind, count]) => `${count} ${kind}`);
  const calls = Object.entries(runner.invocations).map(([status, count]) => `${count} ${status}`);
  const lines = [
    `chaos: ${account.records} records, seed ${result.seed}, ${result.seconds.toFixed(0)} s`,
    `  faults       ${kinds.join(', ')}`,
    `  landed       ${account.landed}`,
    `  dead letters ${account.deadLettered}`,
    `  lost         ${account.missing}`,
    `  duplicates   ${account.duplicates}, of records that are twice in the topic ${result.writtenTwice}`,
    `  out of order ${account.outOfOrder}`,
    `  runner       ${runner.peakMemoryMb} MB at most, ${runner.lives} lives, ${runner.warnings} warnings`,
    `  invocations  ${calls.join(', ')}`,
    ...(wrong.length === 0 ? ['every record is accounted for'] : wrong.map((line) => `WRONG: ${line}`)),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

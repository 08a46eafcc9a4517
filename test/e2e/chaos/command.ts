// `npm run chaos`: what the command line may say, and how the result is told.
import type { Command, CommandIo, OptionValues } from '../../../tools/command.ts';
import { createLive } from '../../../tools/terminal/live.ts';
import { runChaos, type ChaosProgress, type ChaosResult } from './chaos.ts';
import { findFaults, hasMetWork, maxMemoryMb } from './account/verdict.ts';
import { faultKinds } from './faults/plan.ts';

/** The command's data. */
export const chaosCommand: Command = {
  name: 'chaos',
  summary:
    'kills brokers, pollers, sandboxes and endpoints while batches are in flight, then accounts for every record',
  about: [
    'Starts Apache Kafka (Java 17 and Maven), the local AWS endpoints and the local runner in a process of its own, writes\n' +
      'records to 12 partitions, and hits one after the other, in an order that follows from the seed, while batches are in flight,\n' +
      'answered and not committed. Then every record must have landed or been dead-lettered as it was written, in order per key,\n' +
      'before it was committed, and not twice without a fault that explains it; every kind of fault must have met something under way;\n' +
      `and the runner's resident memory must have stayed under ${maxMemoryMb} MB.`,
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
    'max-minutes': { kind: 'integer', summary: 'gives up after that', range: [1, 1440], byDefault: '60' },
    json: {
      kind: 'flag',
      summary: 'prints the result as one JSON document, and nothing else, on standard output',
    },
  },
  examples: [
    ['npm run chaos', '100,000 records, about two minutes'],
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

function toReport({ account, runner, faults, ...result }: ChaosResult, wrong: readonly string[]): string {
  const kinds = faultKinds.flatMap((kind) => {
    const each = faults.filter((fault) => fault.kind === kind);
    return each.length === 0 ? [] : [`${each.filter(hasMetWork).length} of ${each.length} ${kind}`];
  });
  const calls = Object.entries(runner.invocations).map(([status, count]) => `${count} ${status}`);
  const lines = [
    `chaos: ${account.records} records, seed ${result.seed}, ${result.seconds.toFixed(0)} s`,
    `  faults       that met something under way: ${kinds.join(', ')}`,
    `  landed       ${account.landed}`,
    `  dead letters ${account.deadLettered}`,
    `  lost         ${account.missing}`,
    `  other bytes  ${account.corrupt}`,
    `  out of order ${account.outOfOrder}`,
    `  duplicates   ${account.duplicates}, that no fault explains ${account.unexplained}; twice in the topic ${account.writtenTwice}`,
    `  commits      ${account.commits}, before their records landed ${account.early}`,
    `  runner       ${runner.peakMemoryMb} MB at most, ${runner.lives} lives, ${runner.warnings} warnings`,
    `  invocations  ${calls.join(', ')}`,
    ...(wrong.length === 0 ? ['every record is accounted for'] : wrong.map((line) => `WRONG: ${line}`)),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

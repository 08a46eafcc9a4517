// Records a second at the CPU share of a 512 MB function (0.29 of one), where a collection or a compilation is not hidden by
// another core: each candidate in its own warm environment, one 6 MB event after the other, in turns.
import type { FunctionHost } from '../tools/local/sandbox/function-host.ts';
import { canCapCpu } from '../tools/local/sandbox/memory-cap.ts';
import { candidates, startCandidate, type Candidate } from './candidate.ts';
import { createHeavyEvent, shapes, type HeavyEvent } from './heavy-events.ts';
import { saveResult } from './report.ts';

const memorySize = 512;
const warmUps = 8;
// A period of the CPU's share is 100 ms, so a single time is off by up to as much; the frames as lz4-java writes them take the
// peers six seconds.
const measured = { small: 40, mixed: 40, declared: 12 } as const;

const names = Object.keys(candidates) as Candidate[];

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Milliseconds of each round, by candidate. */
async function measure(
  event: HeavyEvent,
  rounds: number,
): Promise<ReadonlyMap<Candidate, readonly number[]>> {
  const running = await Promise.all(
    names.map(async (name) => ({ name, ...(await startCandidate(name, memorySize, { cpuShare: true })) })),
  );
  const times = new Map(names.map((name) => [name, [] as number[]]));
  const invoke = async (name: Candidate, host: FunctionHost): Promise<number> => {
    const { result, durationMs } = await host.invoke({ event: event.text });
    if (result.kind === 'response' && result.body === '{"batchItemFailures":[]}') return durationMs;
    throw new Error(`${name} did not take the event: ${JSON.stringify(result).slice(0, 200)}`);
  };
  try {
    for (let round = -warmUps; round < rounds; round++) {
      // There and back, so that nobody always comes after the same one.
      for (const { name, host } of round % 2 === 0 ? running : running.toReversed()) {
        const ms = await invoke(name, host);
        if (round >= 0) times.get(name)?.push(ms);
      }
    }
  } finally {
    await Promise.all(running.map(async ({ close }) => await close()));
  }
  return times;
}

if (!canCapCpu()) throw new Error('CPU time cannot be bounded here; the bench needs a control group');
const results: object[] = [];
for (const [shape, rounds] of Object.entries(measured) as [keyof typeof measured, number][]) {
  const event = createHeavyEvent(shape);
  const times = await measure(event, rounds);
  const plain = times.get('plain') ?? [];
  process.stdout.write(
    `throughput: ${event.records} records, ${shapes[shape]}; ${memorySize} MB, median of ${rounds}\n`,
  );
  for (const [name, each] of times) {
    // Round by round, since a busy machine slows whole rounds.
    const ratio = median(each.map((ms, n) => (plain[n] ?? ms) / ms));
    // Rare long rounds, as those with a full collection, count in full here.
    const totalRatio = sum(plain) / sum(each);
    const perSecond = Math.round((event.records / median(each)) * 1000);
    results.push({ shape, name, medianMs: Math.round(median(each)), perSecond, ratio, totalRatio });
    const rate = `${perSecond.toLocaleString('en-US')} records/s`;
    const cells = [
      `${median(each).toFixed(0)} ms`.padStart(9),
      rate.padStart(22),
      `${ratio.toFixed(2)}x`.padStart(7),
      `${totalRatio.toFixed(2)}x in all`.padStart(15),
    ];
    process.stdout.write(`  ${candidates[name].padEnd(24)}${cells.join('')}\n`);
  }
}
if (process.argv.includes('--save'))
  saveResult('throughput', {
    note: `${memorySize} MB, 0.29 of a CPU, median of 40 rounds, 12 with the frames of lz4-java`,
    results,
  });

// Records a second at the CPU share of a 512 MB function (0.29 of one), where a collection or a compilation is not hidden by
// another core: each candidate in its own warm environment, one 6 MB event right after the other, as when a mapping has lag.
// Candidates take turns of several events: the share is of each 100 ms, and what starts after a pause has one for nothing.
import type { FunctionHost } from '../tools/local/sandbox/host/function-host.ts';
import { canCapCpu } from '../tools/local/sandbox/memory/memory-cap.ts';
import { candidates, startCandidate, type Candidate } from './candidate.ts';
import { createHeavyEvent, shapes, type HeavyEvent } from './heavy-events.ts';
import { median } from './median.ts';
import { saveResult } from './report.ts';

const memorySize = 512;
/** Events in each turn, and turns after the first, which warms up. The peers take six seconds for an event with lz4-java's frames. */
const measured = {
  small: { events: 10, turns: 12 },
  mixed: { events: 10, turns: 12 },
  declared: { events: 4, turns: 3 },
} as const;

type Length = (typeof measured)[keyof typeof measured];

const names = Object.keys(candidates) as Candidate[];

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Milliseconds that each turn took per event, by candidate. */
async function measure(
  event: HeavyEvent,
  { events, turns }: Length,
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
    for (let turn = 0; turn <= turns; turn++) {
      // There and back, so that nobody always comes after the same one.
      for (const { name, host } of turn % 2 === 0 ? running : running.toReversed()) {
        let ms = 0;
        for (let n = 0; n < events; n++) ms += await invoke(name, host);
        if (turn > 0) times.get(name)?.push(ms / events);
      }
    }
  } finally {
    await Promise.all(running.map(async ({ close }) => await close()));
  }
  return times;
}

if (!canCapCpu()) throw new Error('CPU time cannot be bounded here; the bench needs a control group');
const results: object[] = [];
for (const [shape, length] of Object.entries(measured) as [keyof typeof measured, Length][]) {
  const event = createHeavyEvent(shape);
  const times = await measure(event, length);
  const plain = times.get('plain') ?? [];
  process.stdout.write(
    `throughput: ${event.records} records, ${shapes[shape]}; ${memorySize} MB, ${length.turns} turns of ${length.events} events\n`,
  );
  for (const [name, each] of times) {
    // Turn by turn, since a busy machine slows whole turns.
    const ratio = median(each.map((ms, n) => (plain[n] ?? ms) / ms));
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
    note: `${memorySize} MB, 0.29 of a CPU, 12 turns of 10 events, 3 of 4 with the frames of lz4-java`,
    results,
  });

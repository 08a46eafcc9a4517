// Times candidates against each other in many short turns, by the processor's time that this process has used: a wall clock
// runs on for others, too. Own file beside tinybench, which gives each candidate one long turn and times every call by the
// wall: on a machine shared with others its ratios differed by a tenth from run to run.

import { median } from './median.ts';

const warmupMs = 60;

/** One way of doing the work; a promise is awaited. */
export interface Candidate {
  readonly name: string;
  readonly run: () => unknown;
}

/** What came of one candidate. */
export interface Turns {
  readonly name: string;
  /** Median over all rounds of a call's mean time in µs, that of the garbage collector's threads included. */
  readonly medianUs: number;
  /** The median over all rounds of this candidate's time by the first one's in the same round. */
  readonly ratio: number;
}

/** How long is measured. */
export interface TurnsOptions {
  /** Default 300. */
  readonly rounds?: number;
  /** Length of a turn; one call is the least. Default 3 ms. */
  readonly turnMs?: number;
}

/**
 * Gives each candidate a turn in each round, the first one first in every other round: the second of two also pays for
 * what the first has left to collect.
 */
export async function takeTurns(
  candidates: readonly Candidate[],
  options: TurnsOptions = {},
): Promise<readonly Turns[]> {
  const { rounds = 300, turnMs = 3 } = options;
  const takers = [];
  for (const { name, run } of candidates) {
    const first = run();
    await first;
    const take = first instanceof Promise ? awaitCalls : makeCalls;
    // Code that is not compiled yet is slow: only the last and longest batch says how many calls make a turn.
    let batch = 1;
    let ms = await take(run, batch);
    for (; ms < warmupMs; ms = await take(run, batch)) batch *= 2;
    const calls = Math.max(1, Math.round((batch * turnMs) / ms));
    takers.push({ name, us: [] as number[], turn: async () => ((await take(run, calls)) / calls) * 1000 });
  }
  for (let round = 0; round < rounds; round++) {
    for (const taker of round % 2 === 0 ? takers : takers.toReversed()) taker.us.push(await taker.turn());
  }
  const base = takers[0]?.us ?? [];
  return takers.map(({ name, us }) => ({
    name,
    medianUs: Number(median(us).toFixed(2)),
    ratio: Number(median(us.map((each, round) => each / base[round]!)).toFixed(3)),
  }));
}

/** Time of that many calls, ms. */
function makeCalls(run: () => unknown, calls: number): number {
  const started = process.cpuUsage();
  for (let call = 0; call < calls; call++) run();
  return toMs(process.cpuUsage(started));
}

async function awaitCalls(run: () => unknown, calls: number): Promise<number> {
  const started = process.cpuUsage();
  for (let call = 0; call < calls; call++) await run();
  return toMs(process.cpuUsage(started));
}

function toMs({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
}

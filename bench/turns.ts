// Times candidates against each other in many short turns. Own file beside tinybench, which gives each candidate one long
// turn and times every call: on a machine shared with others its ratios of the same run differed by a tenth.

/** One way of doing the work; a promise is awaited. */
export interface Candidate {
  readonly name: string;
  readonly run: () => unknown;
}

/** What came of one candidate. */
export interface Turns {
  readonly name: string;
  /** The median over all rounds of the mean time of a call in µs: what calls leave to the garbage collector counts. */
  readonly medianUs: number;
  /** The median over all rounds of this candidate's time by the first one's in the same round. */
  readonly ratio: number;
}

/** How long is measured. */
export interface TurnsOptions {
  /** Default 100. */
  readonly rounds?: number;
  /** Length of a turn; one call is the least. Default 5 ms. */
  readonly turnMs?: number;
}

/**
 * Gives each candidate a turn in each round, the first one first in every other round: the second of two also pays for
 * what the first has left to collect. A turn that another process interrupts spoils one round of many.
 */
export async function takeTurns(
  candidates: readonly Candidate[],
  options: TurnsOptions = {},
): Promise<readonly Turns[]> {
  const { rounds = 100, turnMs = 5 } = options;
  const entries = await Promise.all(
    candidates.map(async (candidate) => ({ ...candidate, isAsync: candidate.run() instanceof Promise })),
  );
  const takers = [];
  for (const { name, run, isAsync } of entries) {
    const take = isAsync ? awaitCalls : makeCalls;
    let calls = 1;
    // Also warms up: the last of these is a turn of full length.
    for (let ms = 0; ms < turnMs && calls < 1e7; calls = Math.ceil(calls * Math.min(4, turnMs / ms + 0.01)))
      ms = (await take(run, calls)) * calls;
    takers.push({ name, us: [] as number[], turn: async () => (await take(run, calls)) * 1000 });
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

/** Mean time of a call, ms. */
function makeCalls(run: () => unknown, calls: number): number {
  const started = performance.now();
  for (let call = 0; call < calls; call++) run();
  return (performance.now() - started) / calls;
}

async function awaitCalls(run: () => unknown, calls: number): Promise<number> {
  const started = performance.now();
  for (let call = 0; call < calls; call++) await run();
  return (performance.now() - started) / calls;
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

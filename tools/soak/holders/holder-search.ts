// The search for who holds what grows: the same workload in a second sandbox with room for heap snapshots, three of them, and
// their difference. A second one, because a snapshot takes as much memory as it shows: the judged run stays undisturbed.
import type { AwsEndpoints } from '../../aws/endpoints.ts';
import { findGrowth, lastId } from '../../heap/snapshot-diff.ts';
import { createSnapshotReader, HeapError, type HeapSnapshot } from '../../heap/snapshot.ts';
import type { LambdaFunction } from '../../template/topology.ts';
import { SoakError } from '../error.ts';
import { nameHolders, openScripts, type Holder } from './holder.ts';
import type { Inspector } from '../sandbox/inspector.ts';
import { toThreads } from '../sandbox/managed-instances.ts';
import { startSandboxFor, toRounds } from '../sandbox/rounds.ts';
import { toKb } from '../trend/verdict.ts';
import type { WorkloadEvent } from '../workload/workload.ts';

/** What a search comes to. */
export interface HolderSearch {
  /** Largest first; empty when nothing of the code's own has grown. */
  readonly holders: readonly Holder[];
  /** Why the search did not come to its end, or why its holders do not explain the growth; null when neither is so. */
  readonly problem: string | null;
}

/** What to search. */
export interface HolderSearchOptions {
  readonly fn: LambdaFunction;
  readonly endpoints: AwsEndpoints;
  readonly signal: AbortSignal;
  /** The workload of the judged run, from its start. */
  readonly createEvents: () => AsyncIterable<WorkloadEvent>;
  /** Invocations at once, 1..64; with several the first of the threads is looked at. Default 1. */
  readonly concurrency?: number;
  /** Invocations that the judged run came to: the search does not need more, unless they were too few for it. */
  readonly invocations: number;
  /** By how much the live set grew there, bytes per invocation; undefined where nobody knows. */
  readonly growthBytes?: number | undefined;
  /** A holder of a smaller share of the growth is noise beside the others, 0..1. Default 0.1. */
  readonly leastShare?: number;
  /** Told what it is at, as `heap snapshot 1 of 3`. */
  readonly onProgress?: (step: string) => void;
}

const mostInvocations = 45;
/** What comes once in more invocations than that shows only in a longer search: it takes this share of the judged run. */
const longShare = 0.5;
/** Holders of a smaller share of the judged growth are not what makes it. */
const leastExplained = 1 / 3;
// Three snapshots apart; a function that was killed before has more room here.
const fewestInvocations = 9;
const roomMb = 1024;

/**
 * Finds the holders. Searches longer where the ones that are found do not explain the growth: it may come too rarely.
 * @throws the signal's reason
 */
export async function findHolders(options: HolderSearchOptions): Promise<HolderSearch> {
  const rounds = Math.floor(options.invocations / (options.concurrency ?? 1));
  const short = Math.max(fewestInvocations, Math.min(mostInvocations, rounds));
  const long = Math.floor(rounds * longShare);
  const found = await searchSafely(options, short);
  if (isExplained(found, options) || long <= short) return toAnswer(found, options);
  options.onProgress?.(`nothing that explains the growth in ${short} invocations, again with ${long}`);
  const foundLater = await searchSafely(options, long);
  return toAnswer(foundLater.holders.length > 0 ? foundLater : found, options);
}

/** What holders hold an invocation, and what the judged run grew by in the part of it that is looked at: one of its threads. */
function toExplained(
  { holders }: HolderSearch,
  { growthBytes = 0, concurrency = 1 }: HolderSearchOptions,
): { readonly heldBytes: number; readonly grownBytes: number } {
  return {
    heldBytes: holders.reduce((sum, { pinnedBytesPerInvocation }) => sum + pinnedBytesPerInvocation, 0),
    grownBytes: (growthBytes * concurrency) / toThreads(concurrency),
  };
}

function isExplained(found: HolderSearch, options: HolderSearchOptions): boolean {
  const { heldBytes, grownBytes } = toExplained(found, options);
  return heldBytes >= grownBytes * leastExplained;
}

function toAnswer(found: HolderSearch, options: HolderSearchOptions): HolderSearch {
  if (found.holders.length === 0 || isExplained(found, options)) return found;
  const { heldBytes, grownBytes } = toExplained(found, options);
  const problem = `what follows holds only ${toKb(heldBytes)} of the ${toKb(grownBytes)} KB per invocation that memory grows by: it keeps memory outside of V8's heap, as a Blob does, or the growth comes more rarely`;
  return { ...found, problem };
}

async function searchSafely(options: HolderSearchOptions, last: number): Promise<HolderSearch> {
  try {
    return await search(options, last);
  } catch (error) {
    options.signal.throwIfAborted();
    // The judged run has its verdict without a holder.
    if (error instanceof SoakError || error instanceof HeapError) return toProblem(error.message);
    throw error;
  }
}

/** Searches in so many rounds, of one invocation each unless several run at once. */
async function search(options: HolderSearchOptions, last: number): Promise<HolderSearch> {
  const { fn, endpoints, signal, createEvents, concurrency = 1, onProgress } = options;
  // What is born between the first two and there in the third has outlived at least a ninth of the run.
  const stops = [Math.ceil(last / 3), Math.ceil((last * 8) / 9), last];
  const roomy = { ...fn, memoryMb: fn.memoryMb + roomMb };
  const sandbox = await startSandboxFor({ fn: roomy, endpoints, signal }, concurrency);
  const [inspector] = sandbox.inspectors;
  const stop = (): void => void sandbox.close();
  signal.addEventListener('abort', stop);
  try {
    const ids: number[] = [];
    let first: HeapSnapshot | undefined;
    let rounds = 0;
    for await (const round of toRounds(createEvents(), concurrency)) {
      const results = await Promise.all(round.map(async ({ event }) => await sandbox.invoke(event)));
      signal.throwIfAborted();
      rounds++;
      if (results.some((one) => one?.result.kind !== 'response' && one?.result.kind !== 'error'))
        return toProblem(
          `the function ended in invocation ${rounds * concurrency} of ${last * concurrency}, with ${roomMb} MB more than its memory size`,
        );
      if (rounds !== stops[ids.length]) continue;
      onProgress?.(`heap snapshot ${ids.length + 1} of ${stops.length}`);
      const heap = await takeSnapshot(inspector);
      ids.push(lastId(heap));
      first ??= heap;
      if (ids.length < stops.length) continue;
      onProgress?.('comparing them');
      const holders = await compare(inspector, heap, { first, ids, stops, options });
      signal.throwIfAborted();
      return holders.length > 0 ? { holders, problem: null } : toProblem(nothingHeld);
    }
    return toProblem(
      `got ${rounds * concurrency} events, expected ${last * concurrency}; give more --records`,
    );
  } finally {
    signal.removeEventListener('abort', stop);
    await sandbox.close();
  }
}

const nothingHeld =
  'nothing that came between the heap snapshots is held by one object above all; memory outside of V8 does not show there';

/** What counts in which snapshots, in bytes per invocation: the runtime's own code comes to hold 12 while it warms up, and has 91 under way. */
const attempts = [
  { until: 1, leastBytes: 64 },
  { until: 2, leastBytes: 1024 },
];

// What is made anew in every invocation, as a table that grows is, is in the last snapshot only: it is looked at where nothing
// else grows, since what the last invocations have left to collect is in it as well.
async function compare(
  inspector: Inspector,
  heap: HeapSnapshot,
  found: {
    readonly first: HeapSnapshot;
    readonly ids: readonly number[];
    readonly stops: readonly number[];
    readonly options: HolderSearchOptions;
  },
): Promise<readonly Holder[]> {
  const { first, ids, stops, options } = found;
  const findScript = await openScripts(inspector);
  for (const { until, leastBytes } of attempts) {
    const growth = findGrowth(heap, { before: first, untilId: ids[until] ?? 0 });
    const holders = await nameHolders(inspector, growth, {
      invocations: Math.max(1, (stops[until] ?? 0) - (stops[0] ?? 0)),
      leastShare: options.leastShare ?? 0.1,
      leastBytes,
      findScript,
    });
    if (holders.length > 0) return holders;
  }
  return [];
}

function toProblem(reason: string): HolderSearch {
  return { holders: [], problem: `the holder was not found: ${reason}` };
}

async function takeSnapshot(inspector: Inspector): Promise<HeapSnapshot> {
  // V8 collects by itself first, but what waits for a finalizer needs a second turn.
  await inspector.call('HeapProfiler.collectGarbage');
  const reader = createSnapshotReader();
  const ignore = inspector.listen('HeapProfiler.addHeapSnapshotChunk', (event) => {
    reader.push((event as { readonly chunk: string }).chunk);
  });
  await inspector.call('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  ignore();
  return reader.end();
}

// The soak itself: one warm sandbox, event after event or some at once, and between them the floor, until the workload or the function
// ends. Says what happened; the verdict on it is verdict.ts's.
import { setTimeout } from 'node:timers/promises';
import { diedOfMemory, toCrash } from '../local/sandbox/sandbox.ts';
import type { Invocation } from '../local/sandbox/invocation.ts';
import type { InvocationResult } from '../local/batch-result.ts';
import { measureFloor, type Floor } from './sandbox/floor.ts';
import { SoakError } from './error.ts';
import { addInvocation, addLog, createLogReader, noWork, type LogCounts } from './work.ts';
import { startSandboxFor, toRounds } from './sandbox/rounds.ts';
import type { WarmSandbox, WarmSandboxOptions } from './sandbox/warm-sandbox.ts';
import type { WorkloadEvent } from './workload/workload.ts';

/** How a soak ended: through its whole workload, or before. */
export type SoakEnd =
  | { readonly kind: 'done' }
  /** The function's process was killed for its memory. */
  | { readonly kind: 'killed'; readonly atInvocation: number }
  /** Near its memory size, Tailrace turned most records away, event after event: nothing is left for its work. */
  | { readonly kind: 'declined'; readonly atInvocation: number }
  /** Its memory was full of what stays alive, and Tailrace ended the environment. */
  | { readonly kind: 'full'; readonly atInvocation: number }
  /** The function's process ended by itself or was too slow. */
  | { readonly kind: 'crashed'; readonly atInvocation: number; readonly reason: string };

/** What a soak has seen. */
export interface SoakRecord {
  readonly floors: readonly Floor[];
  readonly invocations: number;
  readonly records: number;
  /** Invocations that ended in a function error, the process alive. */
  readonly failedInvocations: number;
  /** Records of those, and records that the runtime dead-lettered: none of them was processed. */
  readonly failedRecords: number;
  /** What the first three failures said of themselves. */
  readonly firstFailures: readonly string[];
  /** Records that were reported for another delivery; a soak does not deliver again. */
  readonly reportedRecords: number;
  /** Those among them that Tailrace did not start because memory was near its limit, by its own metric. */
  readonly declinedRecords: number;
  /** How many of the last invocations, one after the other, declined most of their records. */
  readonly decliningInvocations: number;
  /** Highest resident memory, in MB, as Lambda's REPORT line would tell. */
  readonly peakMb: number;
  readonly end: SoakEnd;
}

/** What to run. */
export interface SoakRunOptions extends WarmSandboxOptions {
  readonly workload: AsyncIterable<WorkloadEvent>;
  /** Invocations at once, 1..64. Default 1. */
  readonly concurrency?: number;
  /** Invocations from one floor to the next, from 1. */
  readonly every: number;
  /** Told after every invocation. */
  readonly onProgress?: (soFar: SoakRecord) => void;
}

// A function that fails from its first event on does none of its work: its memory would prove nothing.
const hopelessInvocations = 5;
/** One heavy event may be declined, and its records come in smaller ones; so many in succession, of each that runs at once, are no accident. */
const mostDeclining = 5;
/** A process whose inspector is gone is gone itself in less. */
const endLimitMs = 10_000;

/**
 * Sends the workload to one warm sandbox.
 * @throws {SoakError} `FUNCTION` when the first five invocations all fail, and as `startWarmSandbox`; the signal's reason.
 */
export async function runSoak(options: SoakRunOptions): Promise<SoakRecord> {
  const { workload, concurrency = 1, every, signal, onProgress } = options;
  const floors: Floor[] = [];
  let soFar: SoakRecord = { ...nothingYet, floors };
  const log = createLogReader();
  const onLog = (line: string): void => {
    log.read(line);
    options.onLog?.(line);
  };
  const sandbox = await startSandboxFor({ ...options, onLog }, concurrency);
  const stop = (): void => void sandbox.close();
  signal.addEventListener('abort', stop);
  try {
    for await (const round of toRounds(workload, concurrency)) {
      const before = soFar.invocations;
      const results = await Promise.all(round.map(async ({ event }) => await sandbox.invoke(event)));
      signal.throwIfAborted();
      soFar = countLog(soFar, round, log.take());
      for (const [index, { records }] of round.entries()) {
        const invocation = results[index];
        soFar =
          invocation === undefined ? await endBetween(soFar, sandbox) : advance(soFar, invocation, records);
        if (soFar.end.kind !== 'done') break;
      }
      soFar = endWithoutMemory(soFar, { isFull: log.isFull(), mostDeclining: mostDeclining * concurrency });
      if (soFar.end.kind !== 'done') break;
      assertHope(soFar, results.at(-1)?.result);
      if (before === 0 || Math.floor(soFar.invocations / every) > Math.floor(before / every)) {
        const floor = await measureUnlessEnded(sandbox, soFar.invocations);
        signal.throwIfAborted();
        if (floor === undefined) return await endBetween(soFar, sandbox);
        floors.push(floor);
      }
      onProgress?.(soFar);
    }
    return soFar;
  } finally {
    signal.removeEventListener('abort', stop);
    await sandbox.close();
  }
}

function assertHope(
  { invocations, failedInvocations }: SoakRecord,
  last: InvocationResult | undefined,
): void {
  if (invocations < hopelessInvocations || failedInvocations < invocations) return;
  const errorType = last?.kind === 'error' ? last.errorType : 'an error';
  throw new SoakError(
    'FUNCTION',
    `every invocation fails, got ${errorType}; correct it first, --logs shows why`,
  );
}

// A function may end itself, by a timer of its own, while it is measured.
async function measureUnlessEnded(
  { inspectors }: WarmSandbox,
  invocation: number,
): Promise<Floor | undefined> {
  try {
    return await measureFloor(inspectors, invocation);
  } catch (error) {
    if (error instanceof SoakError && error.code === 'ENDED') return undefined;
    throw error;
  }
}

// A full process may be killed while it is measured, and a timer of the function's may end it: no invocation tells.
async function endBetween(soFar: SoakRecord, { ended }: WarmSandbox): Promise<SoakRecord> {
  const processEnd = await Promise.race([ended, setTimeout(endLimitMs, undefined, { ref: false })]);
  if (processEnd === undefined)
    throw new SoakError('INSPECTOR', 'the function has closed its inspector, which a soak measures with');
  const end = toEnd(toCrash(processEnd), soFar.invocations);
  if (end.kind !== 'crashed') return { ...soFar, end };
  const how = processEnd.how === '' ? '' : `, ${processEnd.how}`;
  return { ...soFar, end: { ...end, reason: `its process ended between two invocations${how}` } };
}

const nothingYet: Omit<SoakRecord, 'floors'> = {
  ...noWork,
  invocations: 0,
  failedInvocations: 0,
  declinedRecords: 0,
  decliningInvocations: 0,
  peakMb: 0,
  end: { kind: 'done' },
};

function countLog(before: SoakRecord, round: readonly WorkloadEvent[], log: LogCounts): SoakRecord {
  const { declined } = log;
  const isDeclining = declined * 2 > round.reduce((sum, { records }) => sum + records, 0);
  return {
    ...before,
    ...addLog(before, log),
    declinedRecords: before.declinedRecords + declined,
    decliningInvocations: isDeclining ? before.decliningInvocations + round.length : 0,
  };
}

function endWithoutMemory(
  soFar: SoakRecord,
  { isFull, mostDeclining }: { readonly isFull: boolean; readonly mostDeclining: number },
): SoakRecord {
  const { invocations, decliningInvocations } = soFar;
  if (isFull) return { ...soFar, end: { kind: 'full', atInvocation: invocations } };
  if (soFar.end.kind !== 'done' || decliningInvocations < mostDeclining) return soFar;
  return { ...soFar, end: { kind: 'declined', atInvocation: invocations - decliningInvocations + 1 } };
}

function advance(before: SoakRecord, invocation: Invocation, records: number): SoakRecord {
  const atInvocation = before.invocations + 1;
  const { result, memoryMb } = invocation;
  return {
    ...before,
    invocations: atInvocation,
    ...addInvocation(before, result, records),
    failedInvocations: before.failedInvocations + (result.kind === 'error' ? 1 : 0),
    peakMb: Math.max(before.peakMb, memoryMb),
    end: toEnd(result, atInvocation),
  };
}

function toEnd(result: InvocationResult, atInvocation: number): SoakEnd {
  if (result.kind === 'response' || result.kind === 'error') return { kind: 'done' };
  return result.kind === 'crash' && diedOfMemory(result)
    ? { kind: 'killed', atInvocation }
    : { kind: 'crashed', atInvocation, reason: result.errorMessage };
}

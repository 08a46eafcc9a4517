// The soak itself: one warm sandbox, event after event, and between them the floor, until the workload or the function
// ends. Says what happened; the verdict on it is verdict.ts's.
import { setTimeout } from 'node:timers/promises';
import { outOfMemory, toCrash } from '../local/sandbox/sandbox.ts';
import type { Invocation } from '../local/sandbox/invocation.ts';
import type { InvocationResult } from '../local/batch-result.ts';
import { measureFloor, type Floor } from './floor.ts';
import { SoakError } from './error.ts';
import { startWarmSandbox, type WarmSandbox, type WarmSandboxOptions } from './warm-sandbox.ts';
import type { WorkloadEvent } from './workload.ts';

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
  /** Invocations from one floor to the next, from 1. */
  readonly every: number;
  /** Told after every invocation. */
  readonly onProgress?: (soFar: SoakRecord) => void;
}

// A function that fails from its first event on does none of its work: its memory would prove nothing.
const hopelessInvocations = 5;
const mostFailures = 3;
/** One heavy event may be declined, and its records come in smaller ones; so many in succession are no accident. */
const mostDeclining = 5;
/** A process whose inspector is gone is gone itself in less. */
const endLimitMs = 10_000;

/**
 * Sends the workload to one warm sandbox.
 * @throws {SoakError} `FUNCTION` when the first five invocations all fail, and as `startWarmSandbox`; the signal's reason.
 */
export async function runSoak(options: SoakRunOptions): Promise<SoakRecord> {
  const { workload, every, signal, onProgress } = options;
  const floors: Floor[] = [];
  let soFar: SoakRecord = { ...nothingYet, floors };
  let declined = 0;
  let deadLettered = 0;
  let isFull = false;
  const failures: string[] = [];
  const onLog = (line: string): void => {
    declined += readMetric(line, 'RecordsDeclined');
    deadLettered += readMetric(line, 'RecordsDeadLettered');
    isFull ||= readMetric(line, 'EnvironmentsEnded') > 0;
    const failure = failures.length < mostFailures ? readFailure(line) : undefined;
    if (failure !== undefined) failures.push(failure);
    options.onLog?.(line);
  };
  const sandbox = await startWarmSandbox({ ...options, onLog });
  const stop = (): void => void sandbox.close();
  signal.addEventListener('abort', stop);
  try {
    for await (const { event, records } of workload) {
      [declined, deadLettered] = [0, 0];
      const invocation = await sandbox.invoke(event);
      signal.throwIfAborted();
      soFar =
        invocation === undefined
          ? await endBetween(soFar, sandbox)
          : advance(soFar, invocation, { records, declined });
      soFar = {
        ...soFar,
        failedRecords: soFar.failedRecords + deadLettered,
        firstFailures: [...soFar.firstFailures, ...failures.splice(0)].slice(0, mostFailures),
      };
      if (isFull) soFar = { ...soFar, end: { kind: 'full', atInvocation: soFar.invocations } };
      if (soFar.end.kind !== 'done') break;
      const { invocations, failedInvocations } = soFar;
      if (invocations === hopelessInvocations && failedInvocations === hopelessInvocations) {
        const errorType = invocation?.result.kind === 'error' ? invocation.result.errorType : 'an error';
        throw new SoakError(
          'FUNCTION',
          `every invocation fails, got ${errorType}; correct it first, --logs shows why`,
        );
      }
      if (invocations % every === 0 || invocations === 1) {
        const floor = await measureUnlessEnded(sandbox, invocations);
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

// A function may end itself, by a timer of its own, while it is measured.
async function measureUnlessEnded(
  { inspector }: WarmSandbox,
  invocation: number,
): Promise<Floor | undefined> {
  try {
    return await measureFloor(inspector, invocation);
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
  invocations: 0,
  records: 0,
  failedInvocations: 0,
  failedRecords: 0,
  firstFailures: [],
  reportedRecords: 0,
  declinedRecords: 0,
  decliningInvocations: 0,
  peakMb: 0,
  end: { kind: 'done' },
};

function advance(
  before: SoakRecord,
  invocation: Invocation,
  { records, declined }: { readonly records: number; readonly declined: number },
): SoakRecord {
  const atInvocation = before.invocations + 1;
  const { result, memoryMb } = invocation;
  const decliningInvocations = declined * 2 > records ? before.decliningInvocations + 1 : 0;
  return {
    floors: before.floors,
    invocations: atInvocation,
    records: before.records + records,
    failedInvocations: before.failedInvocations + (result.kind === 'error' ? 1 : 0),
    failedRecords: before.failedRecords + (result.kind === 'error' ? records : 0),
    firstFailures:
      result.kind === 'error' && before.firstFailures.length < mostFailures
        ? [...before.firstFailures, `${result.errorType}: ${result.errorMessage}`]
        : before.firstFailures,
    reportedRecords: before.reportedRecords + (result.kind === 'response' ? countReported(result.body) : 0),
    declinedRecords: before.declinedRecords + declined,
    decliningInvocations,
    peakMb: Math.max(before.peakMb, memoryMb),
    end:
      decliningInvocations < mostDeclining
        ? toEnd(result, atInvocation)
        : { kind: 'declined', atInvocation: atInvocation - mostDeclining + 1 },
  };
}

function toEnd(result: InvocationResult, atInvocation: number): SoakEnd {
  if (result.kind === 'response' || result.kind === 'error') return { kind: 'done' };
  return result.kind === 'crash' && isMemory(result)
    ? { kind: 'killed', atInvocation }
    : { kind: 'crashed', atInvocation, reason: result.errorMessage };
}

// V8 gives up on a full heap before any cap does: with SIGABRT, or SIGTRAP where it cannot even reserve.
function isMemory({
  errorType,
  errorMessage,
}: {
  readonly errorType: string;
  readonly errorMessage: string;
}): boolean {
  return errorType === outOfMemory || /signal: (?:aborted|trace)/.test(errorMessage);
}

// Of a line of metrics in CloudWatch's embedded format, as lib/telemetry/metrics.ts writes it.
function readMetric(
  line: string,
  name: 'EnvironmentsEnded' | 'RecordsDeadLettered' | 'RecordsDeclined',
): number {
  if (!line.startsWith('{"_aws"')) return 0;
  return Number(new RegExp(`"${name}":(\\d+)`).exec(line)?.[1] ?? 0);
}

// A line of the runtime about a record that failed: its error's name, code and, on a developer's machine, message.
function readFailure(line: string): string | undefined {
  if (!line.startsWith('{') || !line.includes('"error":{')) return undefined;
  try {
    const { error } = JSON.parse(line) as {
      readonly error?: { readonly name?: string; readonly code?: string; readonly message?: string };
    };
    return [error?.name, error?.code, error?.message].filter((part) => part !== undefined).join(': ');
  } catch {
    // No line of ours.
    return undefined;
  }
}

function countReported(body: string): number {
  const { batchItemFailures } = (JSON.parse(body) ?? {}) as { readonly batchItemFailures?: unknown };
  return Array.isArray(batchItemFailures) ? batchItemFailures.length : 0;
}

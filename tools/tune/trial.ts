// One trial: the function's own asset in one sandbox of one memory size, some events, and what became of them. Being killed is a
// result here, not a failure.
import type { AwsEndpoints } from '../aws/endpoints.ts';
import { startSandbox } from '../local/sandbox/sandbox-start.ts';
import { outOfMemory, type Sandbox } from '../local/sandbox/sandbox.ts';
import type { Invocation } from '../local/sandbox/invocation.ts';
import type { WorkloadEvent } from '../soak/workload.ts';
import type { LambdaFunction } from '../template/topology.ts';
import { TuneError } from './error.ts';

/** What became of a trial. Only `survived` means that each record was started and the process is alive. */
export type TrialOutcome = 'survived' | 'killed' | 'declined' | 'timed out';

/** One trial's result. */
export interface Trial {
  readonly memoryMb: number;
  readonly outcome: TrialOutcome;
  readonly invocations: number;
  /** Records sent, in invocations that ended. */
  readonly records: number;
  /** Records that the runtime did not start because memory was near its limit. */
  readonly declinedRecords: number;
  /** Invocations that ended in a function error, the process alive. */
  readonly failedInvocations: number;
  /** Highest resident memory, MB; the memory size where the process was killed. */
  readonly peakMb: number;
  readonly initMs: number;
  /** Each invocation after the first one, which also compiles. */
  readonly durationsMs: readonly number[];
}

/** What to try. */
export interface TrialOptions {
  /** Its `memoryMb` is the size that is tried. */
  readonly fn: LambdaFunction;
  readonly endpoints: AwsEndpoints;
  readonly events: readonly WorkloadEvent[];
  /** Whether the function gets CPU time in proportion to its memory size, as on Lambda; needs control groups. */
  readonly cpuShare: boolean;
  readonly signal: AbortSignal;
  readonly onLog?: (line: string) => void;
}

/** Lambda's own limit is 10 s, after which init is run again under the function's timeout. */
const initLimitMs = 60_000;
/** A trial lasts at least so long, or plays its events so many times. */
const leastMs = 1_500;
const mostRounds = 20;

/**
 * Runs the events one after another.
 * @throws {TuneError} `FUNCTION` when the function does not load, or each invocation fails; the signal's reason
 */
export async function runTrial(options: TrialOptions): Promise<Trial> {
  const { fn, signal } = options;
  const log = createLogReader(options.onLog);
  const start = await startSandbox(
    {
      fn,
      accountId: options.endpoints.accountId,
      region: options.endpoints.region,
      endpoints: options.endpoints.environment,
      cpuShare: options.cpuShare,
      onLog: (stream, line) => (stream === 'platform' ? undefined : log.read(line)),
    },
    { limitMs: initLimitMs, phase: 'init', signal },
  );
  signal.throwIfAborted();
  if (start.kind !== 'ready') {
    const result = start.kind === 'failed' ? start.result : undefined;
    if (result?.kind === 'crash' && diedOfMemory(result))
      return killedAt(fn.memoryMb, nothingYet(start.initMs));
    const why =
      result !== undefined && 'errorMessage' in result ? result.errorMessage : 'init takes over 60 s';
    throw new TuneError('FUNCTION', `function ${fn.name} does not start, got ${why}; --logs shows more`);
  }
  const { sandbox } = start;
  const stop = (): void => void sandbox.close();
  signal.addEventListener('abort', stop);
  try {
    return await sendAll(sandbox, options, log);
  } finally {
    signal.removeEventListener('abort', stop);
    await sandbox.close();
  }
}

async function sendAll(
  sandbox: Sandbox,
  { fn, events, signal }: TrialOptions,
  log: LogReader,
): Promise<Trial> {
  let trial: Trial = { ...nothingYet(0), memoryMb: fn.memoryMb };
  const startedMs = performance.now();
  // A few short events would say little: CPU time is given out in slices of 100 ms.
  const isEnough = (sent: number): boolean =>
    sent >= events.length && (sent >= events.length * mostRounds || performance.now() - startedMs >= leastMs);
  for (let sent = 0; !isEnough(sent); sent++) {
    const { event, records } = events[sent % events.length] as WorkloadEvent;
    const invocation = await sandbox.invoke({ event });
    signal.throwIfAborted();
    if (invocation === undefined) return killedAt(fn.memoryMb, trial);
    trial = advance(trial, invocation, records);
    trial = { ...trial, declinedRecords: log.declined() };
    if (trial.outcome !== 'survived') return trial;
  }
  if (trial.failedInvocations === trial.invocations)
    throw new TuneError(
      'FUNCTION',
      `every invocation of ${fn.name} fails, got ${log.lastError()}; correct it first, --logs shows more`,
    );
  return trial.declinedRecords > 0 || log.isTooSmall() ? { ...trial, outcome: 'declined' } : trial;
}

function nothingYet(initMs: number): Trial {
  return {
    memoryMb: 0,
    outcome: 'survived',
    invocations: 0,
    records: 0,
    declinedRecords: 0,
    failedInvocations: 0,
    peakMb: 0,
    initMs,
    durationsMs: [],
  };
}

function killedAt(memoryMb: number, before: Trial): Trial {
  return { ...before, memoryMb, outcome: 'killed', peakMb: memoryMb };
}

function advance(
  before: Trial,
  { result, memoryMb, durationMs, initMs }: Invocation,
  records: number,
): Trial {
  const after: Trial = {
    ...before,
    invocations: before.invocations + 1,
    records: before.records + records,
    failedInvocations: before.failedInvocations + (result.kind === 'error' ? 1 : 0),
    peakMb: Math.max(before.peakMb, memoryMb),
    initMs: initMs ?? before.initMs,
    durationsMs: before.invocations === 0 ? before.durationsMs : [...before.durationsMs, durationMs],
  };
  switch (result.kind) {
    case 'response':
    case 'error':
      return after;
    case 'timeout':
      return { ...after, outcome: 'timed out' };
    case 'crash':
      if (diedOfMemory(result)) return killedAt(before.memoryMb, after);
      if (isFullEnvironment(result)) return { ...after, outcome: 'declined' };
      throw new TuneError('FUNCTION', `the function's process ends by itself, got ${result.errorMessage}`);
    case 'unavailable':
      throw new TuneError('FUNCTION', `the function cannot be invoked, got ${result.errorMessage}`);
  }
}

// V8 gives up on a full heap before the memory size is reached: SIGABRT, or SIGTRAP where it cannot even reserve.
function diedOfMemory(crash: { readonly errorType: string; readonly errorMessage: string }): boolean {
  return crash.errorType === outOfMemory || /signal: (?:aborted|trace)/.test(crash.errorMessage);
}

// A consumer ends its environment when memory is full: lib/memory/environment-end.ts.
function isFullEnvironment({ errorMessage }: { readonly errorMessage: string }): boolean {
  return errorMessage.endsWith('exit status 75');
}

interface LogReader {
  readonly read: (line: string) => void;
  readonly declined: () => number;
  /** Whether the runtime has said that the memory size is too small, and declined nothing for that reason. */
  readonly isTooSmall: () => boolean;
  readonly lastError: () => string;
}

// The runtime's own line of metrics says how many records it declined.
function createLogReader(onLog: ((line: string) => void) | undefined): LogReader {
  let declined = 0;
  let isTooSmall = false;
  let lastError = 'a function error';
  return {
    read(line) {
      if (line.startsWith('{"_aws"')) declined += Number(/"RecordsDeclined":(\d+)/.exec(line)?.[1] ?? 0);
      else if (line.includes('"the memory size is too small')) isTooSmall = true;
      else if (/"level":"ERROR"|Error/.test(line)) lastError = line.slice(0, 300);
      onLog?.(line);
    },
    declined: () => declined,
    isTooSmall: () => isTooSmall,
    lastError: () => lastError,
  };
}

/** The mean of the durations; NaN without any. */
export function toMean(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}

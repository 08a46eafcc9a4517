// One trial: the function's own asset in one sandbox of one memory size, some events, and what became of them. Being killed is a
// result here, not a failure.
import type { AwsEndpoints } from '../../aws/endpoints.ts';
import { startSandbox } from '../../local/sandbox/sandbox-start.ts';
import { diedOfMemory, type Sandbox } from '../../local/sandbox/sandbox.ts';
import type { Invocation } from '../../local/sandbox/invocation.ts';
import { addInvocation, addLog, createLogReader, noWork, toWorkDoubts, type Work } from '../../soak/work.ts';
import type { WorkloadEvent } from '../../soak/workload/workload.ts';
import type { LambdaFunction } from '../../template/topology.ts';
import { TuneError } from '../error.ts';

/** What became of a trial. Only `survived` means that each record was started and the process is alive. */
export type TrialOutcome = 'survived' | 'killed' | 'declined' | 'timed out';

/** One trial's result. */
export interface Trial extends Work {
  readonly memoryMb: number;
  readonly outcome: TrialOutcome;
  readonly invocations: number;
  /** Records that the runtime did not start because memory was near its limit. */
  readonly declinedRecords: number;
  /** Highest resident memory, MB; the memory size where the process was killed. */
  readonly peakMb: number;
  readonly initMs: number;
  /** Each invocation after warming up; none where it came to an end before. */
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
  /** Slow events are not all played: after so long, ms, two are enough. Infinity where it is memory that matters. */
  readonly enoughMs: number;
  /** So long, ms, events are played first, on one whole CPU, whose durations do not count. 0 where it is memory that matters. */
  readonly warmUpMs: number;
  readonly signal: AbortSignal;
  readonly onLog?: (line: string) => void;
}

/** Lambda's own limit is 10 s, after which init is run again under the function's timeout. */
const initLimitMs = 60_000;
/** A trial lasts at least so long, or plays its events so many times. */
const leastMs = 1_500;
const mostRounds = 20;
/** One more event that takes seconds is a mean by itself. */
const leastEvents = 2;

/**
 * Runs the events one after another.
 * @throws {TuneError} `FUNCTION` when the function does not load, or processes under 90 % of its records; the signal's reason
 */
export async function runTrial(options: TrialOptions): Promise<Trial> {
  const { fn, signal } = options;
  const log = createTrialLog(options.onLog);
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
    // With a share of a CPU that is slow; with all of it, it is the function.
    if (start.kind === 'overrun' && options.cpuShare)
      return { ...nothingYet(start.initMs), memoryMb: fn.memoryMb, outcome: 'timed out' };
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

async function sendAll(sandbox: Sandbox, options: TrialOptions, log: TrialLog): Promise<Trial> {
  const { fn, events, enoughMs, warmUpMs } = options;
  let trial: Trial = { ...nothingYet(0), memoryMb: fn.memoryMb };
  if (warmUpMs > 0) {
    if (options.cpuShare) sandbox.setCpus('one');
    trial = await send(
      trial,
      { ...options, isEnough: (sent, ms) => ms >= warmUpMs || sent >= events.length * mostRounds },
      sandbox,
      log,
    );
    trial = { ...trial, durationsMs: [] };
    if (trial.outcome !== 'survived') return trial;
    if (options.cpuShare) sandbox.setCpus('share');
  }
  trial = await send(
    trial,
    {
      ...options,
      isEnough(sent, ms) {
        if (sent < events.length) return sent >= leastEvents && ms >= enoughMs;
        // A few short events would say little: CPU time is given out in slices of 20 ms.
        return ms >= leastMs || sent >= events.length * mostRounds;
      },
    },
    sandbox,
    log,
  );
  const [doubt] = trial.outcome === 'survived' ? toWorkDoubts(trial) : [];
  if (doubt !== undefined) throw new TuneError('FUNCTION', `${fn.name}: ${doubt}`);
  return trial;
}

interface SendOptions extends Pick<TrialOptions, 'events' | 'signal'> {
  /** Asked before each event, with those that were sent, and ms since the first. */
  readonly isEnough: (sent: number, ms: number) => boolean;
}

/** Sends events in turn and carries the trial on, until it is enough or something other than success comes of one. */
async function send(
  before: Trial,
  { events, signal, isEnough }: SendOptions,
  sandbox: Sandbox,
  log: TrialLog,
): Promise<Trial> {
  let trial = before;
  const startedMs = performance.now();
  for (let sent = 0; trial.outcome === 'survived' && !isEnough(sent, performance.now() - startedMs); sent++) {
    const { event, records } = events[sent % events.length] as WorkloadEvent;
    const invocation = await sandbox.invoke({ event });
    signal.throwIfAborted();
    if (invocation === undefined) return killedAt(trial.memoryMb, trial);
    trial = count(advance(trial, invocation, records), log);
    if (trial.outcome === 'survived' && (trial.declinedRecords > 0 || log.isTooSmall()))
      trial = { ...trial, outcome: 'declined' };
  }
  return trial;
}

function nothingYet(initMs: number): Trial {
  return {
    memoryMb: 0,
    outcome: 'survived',
    ...noWork,
    invocations: 0,
    declinedRecords: 0,
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
    ...addInvocation(before, result, records),
    peakMb: Math.max(before.peakMb, memoryMb),
    initMs: initMs ?? before.initMs,
    durationsMs: [...before.durationsMs, durationMs],
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

// A consumer ends its environment when memory is full: lib/memory/environment-end.ts.
function isFullEnvironment({ errorMessage }: { readonly errorMessage: string }): boolean {
  return errorMessage.endsWith('exit status 75');
}

function count(trial: Trial, log: TrialLog): Trial {
  const counts = log.take();
  return { ...trial, ...addLog(trial, counts), declinedRecords: trial.declinedRecords + counts.declined };
}

interface TrialLog extends Pick<ReturnType<typeof createLogReader>, 'read' | 'take'> {
  /** Whether the runtime has said that the memory size is too small, and declined nothing for that reason. */
  readonly isTooSmall: () => boolean;
}

function createTrialLog(onLog: ((line: string) => void) | undefined): TrialLog {
  const reader = createLogReader();
  let isTooSmall = false;
  return {
    take: reader.take,
    read(line) {
      reader.read(line);
      isTooSmall ||= line.includes('"the memory size is too small');
      onLog?.(line);
    },
    isTooSmall: () => isTooSmall,
  };
}

/** The mean of the durations; NaN without any. */
export function toMean(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}

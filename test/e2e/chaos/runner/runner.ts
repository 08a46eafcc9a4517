// The runner's process as the chaos run sees it: started, asked, killed, started again, and what became of it added up
// over all its lives.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { AwsEndpoints } from '../../../../tools/aws/endpoints.ts';
import { readPeakMemoryMb } from '../../../../tools/local/sandbox/memory/process-memory.ts';

/** What the process is started with. */
export interface RunnerSettings {
  readonly cdkOut: string;
  readonly bootstrapServers: string;
  readonly endpoints: Pick<AwsEndpoints, 'environment' | 'accountId' | 'region'>;
}

/** What one life of the process tells, four times a second. */
export interface RunnerReport {
  /** How many ended how. */
  readonly invocations: Readonly<Record<string, number>>;
  /** Records in invocations that had been sent to the function before, in this life. */
  readonly redelivered: number;
  /** Offsets that the broker had no longer. */
  readonly lost: number;
  readonly warnings: number;
  readonly lastWarning: string;
  /** Ids of the function processes that were ever started. */
  readonly sandboxes: readonly number[];
}

/** What is under way in one life of the process, told with every change. */
export interface UnderWay {
  /** Records that were read and are not committed. */
  readonly waiting: number;
  /** Invocations. */
  readonly inFlight: number;
  /** Partitions of which records were processed, and the commit is not acknowledged. */
  readonly answered: number;
  /** Commits that the broker has acknowledged in this life. */
  readonly commits: number;
}

/** What the process tells. */
export type RunnerMessage = { readonly report: RunnerReport } | { readonly underWay: UnderWay };

/** The runner, through all its lives. */
export interface Runner {
  /** SIGKILL, and another one. */
  readonly kill: () => Promise<void>;
  readonly restartPollers: () => void;
  /** Of this life; undefined if it has not started. */
  readonly processId: () => number | undefined;
  /** Ids of the function processes of this life, some of which may have ended. */
  readonly sandboxes: () => readonly number[];
  readonly underWay: () => UnderWay;
  /** Resolves with the next change of `underWay`. */
  readonly onChange: () => Promise<void>;
  readonly read: () => RunnerFigures;
  readonly close: () => Promise<void>;
}

/** The sums over all lives. */
export interface RunnerFigures extends Omit<RunnerReport, 'sandboxes'> {
  /** Highest resident memory of any life, in MB. */
  readonly peakMemoryMb: number;
  readonly lives: number;
  /** Lives that ended without having been killed by us. */
  readonly deaths: number;
}

const nothing: RunnerReport = {
  invocations: {},
  redelivered: 0,
  lost: 0,
  warnings: 0,
  lastWarning: '',
  sandboxes: [],
};
const idle: UnderWay = { waiting: 0, inFlight: 0, answered: 0, commits: 0 };
const script = fileURLToPath(new URL('runner-process.ts', import.meta.url));

/** Starts the runner; nothing waits until it has partitions. */
export function startRunner(settings: RunnerSettings): Runner {
  let past: RunnerReport = nothing;
  let current: RunnerReport = nothing;
  let underWay = idle;
  let change = Promise.withResolvers<void>();
  let [peakMemoryMb, lives, deaths] = [0, 0, 0];
  let isClosing = false;
  let child: ChildProcess;

  const tellChange = (now: UnderWay): void => {
    underWay = now;
    change.resolve();
    change = Promise.withResolvers();
  };
  const begin = (): void => {
    lives++;
    const started = fork(script, [JSON.stringify(settings)], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child = started;
    started.on('message', (message) => {
      const told = message as RunnerMessage;
      if ('report' in told) current = told.report;
      else tellChange(told.underWay);
    });
    started.once('exit', () => {
      past = add(past, current);
      current = nothing;
      tellChange(idle);
      if (isClosing) return;
      if (!started.killed) deaths++;
      begin();
    });
  };
  const sample = async (): Promise<void> => {
    const { pid } = child;
    const now = pid === undefined ? undefined : await readPeakMemoryMb(pid);
    peakMemoryMb = Math.max(peakMemoryMb, now ?? 0);
  };
  begin();
  const timer = setInterval(() => void sample(), 100);
  return {
    async kill() {
      const victim = child;
      await sample();
      const ended = once(victim, 'exit');
      if (victim.kill('SIGKILL')) await ended;
    },
    restartPollers: () => void child.send('restart-pollers', () => {}),
    processId: () => child.pid,
    sandboxes: () => current.sandboxes,
    underWay: () => underWay,
    onChange: async () => await change.promise,
    read: () => ({ ...add(past, current), peakMemoryMb, lives, deaths }),
    async close() {
      isClosing = true;
      clearInterval(timer);
      await sample();
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.disconnect();
      const limit = setTimeout(() => child.kill('SIGKILL'), 30_000);
      await ended;
      clearTimeout(limit);
    },
  };
}

function add(a: RunnerReport, b: RunnerReport): RunnerReport {
  const statuses = new Set([...Object.keys(a.invocations), ...Object.keys(b.invocations)]);
  const sum = (status: string): number => (a.invocations[status] ?? 0) + (b.invocations[status] ?? 0);
  return {
    invocations: Object.fromEntries(Array.from(statuses, (status) => [status, sum(status)])),
    redelivered: a.redelivered + b.redelivered,
    lost: a.lost + b.lost,
    warnings: a.warnings + b.warnings,
    lastWarning: b.lastWarning === '' ? a.lastWarning : b.lastWarning,
    sandboxes: b.sandboxes,
  };
}

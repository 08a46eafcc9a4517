// A function's child process: started with Lambda's flags and environment under its memory cap, its output read, frozen
// and thawed, its end told in Lambda's words. Knows nothing of invocations; sandbox.ts does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { joinScript } from '../memory/cgroup.ts';
import { hireJanitor } from './orphan-reaper.ts';
import type { MemoryCap } from '../memory/memory-cap.ts';
import { readOutput } from './process-output.ts';
import { readPeakMemoryMb } from '../memory/process-memory.ts';
import { toReadOnly } from './read-only.ts';

/** How to start the process. */
export interface SandboxProcessOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** V8 flags. */
  readonly flags: readonly string[];
  /** The asset folder, its working directory. */
  readonly taskRoot: string;
  /** Folders that the process may not write to, absolute, where the system can keep it from that. */
  readonly readOnlyFolders: readonly string[];
  /** File URLs of modules that find the AWS SDK for it. */
  readonly sdkParents: readonly string[];
  /** The runtime client's file. Default: our own. */
  readonly runtime?: string;
  /** Bounds its memory; released when it has ended. */
  readonly cap: MemoryCap;
  /** Takes every line that the function prints, without its newline. */
  readonly onLine: (stream: 'stdout' | 'stderr', line: string) => void;
}

/** How a process has ended. */
export interface ProcessEnd {
  /** Lambda's words for it, as `exit status 1`; empty for a clean exit. */
  readonly how: string;
  /** Whether its memory cap killed it. */
  readonly isOutOfMemory: boolean;
  /** Whether V8 or the allocator has given up for want of memory, which no cap has to be reached for. Default false. */
  readonly isHeapFull?: boolean;
}

/** A started process. */
export interface SandboxProcess {
  /** Settles once it has ended and its last output was read. */
  readonly ended: Promise<ProcessEnd>;
  /** False if the operating system did not start it at all. */
  readonly hasStarted: boolean;
  readonly isAlive: () => boolean;
  /** Resolves once all output up to the runtime's mark for `requestId` was read, or the process has ended. */
  readonly flushed: (requestId: string) => Promise<void>;
  /** Peak resident memory so far, in MB. */
  readonly peakMemoryMb: () => Promise<number>;
  /** Kills it if it has been over its memory; true if so. */
  readonly checkMemory: () => Promise<boolean>;
  /** Bounds its CPU time anew, where it is bounded. */
  readonly setCpus: (cpus: number) => void;
  /** Stops it and all that it has started, where the system can do that: nothing of it runs until `thaw`. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Kills it and all that it has started. */
  readonly kill: () => void;
  /** Kills it if it still runs; resolves once nothing is left of it, its cap included. */
  readonly close: () => Promise<void>;
}

const bootstrap = fileURLToPath(new URL('../bootstrap/bootstrap.mjs', import.meta.url));
const signalNames: Readonly<Record<string, string>> = {
  SIGKILL: 'killed',
  SIGABRT: 'aborted',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
  SIGTRAP: 'trace/breakpoint trap',
};
/** What V8, Node and C++ say before they abort. A process that aborts for another reason says something else, or nothing. */
const wordsOfFullHeap = /out of memory|allocation failed|invalid size error|\bOOM\b|bad_alloc/i;
const hasGroups = process.platform !== 'win32';
// A peak between two samples is not lost (VmHWM is a high-water mark); only the last 100 ms before a crash can be.
const memorySampleMs = 100;

/** Starts the process; a failure to start shows as its end. */
export function startSandboxProcess(options: SandboxProcessOptions): SandboxProcess {
  const { cap } = options;
  const child = spawnChild(options);
  const { pid } = child;
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null && pid !== undefined;
  const signal = (name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void => {
    if (pid !== undefined && isAlive()) signalGroup(pid, name);
  };
  const kill = (): void => signal('SIGKILL');
  const janitor = pid === undefined || !hasGroups ? undefined : hireJanitor(pid, cap.folders);
  if (pid !== undefined) cap.watch(pid, kill);
  // What the function has started dies with it; it would hold the output open, and on Lambda the environment is reset.
  child.once('exit', () => {
    if (pid !== undefined && hasGroups) signalGroup(pid, 'SIGKILL');
    cap.killRest();
  });

  let saysItIsFull = false;
  const output = readOutput(child, (stream, line) => {
    if (stream === 'stderr') saysItIsFull ||= wordsOfFullHeap.test(line);
    options.onLine(stream, line);
  });
  let isFrozen = false;
  let peakMb = 0;
  const sample = async (): Promise<number> => {
    const now = pid === undefined || !isAlive() ? undefined : await readPeakMemoryMb(pid);
    peakMb = Math.max(peakMb, now ?? 0);
    return peakMb;
  };
  const timer = setInterval(() => void sample(), memorySampleMs);
  timer.unref();
  const ended = (async (): Promise<ProcessEnd> => {
    const end = await describeEnd(child);
    clearInterval(timer);
    output.release();
    const isOutOfMemory = end.isKilled && cap.wasExceeded();
    return { how: end.how, isOutOfMemory, isHeapFull: end.isAborted && saysItIsFull };
  })();
  const cleaned = (async (): Promise<void> => {
    await ended;
    await janitor?.dismiss();
    await cap.release();
  })();
  // Whoever closes hears of a failure; nobody has to.
  cleaned.catch(() => {});

  return {
    ended,
    hasStarted: pid !== undefined,
    isAlive,
    async flushed(requestId) {
      await Promise.race([output.flushed(requestId), ended]);
    },
    peakMemoryMb: sample,
    checkMemory: cap.check,
    setCpus: cap.setCpus,
    freeze() {
      // Stopped without a janitor, it would outlive a runner that is killed.
      if (janitor?.isThere !== true) return;
      isFrozen = true;
      signal('SIGSTOP');
      cap.pause();
    },
    thaw() {
      if (!isFrozen) return;
      isFrozen = false;
      cap.resume();
      signal('SIGCONT');
    },
    kill,
    async close() {
      kill();
      await cleaned;
    },
  };
}

function spawnChild(options: SandboxProcessOptions): ReturnType<typeof spawn> {
  const { flags, runtime = bootstrap, sdkParents } = options;
  const node = [process.execPath, ...flags, runtime, ...sdkParents];
  const command = [...toReadOnly(options.readOnlyFolders), ...node];
  const { folders } = options.cap;
  // Memory is charged to the group that a process is in when it first touches a page, so it joins before it is Node.
  const [file = '', ...args] =
    folders.length === 0 ? command : ['/bin/sh', '-c', joinScript, 'sh', ...folders, '--', ...command];
  return spawn(file, args, {
    cwd: options.taskRoot,
    env: options.environment,
    // The fourth is the lifeline: nothing is ever written to it, it closes when this process dies.
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // Out of the terminal's process group: Ctrl-C is for the runner, which ends its functions in order.
    detached: hasGroups,
  });
}

// `detached` has made the process the leader of a group of its own.
function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(hasGroups ? -pid : pid, name);
  } catch (error) {
    // It has ended a moment ago; macOS says EPERM until it is reaped.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

async function describeEnd(
  child: ReturnType<typeof spawn>,
): Promise<{ readonly how: string; readonly isKilled: boolean; readonly isAborted: boolean }> {
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    const isAborted = signal === 'SIGABRT' || signal === 'SIGTRAP';
    if (signal !== null)
      return { how: `signal: ${signalNames[signal] ?? signal}`, isKilled: signal === 'SIGKILL', isAborted };
    return { how: code === 0 ? '' : `exit status ${code}`, isKilled: false, isAborted };
  } catch (error) {
    const how = `cannot start: ${error instanceof Error ? error.message : String(error)}`;
    return { how, isKilled: false, isAborted: false };
  }
}

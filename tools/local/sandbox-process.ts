// A function's child process: started with Lambda's flags and environment, its output cut into lines, its memory
// watched, its end told in Lambda's words. Knows nothing of invocations; sandbox.ts does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { readPeakMemoryMb } from './process-memory.ts';

/** How to start the process. */
export interface SandboxProcessOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** V8 flags. */
  readonly flags: readonly string[];
  /** The asset folder, its working directory. */
  readonly taskRoot: string;
  /** Takes every line that the function prints, without its newline. */
  readonly onLine: (stream: 'stdout' | 'stderr', line: string) => void;
}

/** A started process. */
export interface SandboxProcess {
  /** Settles once it has ended and its last output was read; Lambda's words for how, as `exit status 1`. */
  readonly ended: Promise<string>;
  /** False if the operating system did not start it at all. */
  readonly hasStarted: boolean;
  readonly isAlive: () => boolean;
  /** Resolves once all output up to the runtime's mark for `requestId` was read, or the process has ended. */
  readonly flushed: (requestId: string) => Promise<void>;
  /** Peak resident memory so far, in MB. */
  readonly peakMemoryMb: () => Promise<number>;
  readonly kill: () => void;
}

const bootstrap = fileURLToPath(new URL('bootstrap.mjs', import.meta.url));
const signalNames: Readonly<Record<string, string>> = {
  SIGKILL: 'killed',
  SIGABRT: 'aborted',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
  SIGTRAP: 'trace/breakpoint trap',
};
const maxLineLength = 256 * 1024;
// A peak between two samples is not lost (VmHWM is a high-water mark); only the last 100 ms before a crash can be.
const memorySampleMs = 100;

/** Starts the process; a failure to start shows as its end. */
export function startSandboxProcess(options: SandboxProcessOptions): SandboxProcess {
  const child = spawn(process.execPath, [...options.flags, bootstrap, import.meta.url], {
    cwd: options.taskRoot,
    env: options.environment,
    // The fourth is the lifeline: nothing is ever written to it, it closes when this process dies.
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // Out of the terminal's process group: Ctrl-C is for the runner, which ends its functions in order.
    detached: process.platform !== 'win32',
  });
  const marks = new Map<string, { seen: number; readonly reached: PromiseWithResolvers<void> }>();
  const markOf = (requestId: string): { seen: number; readonly reached: PromiseWithResolvers<void> } => {
    const mark = marks.get(requestId) ?? { seen: 0, reached: Promise.withResolvers<void>() };
    marks.set(requestId, mark);
    return mark;
  };
  for (const stream of ['stdout', 'stderr'] as const) {
    // Typed as nullable only because stdio has four entries.
    readLines(child[stream] as Readable, {
      onLine: (line) => options.onLine(stream, line),
      onMark: (requestId) => {
        const mark = markOf(requestId);
        if (++mark.seen === 2) mark.reached.resolve();
      },
    });
  }

  let peakMb = 0;
  const sample = async (): Promise<number> => {
    const now = child.pid === undefined || !isAlive() ? undefined : await readPeakMemoryMb(child.pid);
    peakMb = Math.max(peakMb, now ?? 0);
    return peakMb;
  };
  const isAlive = (): boolean =>
    child.exitCode === null && child.signalCode === null && child.pid !== undefined;
  const timer = setInterval(() => void sample(), memorySampleMs);
  timer.unref();
  const ended = describeEnd(child).finally(() => {
    clearInterval(timer);
    for (const { reached } of marks.values()) reached.resolve();
  });

  return {
    ended,
    hasStarted: child.pid !== undefined,
    isAlive,
    async flushed(requestId) {
      await Promise.race([markOf(requestId).reached.promise, ended]);
      marks.delete(requestId);
    },
    peakMemoryMb: sample,
    kill: () => void child.kill('SIGKILL'),
  };
}

async function describeEnd(child: ReturnType<typeof spawn>): Promise<string> {
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    if (signal !== null) return `signal: ${signalNames[signal] ?? signal}`;
    return code === 0 ? '' : `exit status ${code}`;
  } catch (error) {
    return `cannot start: ${error instanceof Error ? error.message : String(error)}`;
  }
}

// The mark is `\0END <request id>` and a newline; a function's unfinished last line may precede it.
function readLines(
  readable: Readable,
  to: { readonly onLine: (line: string) => void; readonly onMark: (requestId: string) => void },
): void {
  let rest = '';
  readable.setEncoding('utf8');
  readable.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    // Lambda cuts log events at 256 KB; a function that never ends its line must not fill the runner's memory.
    if (rest.length > maxLineLength) lines.push(rest.slice(0, maxLineLength));
    if (rest.length > maxLineLength) rest = rest.slice(maxLineLength);
    for (const line of lines) {
      const [text = '', requestId] = line.split('\0END ');
      if (text !== '' || requestId === undefined) to.onLine(text);
      if (requestId !== undefined) to.onMark(requestId);
    }
  });
  readable.on('end', () => {
    if (rest !== '') to.onLine(rest);
  });
}

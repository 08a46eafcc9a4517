// The broker's processes, started, watched and ended: a supervisor and the Java machine below it. Apart from broker.ts,
// which knows Kafka and nothing of processes.
import { spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What the supervisor reads from `plan.json` in the broker's folder. */
export interface SupervisorPlan {
  /** Path of the `java` program. */
  readonly java: string;
  /** Arguments of `java`, one list per run, one run after the other; the last one is the broker. */
  readonly commands: readonly (readonly string[])[];
  /** How long a broker may take to stop before it is killed, in milliseconds. */
  readonly stopTimeoutMs: number;
  /** Whether a broker that somebody ends with a signal is started again, with its data and ports. Default false. */
  readonly revives?: boolean;
}

/** A broker's processes. */
export interface BrokerProcess {
  /** Resolves with the id of the broker's Java machine once that has been started; rejects if that never happens. */
  readonly started: Promise<number>;
  /** Id of the Java machine that was started last; undefined before the first. */
  readonly processId: () => number | undefined;
  /** Resolves when all of it has ended and its folder is gone. */
  readonly ended: Promise<void>;
  readonly isEnded: () => boolean;
  /** The last lines that the processes printed, for an error message; empty or starting with a line break. */
  readonly tail: () => string;
  /** Ends all of it; a second call waits for the same end. */
  readonly close: () => Promise<void>;
}

const tailLines = 20;

/** Starts the runs of `plan` in `folder`, which is removed with the processes, whoever of them or of us dies first. */
export async function startBrokerProcess(folder: string, plan: SupervisorPlan): Promise<BrokerProcess> {
  await writeFile(join(folder, 'plan.json'), JSON.stringify(plan), { mode: 0o600 });
  const script = fileURLToPath(new URL('supervisor.ts', import.meta.url));
  const child = spawn(process.execPath, [script, folder], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    if (lines.length > tailLines) lines.shift();
  });
  child.stdin.on('error', () => {}); // it ended first; its exit tells
  const started = Promise.withResolvers<number>();
  started.promise.catch(() => {});
  let processId: number | undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const id = /^broker (\d+)$/.exec(line)?.[1];
    if (id === undefined) return;
    processId = Number(id);
    started.resolve(processId);
  });
  child.once('error', (error) => started.reject(error));
  child.once('exit', (_code, signal) => {
    // Only a killed supervisor leaves something behind: the rest of its process group, and the folder.
    if (signal !== null) killGroup(child.pid);
  });
  let isEnded = false;
  const ended = (async (): Promise<void> => {
    // All have let go of its pipes then, so their last words are in.
    await new Promise((resolve) => child.once('close', resolve));
    started.reject(new Error(`its process ended${toEnd(child.exitCode, child.signalCode)}`));
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    isEnded = true;
  })();
  return {
    started: started.promise,
    processId: () => processId,
    ended,
    isEnded: () => isEnded,
    tail: () => (lines.length === 0 ? '' : `\n${lines.join('\n')}`),
    async close() {
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), plan.stopTimeoutMs + 5_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

function toEnd(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return ` with ${signal}`;
  return code === null ? '' : ` with exit code ${code}`;
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

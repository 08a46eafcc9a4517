// Runs the program as a person does: the real command line in a process (group) of its own.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url));

/** How a command ended, and what it printed. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way. */
export interface RunningCli {
  readonly child: ChildProcess;
  /** Resolves when `text` has been printed so many times, default once, on either stream; rejects when the command ends first. */
  printed(text: string, times?: number): Promise<void>;
  /** What it has printed so far. */
  output(): string;
  readonly ended: Promise<CliResult>;
}

/** Starts `tailrace <args>` in a folder, default the project's, as the leader of a process group, so that what it leaves behind can be counted. */
export function startCli(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  cwd: string = root,
): RunningCli {
  // Its output is looked through for payloads, like that of the tests themselves.
  const tap =
    'TAILRACE_PAYLOAD_DUMP' in process.env
      ? [`--import=${new URL('../../tools/setup/payload-tap.mjs', import.meta.url).href}`]
      : [];
  const env = { ...process.env, ...environment };
  return startProgram(process.execPath, [...tap, `${root}tools/cli.ts`, ...args], { cwd, env });
}

/** Starts a program as the leader of a process group. */
export function startProgram(
  program: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): RunningCli {
  const child = spawn(program, args, { cwd, detached: true, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  let more = Promise.withResolvers<void>();
  const tell = (): void => {
    more.resolve();
    more = Promise.withResolvers();
  };
  child.stdout.on('data', (part: Buffer) => {
    stdout += part.toString();
    tell();
  });
  child.stderr.on('data', (part: Buffer) => {
    stderr += part.toString();
    tell();
  });
  const ended = once(child, 'close').then(([code]): CliResult => ({
    code: code as number | null,
    stdout,
    stderr,
  }));
  return {
    child,
    ended,
    output: () => stdout + stderr,
    async printed(text, times = 1) {
      const isThere = (): boolean => (stdout + stderr).split(text).length > times;
      while (!isThere()) {
        const isOver = await Promise.race([more.promise.then(() => false), ended.then(() => true)]);
        if (isOver && !isThere()) {
          throw new Error(`the command ended before it printed ${JSON.stringify(text)}:\n${stdout}${stderr}`);
        }
      }
    },
  };
}

/** Runs `tailrace <args>` to its end. */
export function runCli(
  args: readonly string[],
  environment?: Readonly<Record<string, string>>,
): Promise<CliResult> {
  return startCli(args, environment).ended;
}

/**
 * Whether any process of the command's group is still there, 5 s after it ended: a sandbox's janitor ends by itself once
 * it has seen that the runner is gone.
 */
export async function hasLeftovers({ child }: RunningCli): Promise<boolean> {
  const deadline = Date.now() + 5000;
  while (isGroupAlive(child.pid ?? 0)) {
    if (Date.now() > deadline) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

/** Whether any process of a group is there. */
export function isGroupAlive(leader: number): boolean {
  try {
    process.kill(-leader, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

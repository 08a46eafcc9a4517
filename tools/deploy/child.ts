// What MiniStack and the CDK's command line have in common as child processes: their last words, for the message of the
// error that their end may be, and an end that takes their own children with them.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const tailLines = 20;

/**
 * Reads both outputs of `child` line by line, and gives them to `onLine`; the result gives the last 20 lines, empty or
 * beginning with `; it said:` and a line break.
 */
export function keepTail(child: ChildProcess, onLine?: (line: string) => void): () => string {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      onLine?.(line);
      if (line.trim() === '') return;
      lines.push(line);
      if (lines.length > tailLines) lines.shift();
    });
  }
  return () => (lines.length === 0 ? '' : `; it said:\n${lines.join('\n')}`);
}

/** Resolves with how a process ended, in words; also when it never started. */
export async function watchEnd(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return signal ?? `exit code ${code}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Ends the process group that `child` leads, at once. */
export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

// The last words of a child process, for the message of the error that its end may be.

import type { ChildProcess } from 'node:child_process';
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

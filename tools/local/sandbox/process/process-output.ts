// A function's output, cut into the lines that Lambda would log, with the runtime's own marks taken out of it: they tell
// which invocation's output is complete.
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

/** The output of one process. */
export interface ProcessOutput {
  /** Resolves once both streams were read up to the runtime's mark for `requestId`. */
  readonly flushed: (requestId: string) => Promise<void>;
  /** The process has ended: no mark will come any more, whoever waits goes on. */
  readonly release: () => void;
}

const maxLineLength = 256 * 1024;

/** Reads both streams of a process to their ends; `onLine` takes lines without their newlines. */
export function readOutput(
  child: ChildProcess,
  onLine: (stream: 'stdout' | 'stderr', line: string) => void,
): ProcessOutput {
  const marks = new Map<string, { seen: number; readonly reached: PromiseWithResolvers<void> }>();
  const markOf = (requestId: string): { seen: number; readonly reached: PromiseWithResolvers<void> } => {
    const mark = marks.get(requestId) ?? { seen: 0, reached: Promise.withResolvers<void>() };
    marks.set(requestId, mark);
    return mark;
  };
  for (const stream of ['stdout', 'stderr'] as const) {
    // Typed as nullable for processes without pipes.
    readLines(child[stream] as Readable, {
      onLine: (line) => onLine(stream, line),
      onMark: (requestId) => {
        const mark = markOf(requestId);
        if (++mark.seen === 2) mark.reached.resolve();
      },
    });
  }
  return {
    async flushed(requestId) {
      await markOf(requestId).reached.promise;
      marks.delete(requestId);
    },
    release() {
      for (const { reached } of marks.values()) reached.resolve();
    },
  };
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

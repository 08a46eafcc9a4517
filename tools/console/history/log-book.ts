// Log lines by the invocation that printed them, until its end is told; bounded for each invocation and for all of them.
import type { LogLine } from '../wire.ts';

/** Lines of one invocation. */
export interface Lines {
  readonly lines: readonly LogLine[];
  /** Lines beyond the bound. */
  readonly dropped: number;
  readonly bytes: number;
}

/** Lines that wait for the end of their invocation. */
export interface LogBook {
  readonly add: (requestId: string, line: LogLine) => void;
  /** Gives an invocation's lines, and forgets them. */
  readonly take: (requestId: string) => Lines;
}

const maxLines = 100;
const maxLineChars = 4000;
// More are under way at no time: five for each poller.
const maxOpen = 500;
const none: Lines = { lines: [], dropped: 0, bytes: 0 };

/** Starts without lines. */
export function createLogBook(): LogBook {
  const open = new Map<string, { lines: LogLine[]; dropped: number; bytes: number }>();
  return {
    add(requestId, { stream, line }) {
      let entry = open.get(requestId);
      if (entry === undefined) {
        entry = { lines: [], dropped: 0, bytes: 0 };
        open.set(requestId, entry);
        const [oldest] = open.keys();
        if (open.size > maxOpen && oldest !== undefined) open.delete(oldest);
      }
      // Metrics say for CloudWatch what the line before them says.
      if (line.startsWith('{"_aws"')) return;
      const isKept = entry.lines.length < maxLines || stream === 'platform';
      if (!isKept) {
        entry.dropped++;
        return;
      }
      const cut = line.length > maxLineChars ? `${line.slice(0, maxLineChars)}…` : line;
      entry.lines.push({ stream, line: cut });
      entry.bytes += cut.length + 32;
    },
    take(requestId) {
      const entry = open.get(requestId) ?? none;
      open.delete(requestId);
      return entry;
    },
  };
}

// What a run shows while it runs: the live region, lines for what is worth a look, and when the first record was done.

import { createLive } from '../terminal/live.ts';
import { createStyle, type Style } from '../terminal/style.ts';
import type { LocalEvent } from '../local/events.ts';
import type { MappingStatus } from '../local/mapping/mapping-status.ts';
import { toEventLine, toLiveRows, type RunResult } from './report.ts';

/** A screen that follows a run. */
export interface Screen {
  readonly style: Style;
  line(text: string): void;
  /** From now on the region shows these numbers. */
  follow(source: ScreenSource): void;
  onEvent(event: LocalEvent): void;
  /** How long the run has taken so far, and how long until a function had reported its first record. */
  times(): Pick<RunResult, 'firstRecordMs' | 'durationMs'>;
  close(): void;
}

/** Where the region's numbers come from. */
export interface ScreenSource {
  readonly statuses: () => readonly MappingStatus[];
  readonly produced: () => number;
}

/** Opens the screen on `stream`. */
export function openScreen(
  stream: NodeJS.WriteStream,
  { showsLogs }: { readonly showsLogs: boolean },
): Screen {
  const style = createStyle(stream);
  const failed = new Set<string>();
  let source: ScreenSource | undefined;
  let firstAt: number | undefined;
  let lastAt = 0;
  const live = createLive(stream, () =>
    source
      ? toLiveRows(source.statuses(), source.produced(), firstAt === undefined ? 0 : lastAt - firstAt)
      : [],
  );
  return {
    style,
    line: (text) => live.line(text),
    follow(from) {
      source = from;
    },
    onEvent(event) {
      if (isProgress(event)) {
        lastAt = Date.now();
        firstAt ??= lastAt;
      }
      // Asked for with --inspect, it would be of no use unseen.
      if (event.kind === 'log' && event.line.startsWith('Debugger listening on ') && !showsLogs)
        live.line(`${event.consumer} | ${event.line}`);
      // Metrics say what the log line before them says, for CloudWatch.
      if (event.kind === 'log' && showsLogs && !event.line.startsWith('{"_aws"'))
        live.line(style.dim(`${event.consumer} | ${event.line}`));
      const line = toEventLine(event, style);
      if (line !== undefined) live.line(line);
      // The reason is in the function's own words, which may quote a record: shown to those who ask.
      if (!showsLogs && isFailure(event) && !failed.has(event.consumer)) {
        failed.add(event.consumer);
        live.line(style.dim(`${event.consumer}: --logs shows what the function says`));
      }
    },
    times: () => ({
      firstRecordMs: firstAt === undefined ? null : toElapsed(firstAt),
      durationMs: toElapsed(Date.now()),
    }),
    close: () => live.close(),
  };
}

function isFailure(event: LocalEvent): boolean {
  return event.kind === 'invocation' && ['error', 'timeout', 'crash'].includes(event.status);
}

// Invocations count for functions that write no summary of their own.
function isProgress(event: LocalEvent): boolean {
  if (event.kind === 'invocation') return event.records > event.failed;
  return event.kind === 'summary' && event.summary.done > 0;
}

/** Milliseconds from the start of this process, which is when the person pressed return, until `at`. */
function toElapsed(at: number): number {
  return Math.round(at - performance.timeOrigin);
}

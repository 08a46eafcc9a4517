// What a run shows while it runs: the live region, lines for what is worth a look, and when the first record was done.

import { createLive } from '../../terminal/live.ts';
import { readLogLine, toLogLine } from '../../terminal/log-line.ts';
import { createStyle, type Style } from '../../terminal/style.ts';
import type { LocalEvent } from '../../local/events.ts';
import type { MappingStatus } from '../../local/mapping/mapping-status.ts';
import type { Topology } from '../../template/topology.ts';
import { createFailures, createPlacesOf, type Failures } from '../verdict/failures.ts';
import type { RunOptions } from '../options.ts';
import { toEventLine, toLiveRows } from './report.ts';
import type { RunResult } from '../verdict/verdict.ts';

/** A screen that follows a run. */
export interface Screen {
  readonly style: Style;
  /** What the consumers' functions failed with. */
  readonly failures: Failures;
  line(text: string): void;
  /** From now on lines of this app's bundles are told as those of its sources. */
  know(app: Topology): void;
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
  /** Default: nothing is said of it, as nobody counts. */
  readonly produced?: () => number;
}

/** Opens the screen on `stream`. */
export function openScreen(stream: NodeJS.WriteStream, { logs }: Pick<RunOptions, 'logs'>): Screen {
  const style = createStyle(stream);
  let app: Topology | undefined;
  const placesOf = createPlacesOf(() => app);
  const failures = createFailures(placesOf);
  let source: ScreenSource | undefined;
  let firstAt: number | undefined;
  let lastAt = 0;
  const live = createLive(stream, () =>
    source
      ? toLiveRows(source.statuses(), source.produced?.(), firstAt === undefined ? 0 : lastAt - firstAt)
      : [],
  );
  const showLog = ({ consumer, stream: from, line }: Extract<LocalEvent, { readonly kind: 'log' }>): void => {
    if (logs === 'json') return live.line(style.dim(`${consumer} | ${line}`));
    // Asked for with --inspect, it would be of no use unseen.
    if (logs === 'none' && !line.startsWith('Debugger listening on ')) return;
    // Metrics say what the log line before them says, for CloudWatch; Lambda's own lines say what the table says.
    if (from === 'platform' || line.startsWith('{"_aws"')) return;
    live.line(style.dim(toLogLine(readLogLine(line), { consumer, places: placesOf(consumer) })));
  };
  return {
    style,
    failures,
    line: (text) => live.line(text),
    know(known) {
      app = known;
    },
    follow(from) {
      source = from;
    },
    onEvent(event) {
      if (isProgress(event)) {
        lastAt = Date.now();
        firstAt ??= lastAt;
      }
      if (event.kind === 'log') showLog(event);
      const line = toEventLine(event, style);
      if (line !== undefined) live.line(line);
      const failure = failures.note(event);
      // Shown with the others already.
      const isLogged = event.kind === 'log' && logs !== 'none';
      if (failure !== undefined && !isLogged) live.line(style.bad(`${event.consumer}: ${failure}`));
    },
    times: () => ({
      firstRecordMs: firstAt === undefined ? null : toElapsed(firstAt),
      durationMs: toElapsed(Date.now()),
    }),
    close: () => live.close(),
  };
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

// The first failures of each consumer, in the function's own words: what its log lines and its invocations say went wrong, each
// told once. Own file: whoever waits at the terminal reads them as they come, and the verdict repeats them.

import type { LocalEvent } from '../../local/events.ts';
import type { LambdaFunction, Topology } from '../../template/topology.ts';
import { readLogLine, toErrorWords, type LoggedError } from '../../terminal/log-line.ts';
import { createSourcePlaces, type SourcePlaces } from '../../terminal/source-places.ts';

/** One way in which a consumer fails. */
export interface Failure {
  readonly text: string;
  readonly count: number;
}

/** The failures of a run. */
export interface Failures {
  /** Notes an event. Gives the failure in words when it is among its consumer's first and shall be shown. */
  readonly note: (event: LocalEvent) => string | undefined;
  /** The first ones of a consumer, at most five. */
  readonly of: (consumer: string) => readonly Failure[];
}

/** Finds the sources of each consumer's function. */
export type PlacesOf = (consumer: string) => SourcePlaces | undefined;

/** One finder per function of the app. */
export function createPlacesOf(app: () => Topology | undefined): PlacesOf {
  const known = new Map<string, SourcePlaces>();
  return (consumer) => {
    const fn = findFunction(app(), consumer);
    if (fn === undefined) return undefined;
    const places = known.get(fn.assetPath) ?? createSourcePlaces(fn.assetPath);
    known.set(fn.assetPath, places);
    return places;
  };
}

function findFunction(app: Topology | undefined, consumer: string): LambdaFunction | undefined {
  const mapping = app?.mappings.find((each) => each.consumer === consumer);
  return app?.functions.find(({ name }) => name === mapping?.functionName);
}

const maxFailures = 5;
const maxShown = 3;
const maxLastWords = 30;
const failing = new Set(['error', 'timeout', 'crash']);
const levels = new Set(['WARN', 'ERROR', 'FATAL', 'CRITICAL']);

/** Starts with none. */
export function createFailures(placesOf: PlacesOf): Failures {
  const found = new Map<string, Map<string, { text: string; count: number }>>();
  const shown = new Map<string, number>();
  const lastWords = new Map<string, string[]>();

  const note = (event: LocalEvent): string | undefined => {
    if (event.kind === 'log' && event.stream === 'stderr')
      lastWords.set(
        event.consumer,
        [...(lastWords.get(event.consumer) ?? []), event.line].slice(-maxLastWords),
      );
    const failure = readFailure(event, placesOf, lastWords.get(event.consumer) ?? []);
    if (failure === undefined) return undefined;
    const { consumer } = event;
    const own = found.get(consumer) ?? new Map<string, { text: string; count: number }>();
    found.set(consumer, own);
    const known = own.get(failure.key);
    if (known !== undefined) known.count++;
    if (known !== undefined || own.size >= maxFailures) return undefined;
    own.set(failure.key, { text: failure.text, count: 1 });
    const times = shown.get(consumer) ?? 0;
    if (!failure.isShown || times >= maxShown) return undefined;
    shown.set(consumer, times + 1);
    return failure.text;
  };
  return { note, of: (consumer) => [...(found.get(consumer)?.values() ?? [])] };
}

interface ReadFailure {
  readonly key: string;
  readonly text: string;
  /** A record that was dead-lettered is settled, and no reason to look up. */
  readonly isShown: boolean;
}

function readFailure(
  event: LocalEvent,
  placesOf: PlacesOf,
  lastWords: readonly string[],
): ReadFailure | undefined {
  const places = placesOf(event.consumer);
  if (event.kind === 'log') {
    const { level, message, error } = readLogLine(event.line);
    // What ended the invocation comes with its end, too.
    if (error === undefined || !levels.has(level ?? '') || /^(?:Invoke|Init) Error/.test(message))
      return undefined;
    return toFailure(error, places, message !== 'record dead-lettered');
  }
  if (event.kind !== 'invocation' || !failing.has(event.status)) return undefined;
  const { errorType = 'Error', errorMessage = '', trace } = event;
  if (errorType === 'InjectedFault') return undefined;
  const uncaught = event.status === 'crash' ? readUncaught(lastWords) : undefined;
  if (uncaught !== undefined) return toFailure(uncaught, places, true);
  const message = errorMessage.replace(/^(?:\S+Z )?(?:RequestId: )?[-0-9a-f]{36} (?:Error: )?/, '');
  return toFailure({ name: errorType, code: undefined, message, frames: trace }, places, true);
}

/** What Node has printed of the error that ended the process: `RangeError [CODE]: message`, then the frames. */
function readUncaught(lines: readonly string[]): LoggedError | undefined {
  const at = lines.findLastIndex((line) => uncaughtHead.test(line));
  const [, name = '', code, message] = uncaughtHead.exec(lines[at] ?? '') ?? [];
  if (at < 0) return undefined;
  return { name, code, message, frames: lines.slice(at + 1).filter((line) => /^\s+at /.test(line)) };
}

const uncaughtHead = /^(?:Uncaught )?([\w.]*(?:Error|Exception))(?: \[(\w+)\])?: (.*)$/;

function toFailure(error: LoggedError, places: SourcePlaces | undefined, isShown: boolean): ReadFailure {
  const at = places?.findOwn(error.frames) ?? '';
  return { key: `${error.name} ${error.code} ${at}`, text: toErrorWords(error, places), isShown };
}

// What a tuning is asked for: the command line's words, checked and resolved.
import { toPairs, UsageError, type OptionValues } from '../command.ts';
import type { Packing } from '../traffic/packing.ts';
import type { Goal } from './sweep/candidate.ts';
import { largestMb, smallestMb } from './sweep/sizes.ts';

/** What a tuning is asked for; every field is resolved. */
export interface TuneOptions {
  readonly consumer: string;
  /** A handler outside the app; undefined: the app's consumer. */
  readonly entry: string | undefined;
  readonly cdkOut: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
  /** Recorded events, one JSON document a line; undefined: generated orders. */
  readonly traffic: string | undefined;
  /** Records of an event at most, each size a column of the sweep; undefined: the mapping's, a fifth of it, and twice as many. */
  readonly maxRecords: readonly number[] | undefined;
  /** Lanes at once, each a column of the sweep beside batch sizes; undefined: as defined. */
  readonly concurrency: readonly number[] | undefined;
  /** How late the local endpoints answer, ms. */
  readonly handlerLatencyMs: number;
  /** Memory sizes to measure, MB; undefined: a ladder from the smallest that survives. */
  readonly sizes: readonly number[] | undefined;
  /** Records a second; undefined: events are full. */
  readonly rate: number | undefined;
  readonly partitions: number;
  readonly meanBytes: number;
  readonly packing: Packing;
  readonly seed: number;
  /** Events of each trial. */
  readonly events: number;
  readonly goal: Goal;
  /** Peak over memory size at most, 0..1. */
  readonly headroom: number;
  /** Cold starts for each invocation, 0..1. */
  readonly coldStartShare: number;
  readonly writes: boolean;
  readonly checks: boolean;
  readonly reportFolder: string | undefined;
  readonly json: boolean;
  readonly showsLogs: boolean;
}

/** Resolves the command line's options. @throws UsageError `USAGE` naming the option */
export function toTuneOptions(values: OptionValues): TuneOptions {
  const number = (name: string): number | undefined => values[name] as number | undefined;
  const text = (name: string): string | undefined => values[name] as string | undefined;
  const list = (name: string): readonly string[] => (values[name] as readonly string[] | undefined) ?? [];
  for (const [one, other, why] of [
    ['entry', 'cdk-out', 'an entry is bundled by itself'],
    ['entry', 'write', 'memory.json belongs to a consumer of the app'],
    ['entry', 'check', 'memory.json belongs to a consumer of the app'],
    ['cdk-out', 'write', 'memory.json belongs to a consumer of this project'],
    ['cdk-out', 'check', 'memory.json belongs to a consumer of this project'],
    ['check', 'max-records', 'memory.json says what was measured'],
    ['check', 'sizes', 'memory.json says what was measured'],
    ['check', 'concurrency', 'memory.json says what was measured'],
    ['check', 'report', 'a check writes none'],
    ['write', 'check', 'one writes memory.json, the other compares with it'],
    ['traffic', 'mean-bytes', 'recorded events are sent as they are'],
    ['traffic', 'compression', 'recorded events are sent as they are'],
  ] as const) {
    if (values[one] !== undefined && values[other] !== undefined)
      throw new UsageError(`--${one} and --${other} exclude each other, got both, expected one; ${why}`);
  }
  const consumer = String(values['consumer']);
  if (!/^[\w-]{1,64}(?:\/[\w.-]+){0,2}$/.test(consumer))
    throw new UsageError(
      `<consumer> is not a valid name, got ${JSON.stringify(consumer)}, expected 1 to 64 letters, digits, - and _; an entry's file is for --entry`,
    );
  return {
    consumer,
    entry: text('entry'),
    cdkOut: text('cdk-out'),
    environment: toPairs('env', list('env')),
    parameters: toPairs('parameter', list('parameter')),
    traffic: text('traffic'),
    maxRecords: toNumbers('max-records', text('max-records'), [1, 10_000]),
    concurrency: toNumbers('concurrency', text('concurrency'), [1, 1000]),
    handlerLatencyMs: toMilliseconds(text('handler-latency')),
    sizes: toNumbers('sizes', text('sizes'), [smallestMb, largestMb]),
    rate: toRate(text('rate')),
    partitions: number('partitions') ?? 12,
    meanBytes: number('mean-bytes') ?? 800,
    packing: (text('compression') ?? 'lz4') as Packing,
    seed: number('seed') ?? 858,
    events: number('events') ?? 12,
    goal: (text('goal') ?? 'cost') as Goal,
    headroom: (number('max-peak-percent') ?? 85) / 100,
    coldStartShare: (number('cold-starts-percent') ?? 1) / 100,
    writes: values['write'] === true,
    checks: values['check'] === true,
    reportFolder: text('report'),
    json: values['json'] === true,
    showsLogs: values['logs'] === true,
  };
}

function toNumbers(
  name: string,
  words: string | undefined,
  [min, max]: readonly [min: number, max: number],
): readonly number[] | undefined {
  if (words === undefined) return undefined;
  const numbers = words.split(',').map((word) => (/^\d+$/.test(word) ? Number(word) : Number.NaN));
  if (numbers.some((each) => !(each >= min && each <= max)))
    throw new UsageError(
      `--${name} is not a list of sizes, got ${JSON.stringify(words)}, expected integers ${min}..${max} with commas between them`,
    );
  return [...new Set(numbers)].toSorted((a, b) => a - b);
}

function toMilliseconds(word: string | undefined): number {
  if (word === undefined) return 0;
  const ms = Number(/^(\d{1,5})(?:ms)?$/.exec(word)?.[1] ?? Number.NaN);
  if (ms <= 60_000) return ms;
  throw new UsageError(
    `--handler-latency is out of range, got ${JSON.stringify(word)}, expected milliseconds 0..60000, as 20ms`,
  );
}

function toRate(word: string | undefined): number | undefined {
  if (word === undefined) return undefined;
  const rate = /^\d+(?:\.\d+)?$/.test(word) ? Number(word) : Number.NaN;
  if (rate > 0 && rate <= 1_000_000) return rate;
  throw new UsageError(
    `--rate is out of range, got ${JSON.stringify(word)}, expected a number above 0, at most 1000000`,
  );
}

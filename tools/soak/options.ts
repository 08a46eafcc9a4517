// What a soak is asked for: the command line's words, checked and resolved.
import { toPairs, UsageError, type OptionValues } from '../command.ts';
import type { Packing } from '../traffic/packing.ts';

/** What a soak is asked for; every field is resolved. */
export interface SoakOptions {
  readonly consumer: string;
  /** A handler outside the app; undefined: the app's consumer. */
  readonly entry: string | undefined;
  /** An assembly that is used as it is; undefined: synthesized first. */
  readonly cdkOut: string | undefined;
  /** Variables of the function, in place of the template's or beside an entry's. */
  readonly environment: Readonly<Record<string, string>>;
  /** Values of template parameters; for a consumer of an app. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Memory size, 128..10240 MB; undefined: the template's, 128 for an entry. */
  readonly memoryMb: number | undefined;
  /** Recorded events, one JSON document a line; undefined: the seed's workload. */
  readonly traffic: string | undefined;
  /** Records to send; undefined: the seed's month, or the recorded events once. */
  readonly records: number | undefined;
  /** Invocations at once, 1..64; more than one as on Managed Instances. */
  readonly concurrency: number;
  /** 1..10000; undefined: the mapping's. */
  readonly recordsPerBatch: number | undefined;
  /** 1..1000. */
  readonly partitions: number;
  readonly meanBytes: number;
  readonly packing: Packing;
  readonly seed: number;
  /** Invocations from one measurement to the next. */
  readonly every: number | undefined;
  readonly maxPeakMb: number | undefined;
  /** KB (1024 bytes) per invocation. */
  readonly maxGrowthKb: number | undefined;
  /** Whether a growing consumer's holder is looked for. */
  readonly findsHolder: boolean;
  /** Folder of the report; undefined: `.cache/soak/<consumer>`. */
  readonly reportFolder: string | undefined;
  readonly json: boolean;
  /** Whether the function's log lines are shown. */
  readonly showsLogs: boolean;
}

/** Resolves the command line's options. @throws UsageError `USAGE` for options that exclude each other */
export function toSoakOptions(values: OptionValues): SoakOptions {
  const number = (name: string): number | undefined => values[name] as number | undefined;
  const text = (name: string): string | undefined => values[name] as string | undefined;
  for (const [one, other, why] of [
    ['entry', 'cdk-out', 'an entry is bundled by itself'],
    ['traffic', 'mean-bytes', 'recorded events are sent as they are'],
    ['traffic', 'compression', 'recorded events are sent as they are'],
    ['traffic', 'partitions', 'recorded events are sent as they are'],
    ['traffic', 'records-per-batch', 'recorded events are sent as they are'],
  ] as const) {
    if (values[one] !== undefined && values[other] !== undefined)
      throw new UsageError(`--${one} and --${other} exclude each other, got both, expected one; ${why}`);
  }
  const list = (name: string): readonly string[] => (values[name] as readonly string[] | undefined) ?? [];
  const consumer = String(values['consumer']);
  // It names a folder, and a mapping of an app may be called function/topic.
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
    memoryMb: number('memory-mb'),
    traffic: text('traffic'),
    records: number('records'),
    concurrency: number('concurrency') ?? 1,
    recordsPerBatch: number('records-per-batch'),
    partitions: number('partitions') ?? 3,
    meanBytes: number('mean-bytes') ?? 800,
    packing: (text('compression') ?? 'lz4') as Packing,
    seed: number('seed') ?? 858,
    every: number('every'),
    maxPeakMb: number('max-peak-mb'),
    maxGrowthKb: number('max-growth-kb'),
    findsHolder: values['no-holder'] !== true,
    reportFolder: text('report'),
    json: values['json'] === true,
    showsLogs: values['logs'] === true,
  };
}

// `tailrace run`, the main job: real Kafka records through the consumers in the shape that `cdk deploy` would ship, and a
// proof that none was lost.

import { resolve } from 'node:path';
import type { Command, OptionValues } from '../command.ts';
import { UsageError } from '../command.ts';
import type { Fault } from '../local/fault.ts';
import { synthesize } from './synth.ts';

/** What a run is asked for; every field is resolved. */
export interface RunOptions {
  readonly records: number;
  readonly watch: boolean;
  /** Records a second at most; undefined: as fast as the consumers follow. */
  readonly rate: number | undefined;
  readonly seed: number;
  /** Which Kafka to start, unless there are `brokers`. */
  readonly broker: 'embedded' | 'apache';
  /** `host:port[,host:port]` of a Kafka of the user's own; undefined: one of ours. */
  readonly brokers: string | undefined;
  /** Names of the consumers to run; empty: all in the template. */
  readonly consumers: readonly string[];
  readonly faults: readonly Fault[];
  /** An assembly that is run as it is; undefined: synthesized first. */
  readonly cdkOut: string | undefined;
  readonly compression: 'lz4' | 'gzip' | 'zstd' | 'none';
  /** Shares of the records in percent, 0..100. */
  readonly poisonPercent: number;
  readonly tombstonePercent: number;
  readonly showsLogs: boolean;
  readonly json: boolean;
}

const faultKinds = ['throw', 'kill', 'restart-poller'] as const;

/** The command's data. */
export const runCommand: Command = {
  name: 'run',
  summary: 'runs the consumers on this machine against a real Kafka, and proves that nothing is lost',
  about: [
    'Synthesizes the app, starts Kafka, S3, SQS, SNS and DynamoDB on 127.0.0.1, runs each function from its real bundle,',
    'produces seeded traffic, waits until all of it is committed, and reads every destination back:',
    'produced = landed + dead-lettered, for each consumer, or exit code 1.',
  ]
    .join('\n')
    .split('\n\n'),
  options: {
    records: {
      kind: 'integer',
      summary: 'how many records to produce',
      range: [1, 10_000_000],
      byDefault: '5000',
    },
    watch: { kind: 'flag', summary: 'goes on until Ctrl-C, then proves what it did' },
    rate: {
      kind: 'integer',
      summary: 'records a second at most',
      range: [1, 1_000_000],
      byDefault: 'as fast as the consumers follow; 100 with --watch',
    },
    seed: {
      kind: 'integer',
      summary: 'the same seed gives the same records',
      range: [0, 4_294_967_295],
      byDefault: '1',
    },
    compression: {
      kind: 'text',
      summary: 'how values are packed',
      oneOf: ['lz4', 'gzip', 'zstd', 'none'],
      byDefault: 'lz4',
    },
    poison: {
      kind: 'integer',
      valueName: 'PERCENT',
      summary: 'share of records that cannot be processed',
      range: [0, 100],
      byDefault: '1',
    },
    tombstones: {
      kind: 'integer',
      valueName: 'PERCENT',
      summary: 'share of records without a value',
      range: [0, 100],
      byDefault: '2',
    },
    consumer: {
      kind: 'text',
      valueName: 'NAME',
      isList: true,
      summary: 'runs only this consumer',
      byDefault: 'all',
    },
    broker: {
      kind: 'text',
      valueName: 'KIND',
      summary: 'which Kafka to start; apache is Apache Kafka itself and takes Java 17 and Maven',
      oneOf: ['embedded', 'apache'],
      byDefault: 'embedded',
    },
    brokers: {
      kind: 'text',
      valueName: 'HOST:PORT',
      summary: 'a Kafka of your own, comma-separated',
      byDefault: 'starts one',
    },
    'cdk-out': {
      kind: 'text',
      valueName: 'FOLDER',
      summary: 'runs this assembly as it is',
      byDefault: 'synthesizes cdk.out first',
    },
    fault: {
      kind: 'text',
      valueName: 'KIND[:CONSUMER]',
      isList: true,
      summary: `injects a fault once: ${faultKinds.join(' | ')}`,
    },
    logs: { kind: 'flag', summary: "shows the functions' log lines" },
    json: {
      kind: 'flag',
      summary: 'prints the result as one JSON document, and nothing else, on standard output',
    },
  },
  examples: [
    ['npm start', 'five thousand records through all consumers'],
    ['npm start -- --records 50000', 'ten times as many'],
    ['npm start -- --fault kill:archive', 'kills the archive function once, in the middle of a batch'],
    ['npm start -- --broker apache', 'on Apache Kafka, run by the Java on this machine'],
    ['npm start -- --brokers localhost:9092', 'against a Kafka of your own'],
    ['npm start -- --watch', 'until Ctrl-C'],
  ],
  async run(values, io) {
    const options = toRunOptions(values);
    // The app synthesizes while the Kafka and AWS clients load, which takes a second that --help need not wait for.
    const assembly =
      options.cdkOut === undefined ? synthesize(io.signal) : Promise.resolve(resolve(options.cdkOut));
    assembly.catch(() => {});
    const { run } = await import('./run.ts');
    return run(options, assembly, io);
  },
};

function toRunOptions(values: OptionValues): RunOptions {
  const number = (name: string, byDefault: number): number =>
    (values[name] as number | undefined) ?? byDefault;
  const text = (name: string): string | undefined => values[name] as string | undefined;
  const list = (name: string): readonly string[] => (values[name] as readonly string[] | undefined) ?? [];
  const watch = values['watch'] === true;
  if (watch && values['records'] !== undefined) {
    throw new UsageError(
      '--watch and --records exclude each other, got both, expected one; --watch goes on until Ctrl-C',
    );
  }
  if (values['broker'] !== undefined && values['brokers'] !== undefined) {
    throw new UsageError(
      '--broker and --brokers exclude each other, got both, expected one; --brokers names a Kafka that is running already',
    );
  }
  if (number('poison', 1) + number('tombstones', 2) > 100) {
    throw new UsageError(
      '--poison and --tombstones are more than all records, expected at most 100 together',
    );
  }
  return {
    records: number('records', 5000),
    watch,
    rate: (values['rate'] as number | undefined) ?? (watch ? 100 : undefined),
    seed: number('seed', 858),
    broker: (text('broker') ?? 'embedded') as RunOptions['broker'],
    brokers: text('brokers'),
    consumers: list('consumer'),
    faults: list('fault').map(toFault),
    cdkOut: text('cdk-out'),
    compression: (text('compression') ?? 'lz4') as RunOptions['compression'],
    poisonPercent: number('poison', 1),
    tombstonePercent: number('tombstones', 2),
    showsLogs: values['logs'] === true,
    json: values['json'] === true,
  };
}

/** `kill` or `kill:archive`; the second invocation is hit, so that there is something before and after. */
function toFault(word: string): Fault {
  const [kind, consumer, ...rest] = word.split(':');
  const known = faultKinds.find((each) => each === kind);
  if (known === undefined || consumer === '' || rest.length > 0) {
    throw new UsageError(
      `--fault is not a fault, got ${JSON.stringify(word)}, expected ${faultKinds.join(', ')}, with :CONSUMER behind it or not`,
    );
  }
  return { kind: known, atInvocation: 2, ...(consumer !== undefined && { consumer }) };
}

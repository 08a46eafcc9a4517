// What a run is asked for: the command line's words, checked and resolved.

import { toPairs, UsageError, type OptionValues } from '../command.ts';
import { saslMechanisms, type SecurityOptions } from '../broker/broker-security.ts';
import type { Fault } from '../local/fault.ts';
import type { InspectOptions } from '../local/mapping-runner.ts';

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
  /** How the listener of the user's own Kafka is entered. */
  readonly security: SecurityOptions;
  /** File of the secrets that mappings name; undefined: none, and pollers enter as `security` says. */
  readonly secretsFile: string | undefined;
  /** URL of a Confluent Schema Registry in place of those that mappings name; undefined: theirs. */
  readonly registryUrl: string | undefined;
  /** Time between two looks at whether a mapping needs more or fewer pollers. */
  readonly pollerScalingMs: number;
  /** Names of the consumers to run; empty: all in the template. */
  readonly consumers: readonly string[];
  /** Values for functions' variables, in place of the template's. */
  readonly variables: Readonly<Record<string, string>>;
  /** Values for the templates' parameters, in place of their defaults. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly faults: readonly Fault[];
  /** An assembly that is run as it is; undefined: synthesized first. */
  readonly cdkOut: string | undefined;
  /** What `cdkOut` is: an assembly's folder, or a template's file. */
  readonly format: 'assembly' | 'template';
  readonly compression: 'lz4' | 'gzip' | 'zstd' | 'none';
  /** Shares of the records in percent, 0..100. */
  readonly poisonPercent: number;
  readonly tombstonePercent: number;
  /** How debuggers attach to the functions; undefined: they may not. */
  readonly inspect: InspectOptions | undefined;
  /** Which of the functions' lines are shown: none, each log call on a line of its own, or all as they are. */
  readonly logs: 'none' | 'short' | 'json';
  readonly json: boolean;
}

/** The faults that can be injected. */
export const faultKinds: readonly Fault['kind'][] = ['throw', 'kill', 'restart-poller'];

/**
 * Resolves the command line's options.
 *
 * @throws UsageError `USAGE` for options that exclude each other, a fault that is none, and a value without a name
 */
export function toRunOptions(values: OptionValues): RunOptions {
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
  if (values['template'] !== undefined && values['cdk-out'] !== undefined) {
    throw new UsageError(
      '--template and --cdk-out exclude each other, got both, expected one; --cdk-out is for what cdk synth has written',
    );
  }
  const forOwnKafka = ['tls', 'ca', 'cert', 'sasl', 'secrets'].find((name) => values[name] !== undefined);
  if (forOwnKafka !== undefined && values['brokers'] === undefined) {
    throw new UsageError(
      `--${forOwnKafka} needs --brokers, got no address, expected one; the Kafka that is started here is open`,
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
    security: {
      tls: values['tls'] === true,
      caFile: text('ca'),
      clientCertificateFile: text('cert'),
      sasl: saslMechanisms.find((mechanism) => mechanism === text('sasl')),
    },
    secretsFile: text('secrets'),
    registryUrl: text('schema-registry'),
    pollerScalingMs: number('poller-scaling', 60) * 1000,
    consumers: list('consumer'),
    variables: toPairs('env', list('env')),
    parameters: toPairs('parameter', list('parameter')),
    faults: list('fault').map(toFault),
    cdkOut: text('template') ?? text('cdk-out'),
    format: values['template'] === undefined ? 'assembly' : 'template',
    compression: (text('compression') ?? 'lz4') as RunOptions['compression'],
    poisonPercent: number('poison', 1),
    tombstonePercent: number('tombstones', 2),
    inspect: toInspect(values),
    logs: values['logs'] === 'json' ? 'json' : values['logs'] === true ? 'short' : 'none',
    json: values['json'] === true,
  };
}

function toInspect({ inspect, 'inspect-brk': breaks }: OptionValues): InspectOptions | undefined {
  if (inspect !== undefined && breaks !== undefined)
    throw new UsageError('--inspect and --inspect-brk exclude each other, got both, expected one');
  const given = inspect ?? breaks;
  if (given === undefined) return undefined;
  return { port: typeof given === 'number' ? given : 0, breaksAtStart: breaks !== undefined };
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

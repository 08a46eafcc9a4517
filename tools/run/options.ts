// What a run is asked for: the command line's words, checked and resolved.

import { toPairs, UsageError, type OptionValues } from '../command.ts';
import { toConsoleChoice, type ConsoleChoice } from '../console/options.ts';
import { toSecurityOptions } from '../broker/broker-options.ts';
import type { SecurityOptions } from '../broker/broker-security.ts';
import type { Fault } from '../local/fault.ts';
import type { Packing } from '../traffic/packing.ts';
import type { ClusterRights } from './session/shared-cluster.ts';
import type { InspectOptions } from '../local/mapping-runner.ts';

/** What a run is asked for; every field is resolved. */
export interface RunOptions {
  /** How many records each topic is sent; undefined: 5,000, or the lines of a file once. */
  readonly records: number | undefined;
  readonly watch: boolean;
  /**
   * Which topics are sent records: none; those of which something is known; or all, plain orders where nothing is known. What
   * `traffic` names is sent in any case.
   */
  readonly sends: 'nothing' | 'known' | 'anything';
  /** Files of records, or the word `orders`, by consumer or topic. */
  readonly traffic: readonly TrafficSource[];
  /** Least share of the good records that must be processed for a verdict, 0..1. */
  readonly minShare: number;
  /** Records a second at most; undefined: as fast as the consumers follow. */
  readonly rate: number | undefined;
  readonly seed: number;
  /** Which Kafka to start, unless there are `brokers`. */
  readonly broker: 'embedded' | 'apache';
  /** Folder that keeps topics, offsets, buckets, queues and tables for the next run; undefined: all of it is removed. */
  readonly keep: string | undefined;
  /** `host:port[,host:port]` of a Kafka of the user's own; undefined: one of ours. */
  readonly brokers: string | undefined;
  /** How the listener of the user's own Kafka is entered. */
  readonly security: SecurityOptions;
  /** What the run may do there. */
  readonly rights: ClusterRights;
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
  /** How values are packed; undefined: as suits what is sent. */
  readonly compression: Packing | undefined;
  /** Shares of the records in percent, 0..100; undefined: as suits what is sent. */
  readonly poisonPercent: number | undefined;
  readonly tombstonePercent: number | undefined;
  /** How debuggers attach to the functions; undefined: they may not. */
  readonly inspect: InspectOptions | undefined;
  /** Which of the functions' lines are shown: none, each log call on a line of its own, or all as they are. */
  readonly logs: 'none' | 'short' | 'json';
  readonly console: ConsoleChoice;
  readonly json: boolean;
  /** Whether the endpoints deny what the functions' roles do not allow. */
  readonly iam: boolean;
}

/** What a consumer or a topic is sent. */
export interface TrafficSource {
  /** Name of a consumer or a topic. */
  readonly target: string;
  /** A file's path, or `orders`. */
  readonly source: string;
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
  const forOwnKafka = ['tls', 'ca', 'cert', 'sasl', 'secrets', 'produce', 'join-group', 'from'].find(
    (name) => values[name] !== undefined,
  );
  if (forOwnKafka !== undefined && values['brokers'] === undefined) {
    throw new UsageError(
      `--${forOwnKafka} needs --brokers, got no address, expected one; the Kafka that is started here is open`,
    );
  }
  if (values['from'] !== undefined && values['join-group'] === true) {
    throw new UsageError(
      '--from and --join-group exclude each other, got both, expected one; a group goes on where it has committed',
    );
  }
  if (number('poison', 1) + number('tombstones', 2) > 100) {
    throw new UsageError(
      '--poison and --tombstones are more than all records, expected at most 100 together',
    );
  }
  return {
    records: values['records'] as number | undefined,
    watch,
    sends: toSends(values),
    traffic: toTraffic(list('traffic')),
    minShare: number('min-processed', 90) / 100,
    rate: (values['rate'] as number | undefined) ?? (watch ? 100 : undefined),
    seed: number('seed', 858),
    broker: toBroker(values),
    keep: text('keep'),
    brokers: text('brokers'),
    security: toSecurityOptions(values),
    rights: {
      produces: values['produce'] === true,
      joinsGroups: values['join-group'] === true,
      from: toPosition(text('from') ?? 'end'),
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
    compression: text('compression') as Packing | undefined,
    poisonPercent: values['poison'] as number | undefined,
    tombstonePercent: values['tombstones'] as number | undefined,
    inspect: toInspect(values),
    logs: values['logs'] === 'json' ? 'json' : values['logs'] === true ? 'short' : 'none',
    console: toConsoleChoice(values),
    json: values['json'] === true,
    iam: values['no-iam'] !== true,
  };
}

/** Which Kafka to start. The embedded one keeps nothing. @throws UsageError for one that cannot do what is asked of it */
export function toBroker({ broker, keep }: OptionValues): RunOptions['broker'] {
  if (keep !== undefined && broker === 'embedded')
    throw new UsageError(
      '--keep takes Apache Kafka, got --broker embedded, expected --broker apache or neither; the embedded broker has its records in memory',
    );
  if (broker !== undefined) return broker as RunOptions['broker'];
  return keep === undefined ? 'embedded' : 'apache';
}

/** An app of the user's own is sent what was asked for and nothing else, and so is a broker. */
function toSends({
  records,
  traffic,
  brokers,
  produce,
  template,
  'cdk-out': cdkOut,
}: OptionValues): RunOptions['sends'] {
  if (records === 0) {
    if (traffic !== undefined)
      throw new UsageError('--traffic and --records 0 exclude each other, got both, expected one');
    return 'nothing';
  }
  if (brokers !== undefined && produce !== true) {
    const asked = records !== undefined ? 'records' : traffic !== undefined ? 'traffic' : undefined;
    if (asked !== undefined)
      throw new UsageError(
        `--${asked} needs --produce with --brokers, got none, expected it; without, the topics there are only read`,
      );
    return 'nothing';
  }
  if (records !== undefined && traffic === undefined) return 'anything';
  if (cdkOut !== undefined || template !== undefined) return 'nothing';
  return 'known';
}

function toPosition(word: string): ClusterRights['from'] {
  if (word === 'end') return 'LATEST';
  if (word === 'beginning') return 'TRIM_HORIZON';
  const atMs = Date.parse(word);
  if (!Number.isNaN(atMs)) return { atMs };
  throw new UsageError(
    `--from is not a place in a topic, got ${JSON.stringify(word)}, expected end, beginning or a time such as 2026-11-30T12:00:00Z`,
  );
}

/** `consumer=file` or `topic=orders`. */
function toTraffic(words: readonly string[]): readonly TrafficSource[] {
  return words.map((word) => {
    const at = word.indexOf('=');
    if (at > 0 && at < word.length - 1) return { target: word.slice(0, at), source: word.slice(at + 1) };
    throw new UsageError(
      `--traffic is not a source, got ${JSON.stringify(word)}, expected CONSUMER=FILE or CONSUMER=orders`,
    );
  });
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

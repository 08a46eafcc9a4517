// What `dev` is asked for: the command line's words, checked and resolved.
import { toSecurityOptions } from '../broker/broker-options.ts';
import { toConsoleChoice, type ConsoleChoice } from '../console/options.ts';
import { toPairs, UsageError, type OptionValues } from '../command.ts';
import type { InspectOptions } from '../local/mapping-runner.ts';
import { toBroker } from '../run/options.ts';
import type { SessionOptions } from '../run/session/session.ts';

/** What `dev` is asked for; every field is resolved. */
export interface DevOptions extends Omit<
  SessionOptions,
  'assembly' | 'onBrokerFailure' | 'onDenied' | 'onProgress' | 'signal'
> {
  /** The CDK project; undefined: the nearest folder with a cdk.json. */
  readonly project: string | undefined;
  /** An assembly that is run as it is; undefined: synthesized, and again after each change. */
  readonly cdkOut: string | undefined;
  readonly watch: boolean;
  readonly inspect: InspectOptions | undefined;
  readonly logs: 'none' | 'short' | 'json';
  /** Records for each topic, sent once everything runs; undefined: none. */
  readonly seedTraffic: number | undefined;
  readonly console: ConsoleChoice;
}

/** Resolves the command line's options. @throws UsageError `USAGE` */
export function toDevOptions(values: OptionValues): DevOptions {
  const text = (name: string): string | undefined => values[name] as string | undefined;
  const list = (name: string): readonly string[] => (values[name] as readonly string[] | undefined) ?? [];
  if (values['broker'] !== undefined && values['brokers'] !== undefined)
    throw new UsageError('--broker and --brokers exclude each other, got both, expected one');
  if (values['project'] !== undefined && values['cdk-out'] !== undefined)
    throw new UsageError('--project and --cdk-out exclude each other, got both, expected one');
  return {
    project: text('project'),
    cdkOut: text('cdk-out'),
    broker: toBroker(values),
    keep: text('keep'),
    brokers: text('brokers'),
    security: toSecurityOptions(values),
    secretsFile: text('secrets'),
    registryUrl: text('schema-registry'),
    consumers: list('consumer'),
    variables: toPairs('env', list('env')),
    parameters: toPairs('parameter', list('parameter')),
    watch: values['no-watch'] !== true && values['cdk-out'] === undefined,
    iam: values['no-iam'] !== true,
    inspect: toInspect(values),
    logs: (text('logs') ?? 'short') as DevOptions['logs'],
    seedTraffic: toSeedTraffic(values),
    console: toConsoleChoice(values),
  };
}

/** Records where the option has no number. */
const seedRecords = 100;

function toSeedTraffic(values: OptionValues): number | undefined {
  const given = values['seed-traffic'] as number | true | undefined;
  if (given !== undefined && values['brokers'] !== undefined)
    throw new UsageError(
      '--seed-traffic and --brokers exclude each other, got both, expected one; generated records go only to the Kafka that dev starts',
    );
  return given === true ? seedRecords : given;
}

function toInspect(values: OptionValues): InspectOptions | undefined {
  const port = values['inspect'] as number | undefined;
  return port === undefined ? undefined : { port, breaksAtStart: false };
}

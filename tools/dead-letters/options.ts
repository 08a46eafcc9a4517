// What a person asks of dead letters: the command line's words, checked and resolved.
import { saslMechanisms, type SecurityOptions } from '../broker/broker-security.ts';
import { toPairs, UsageError, type OptionValues } from '../command.ts';
import type { Filter, GroupBy } from './failed-record.ts';

/** What the words after `dead-letters` may be. */
export const actions = ['list', 'show', 'try', 'redrive'] as const;
export type Action = (typeof actions)[number];

/** Where a redrive sends to. */
export type TargetOption =
  | { readonly kind: 'function'; readonly name: string | undefined }
  | { readonly kind: 'topic'; readonly name: string | undefined };

/** What is asked for; every field is resolved. */
export interface DeadLettersOptions {
  readonly action: Action;
  readonly stack: string | undefined;
  readonly buckets: readonly string[];
  readonly queueUrls: readonly string[];
  readonly failureTopics: readonly string[];
  readonly brokers: string | undefined;
  readonly security: SecurityOptions;
  readonly filter: Filter;
  /** `path=value` on the decoded JSON of the value. */
  readonly where: { readonly path: readonly string[]; readonly value: string } | undefined;
  readonly groupBy: readonly GroupBy[];
  readonly showsPayload: boolean;
  readonly cdkOut: string | undefined;
  /** The consumer of the app whose code is tried; undefined: that of the records. */
  readonly tryAs: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly target: TargetOption;
  readonly says: 'plan' | 'yes';
  readonly rate: number;
  readonly inFlight: number;
  readonly most: number | undefined;
  readonly recordsPerBatch: number;
  /** Share of failures, 0..1, at which a redrive stops by itself. */
  readonly stopAt: number;
  readonly maxRedrives: number;
  readonly overtaken: 'skip' | 'send';
  /** Whether resolved letters stay where they are. */
  readonly keeps: boolean;
  readonly accountFolder: string;
  readonly resume: string | undefined;
  readonly json: boolean;
}

/** Resolves the command line's options. @throws UsageError `USAGE` naming the option */
export function toDeadLettersOptions(values: OptionValues): DeadLettersOptions {
  const text = (name: string): string | undefined => values[name] as string | undefined;
  const number = (name: string): number | undefined => values[name] as number | undefined;
  const list = (name: string): readonly string[] => (values[name] as readonly string[] | undefined) ?? [];
  const action = actions.find((each) => each === values['action']);
  if (action === undefined)
    throw new UsageError(
      `<action> is not one of these, got ${JSON.stringify(values['action'])}, expected ${actions.join(', ')}`,
    );
  const options: DeadLettersOptions = {
    action,
    stack: text('stack'),
    buckets: list('bucket'),
    queueUrls: list('queue-url'),
    failureTopics: list('failure-topic'),
    brokers: text('brokers'),
    security: {
      tls: values['tls'] === true,
      caFile: text('ca'),
      clientCertificateFile: text('cert'),
      sasl: saslMechanisms.find((mechanism) => mechanism === text('sasl')),
    },
    filter: {
      consumer: text('consumer'),
      codes: list('code'),
      sinceMs: toSince(text('since')),
      partition: number('partition'),
      key: text('key'),
      records: list('record'),
    },
    where: toWhere(text('where')),
    groupBy: toGroupBy(text('by')),
    showsPayload: values['payload'] === true,
    cdkOut: text('cdk-out'),
    tryAs: text('as'),
    environment: toPairs('env', list('env')),
    target: toTarget(text('to') ?? 'function'),
    says: values['yes'] === true ? 'yes' : 'plan',
    rate: number('rate') ?? 50,
    inFlight: number('in-flight') ?? 4,
    most: number('max'),
    recordsPerBatch: number('records-per-batch') ?? 50,
    stopAt: (number('stop-at-percent') ?? 20) / 100,
    maxRedrives: number('max-redrives') ?? 3,
    overtaken: (text('overtaken') ?? 'skip') as DeadLettersOptions['overtaken'],
    keeps: values['keep'] === true,
    accountFolder: text('account') ?? '.tailrace/redrive',
    resume: text('resume'),
    json: values['json'] === true,
  };
  checkTogether(options);
  return options;
}

function checkTogether(options: DeadLettersOptions): void {
  const { failureTopics, brokers, stack, buckets, queueUrls, target, action, filter } = options;
  if (failureTopics.length > 0 && brokers === undefined)
    throw new UsageError('--failure-topic needs --brokers, got no address, expected host:port');
  if (action === 'redrive' && target.kind === 'topic' && brokers === undefined)
    throw new UsageError('--to topic needs --brokers, got no address, expected host:port');
  if (stack === undefined && buckets.length + queueUrls.length + failureTopics.length === 0)
    throw new UsageError(
      'no place of dead letters, got nothing, expected --stack, --bucket, --queue-url or --failure-topic',
    );
  if (action === 'show' && filter.records.length === 0)
    throw new UsageError('show needs --record, got none, expected topic-partition@offset as list prints it');
}

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

// An age such as 90m, 12h or 7d, or a moment in ISO 8601.
function toSince(word: string | undefined): number | undefined {
  if (word === undefined) return undefined;
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(word) ?? [];
  const moment = count === undefined ? Date.parse(word) : Date.now() - Number(count) * (units[unit] ?? 0);
  if (Number.isNaN(moment))
    throw new UsageError(
      `--since is no time, got ${JSON.stringify(word)}, expected an age such as 12h or 7d, or an ISO date`,
    );
  return moment;
}

function toWhere(word: string | undefined): DeadLettersOptions['where'] {
  if (word === undefined) return undefined;
  const [, path, value] = /^([\w$.-]+)=(.*)$/s.exec(word) ?? [];
  if (path === undefined || value === undefined)
    throw new UsageError(`--where is no comparison, got no =, expected path.to.field=value`);
  return { path: path.split('.'), value };
}

function toGroupBy(word: string | undefined): readonly GroupBy[] {
  const known = ['consumer', 'code', 'partition', 'hour'] as const;
  return (word ?? 'consumer,code').split(',').map((each) => {
    const found = known.find((name) => name === each);
    if (found === undefined)
      throw new UsageError(
        `--by is not one of its values, got ${JSON.stringify(each)}, expected ${known.join(', ')}, with commas between`,
      );
    return found;
  });
}

function toTarget(word: string): TargetOption {
  const [, kind, name] = /^(function|topic)(?:=(.+))?$/.exec(word) ?? [];
  if (kind === 'function' || kind === 'topic') return { kind, name };
  throw new UsageError(
    `--to is no target, got ${JSON.stringify(word)}, expected function, function=NAME, topic or topic=NAME`,
  );
}

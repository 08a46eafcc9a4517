// What a person asks of dead letters: the command line's words, checked and resolved.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { toSecurityOptions } from '../broker/broker-options.ts';
import type { SecurityOptions } from '../broker/broker-security.ts';
import { toPairs, UsageError, type OptionValues } from '../command.ts';
import type { Filter, GroupBy } from './failed-record.ts';
import type { RunningDev } from './sources/running-dev.ts';
import type { Tried } from './tried.ts';

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
  /** The `dev` that runs here, where no place was named. */
  readonly dev: RunningDev | undefined;
  readonly buckets: readonly string[];
  readonly queueUrls: readonly string[];
  readonly failureTopics: readonly string[];
  readonly brokers: string | undefined;
  readonly security: SecurityOptions;
  readonly filter: Filter;
  /** `path=value` on the decoded JSON of the value. */
  readonly where: { readonly path: readonly string[]; readonly value: string } | undefined;
  /** Ids that `try` found to succeed; undefined: whatever it would say. */
  readonly tried: ReadonlySet<string> | undefined;
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

/** Whether the command line says where dead letters are. */
export function namesPlaces(values: OptionValues): boolean {
  return ['stack', 'bucket', 'queue-url', 'failure-topic'].some((name) => values[name] !== undefined);
}

/**
 * Resolves the command line's options.
 *
 * @param dev the `dev` that runs here, for a command line that names no place
 * @throws UsageError `USAGE` naming the option
 */
export function toDeadLettersOptions(values: OptionValues, dev?: RunningDev): DeadLettersOptions {
  const text = (name: string): string | undefined => values[name] as string | undefined;
  const number = (name: string): number | undefined => values[name] as number | undefined;
  const list = (name: string): readonly string[] => (values[name] as readonly string[] | undefined) ?? [];
  const resume = text('resume');
  const action = actions.find((each) => each === values['action']);
  if (action === undefined)
    throw new UsageError(
      `<action> is not one of these, got ${JSON.stringify(values['action'])}, expected ${actions.join(', ')}`,
    );
  const options: DeadLettersOptions = {
    action,
    stack: text('stack'),
    dev,
    buckets: list('bucket'),
    queueUrls: list('queue-url'),
    failureTopics: list('failure-topic'),
    brokers: text('brokers') ?? dev?.brokers,
    security: toSecurityOptions(values),
    filter: {
      consumer: text('consumer'),
      codes: list('code'),
      sinceMs: toSince(text('since')),
      partition: number('partition'),
      key: text('key'),
      records: list('record'),
    },
    where: toWhere(text('where')),
    tried: readTried(text('tried')),
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
    // What a resumed run has done stands in its own account, wherever that is.
    accountFolder: resume === undefined ? (text('account') ?? '.tailrace/redrive') : dirname(resume),
    resume,
    json: values['json'] === true,
  };
  checkTogether(options);
  return options;
}

function checkTogether(options: DeadLettersOptions): void {
  const { failureTopics, brokers, stack, dev, buckets, queueUrls, target, action } = options;
  if (failureTopics.length > 0 && brokers === undefined)
    throw new UsageError('--failure-topic needs --brokers, got no address, expected host:port');
  if (action === 'redrive' && target.kind === 'topic' && brokers === undefined)
    throw new UsageError('--to topic needs --brokers, got no address, expected host:port');
  const isNowhere = buckets.length + queueUrls.length + failureTopics.length === 0;
  if (stack === undefined && dev === undefined && isNowhere)
    throw new UsageError(
      'no place of dead letters, got no running tailrace dev in this project, expected --stack, --bucket, --queue-url or --failure-topic',
    );
}

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

// An age such as 90m, 12h or 7d, or a moment in ISO 8601.
function toSince(word: string | undefined): number | undefined {
  if (word === undefined) return undefined;
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(word) ?? [];
  // `Date.parse` takes more than dates: 12 is a month of 2001.
  const isDate = /^\d{4}-\d{2}-\d{2}/.test(word);
  const parsed = isDate ? Date.parse(word) : NaN;
  const moment = count === undefined ? parsed : Date.now() - Number(count) * (units[unit] ?? 0);
  if (Number.isNaN(moment))
    throw new UsageError(
      `--since is not a time, got ${JSON.stringify(word)}, expected an age such as 12h or 7d, or an ISO date`,
    );
  return moment;
}

function toWhere(word: string | undefined): DeadLettersOptions['where'] {
  if (word === undefined) return undefined;
  const [, path, value] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
  if (path === undefined || value === undefined)
    throw new UsageError(
      `--where is not a comparison, got no field and = before a value, expected path.to.field=value`,
    );
  return { path: path.split('.'), value };
}

// What `try --json` has printed: the records that would succeed now.
function readTried(file: string | undefined): ReadonlySet<string> | undefined {
  if (file === undefined) return undefined;
  try {
    const tried = JSON.parse(readFileSync(file, 'utf8')) as readonly Pick<Tried, 'id' | 'now'>[];
    return new Set(tried.filter(({ now }) => now === 'succeeds').map(({ id }) => id));
  } catch (cause) {
    throw new UsageError(
      `--tried is not a result of a try, got ${(cause as NodeJS.ErrnoException).code ?? 'no list in it'}, expected the file that "dead-letters try --json" has written`,
      { cause },
    );
  }
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
    `--to is not a target, got ${JSON.stringify(word)}, expected function, function=NAME, topic or topic=NAME`,
  );
}

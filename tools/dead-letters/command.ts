// `tailrace dead-letters <action>`: what could not be consumed, wherever it is kept: counted, shown, tried, and sent again.
import { securityOptions } from '../broker/broker-options.ts';
import { appValueOptions, type Command } from '../command.ts';
import { actions, namesPlaces, toDeadLettersOptions } from './options.ts';
import { findRunningDev } from './sources/running-dev.ts';

/** The command's data. */
export const deadLettersCommand: Command = {
  name: 'dead-letters',
  summary: 'lists, shows, tries and redrives what consumers and mappings could not process',
  about: [
    "Reads the runtime's dead letters and the mapping's failed batches in S3, the mapping's documents in SQS (directly or\n" +
      'through SNS), and on-failure topics. Documents in SQS have only offsets; with --brokers their records are read from\n' +
      'Kafka, if Kafka still has them.',
    'list counts. show shows one record. try runs the records through the code in this folder, in a sandbox, with local\n' +
      'endpoints. redrive shows a plan, and with --yes sends. Records of one key are sent in the order of their offsets.',
    'While tailrace dev runs in this project, you need not name a place: its dead letters, Kafka and functions are used.',
    'Credentials, Region and endpoint are those of the AWS SDK (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL).',
  ],
  argument: { name: 'action', summary: actions.join(' | ') },
  options: {
    stack: {
      kind: 'text',
      valueName: 'NAME',
      summary: 'uses the buckets, queues, topics and functions of this stack',
    },
    bucket: {
      kind: 'text',
      valueName: 'NAME',
      isList: true,
      summary: 'reads dead letters and failed batches of this bucket',
    },
    'queue-url': {
      kind: 'text',
      valueName: 'URL',
      isList: true,
      summary: 'reads documents of this SQS queue',
    },
    'failure-topic': {
      kind: 'text',
      valueName: 'TOPIC',
      isList: true,
      summary: 'reads this on-failure topic',
    },
    brokers: {
      kind: 'text',
      valueName: 'HOST:PORT',
      summary: 'the Kafka that records come from, comma-separated',
    },
    ...securityOptions,
    consumer: { kind: 'text', valueName: 'NAME', summary: 'only records of this consumer or function' },
    code: {
      kind: 'text',
      valueName: 'CODE',
      isList: true,
      summary: 'only records that failed with this code',
    },
    since: {
      kind: 'text',
      valueName: 'AGE',
      summary: 'only records that failed since then: 90m, 12h, 7d, or an ISO date',
    },
    partition: { kind: 'integer', summary: 'only records of this partition', range: [0, 1_000_000] },
    key: { kind: 'text', valueName: 'KEY', summary: 'only records with this key' },
    where: {
      kind: 'text',
      valueName: 'PATH=VALUE',
      summary: 'only records whose JSON value has this VALUE at this PATH',
    },
    record: {
      kind: 'text',
      valueName: 'PLACE',
      isList: true,
      summary: 'only this record: topic-partition@offset',
    },
    tried: {
      kind: 'text',
      valueName: 'FILE',
      summary: 'only records that succeed by this file, the output of try --json',
    },
    by: {
      kind: 'text',
      valueName: 'WHAT,WHAT',
      summary: 'list: what to count by: consumer, code, partition, hour',
      byDefault: 'consumer,code',
    },
    payload: { kind: 'flag', summary: 'show: adds message, key and value, on a terminal only' },
    as: {
      kind: 'text',
      valueName: 'NAME',
      summary: 'try: the consumer of the app whose code is run',
      byDefault: 'that of each record',
    },
    'cdk-out': {
      kind: 'text',
      valueName: 'FOLDER',
      summary: 'try: takes the code from this assembly',
      byDefault: 'synthesizes the app first',
    },
    env: appValueOptions.env,
    to: {
      kind: 'text',
      valueName: 'TARGET',
      summary: "redrive: where to: function, function=NAME, topic (each record's own), topic=NAME",
      byDefault: 'function',
    },
    yes: { kind: 'flag', summary: 'redrive: sends; without --yes only the plan is shown' },
    rate: {
      kind: 'integer',
      summary: 'redrive: most records per second; starts at a tenth of it',
      range: [1, 100_000],
      byDefault: '50',
    },
    'in-flight': {
      kind: 'integer',
      summary: 'redrive: most batches in flight',
      range: [1, 100],
      byDefault: '4',
    },
    'records-per-batch': {
      kind: 'integer',
      summary: 'redrive: most records in one invocation',
      range: [1, 1000],
      byDefault: '50',
    },
    max: { kind: 'integer', summary: 'most records', range: [1, 100_000_000], byDefault: 'all' },
    'stop-at-percent': {
      kind: 'integer',
      summary: 'redrive: stops if more than this share fails again, of 20 records or more',
      range: [1, 100],
      byDefault: '20',
    },
    'max-redrives': {
      kind: 'integer',
      summary: 'redrive: leaves out records that were already sent again this many times',
      range: [1, 1000],
      byDefault: '3',
    },
    overtaken: {
      kind: 'text',
      summary: 'redrive: what to do with a record if a later record of its key was already processed',
      oneOf: ['skip', 'send'],
      byDefault: 'skip',
    },
    keep: { kind: 'flag', summary: 'redrive: does not move or delete what succeeded' },
    account: {
      kind: 'text',
      valueName: 'FOLDER',
      summary: 'redrive: folder of the account files',
      byDefault: '.tailrace/redrive',
    },
    resume: { kind: 'text', valueName: 'FILE', summary: 'redrive: continues the run of this account file' },
    json: {
      kind: 'flag',
      summary: 'prints the result as one JSON document, and nothing else, on standard output',
    },
  },
  examples: [
    ['npx tailrace dead-letters list --stack Tailrace', 'counts by consumer and code'],
    [
      'npx tailrace dead-letters list --bucket letters --by code,hour --since 12h',
      'those of the last 12 hours',
    ],
    ['npx tailrace dead-letters show --bucket letters --record orders-3@1207', 'shows one record'],
    [
      'npx tailrace dead-letters try --bucket letters --code SCHEMA_MISMATCH',
      'does the code in this folder process them?',
    ],
    [
      'npx tailrace dead-letters redrive --stack Tailrace --code SCHEMA_MISMATCH --consumer materialize',
      'shows the plan',
    ],
    [
      'npx tailrace dead-letters redrive --stack Tailrace --code SCHEMA_MISMATCH --consumer materialize --yes',
      'sends',
    ],
  ],
  exitCodes: {
    0: 'done',
    1: 'records fail again, were not sent, or have lost their originals; or a redrive left out something that it cannot read',
    3: 'a place or a permission is missing; the account file names everything that was sent',
  },
  async run(values, io) {
    const dev = namesPlaces(values) ? undefined : await findRunningDev();
    const options = toDeadLettersOptions(values, dev);
    // Before any client is made: the SDK reads its endpoints from the environment.
    Object.assign(process.env, dev?.environment);
    // The AWS and Kafka clients load for a second, which --help need not wait for.
    const { run } = await import('./run.ts');
    return await run(options, io);
  },
};

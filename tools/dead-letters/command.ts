// `tailrace dead-letters <action>`: what could not be consumed, wherever it is kept: counted, shown, tried, and sent again.
import { saslMechanisms } from '../broker/broker-security.ts';
import { appValueOptions, type Command } from '../command.ts';
import { actions, namesPlaces, toDeadLettersOptions } from './options.ts';
import { findRunningDev } from './sources/running-dev.ts';

/** The command's data. */
export const deadLettersCommand: Command = {
  name: 'dead-letters',
  summary: 'lists, shows, tries and redrives what consumers and mappings could not process',
  about: [
    "Reads the runtime's dead letters and failed batches in S3, documents in SQS (also by SNS), and on-failure topics.\n" +
      'Documents in SQS name offsets only: with --brokers their records are read from Kafka while they are still there.',
    'list counts; show tells of one record; try runs records through the code of this folder, in a sandbox, with local\n' +
      'endpoints; redrive plans, and with --yes sends. Records of one key go in the order of their offsets.',
    'Beside a running tailrace dev no place need be named: its dead letters, its Kafka and its functions are taken.',
    'Credentials, Region and endpoint are those of the AWS SDK (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL).',
    'Exit code 0: done; 1: records fail again, were not sent, or have lost their originals; 2: the command line is wrong; 3: a place or a right is\n' +
      'missing, and nothing was sent that the account does not name.',
  ],
  argument: { name: 'action', summary: actions.join(' | ') },
  options: {
    stack: {
      kind: 'text',
      valueName: 'NAME',
      summary: 'finds buckets, queues, topics and functions of this stack',
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
    tls: { kind: 'flag', summary: 'speaks TLS to --brokers' },
    ca: { kind: 'text', valueName: 'FILE', summary: "PEM of the authority behind the brokers' certificates" },
    cert: { kind: 'text', valueName: 'FILE', summary: 'PEM of a client certificate and its key' },
    sasl: {
      kind: 'text',
      valueName: 'MECHANISM',
      summary: 'user and password are TAILRACE_SASL_USERNAME and TAILRACE_SASL_PASSWORD',
      oneOf: saslMechanisms,
    },
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
      summary: "only records whose value's JSON has this in this field",
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
      summary: 'only records that try --json says succeed, in this file',
    },
    by: {
      kind: 'text',
      valueName: 'WHAT,WHAT',
      summary: 'what list counts by: consumer, code, partition, hour',
      byDefault: 'consumer,code',
    },
    payload: { kind: 'flag', summary: 'show: adds message, key and value, on a terminal only' },
    as: {
      kind: 'text',
      valueName: 'NAME',
      summary: "try: the app's consumer whose code is run",
      byDefault: "the records' own",
    },
    'cdk-out': {
      kind: 'text',
      valueName: 'FOLDER',
      summary: 'try: takes the code from this assembly',
      byDefault: 'synthesizes first',
    },
    env: appValueOptions.env,
    to: {
      kind: 'text',
      valueName: 'TARGET',
      summary: "redrive: function, function=NAME, topic (each record's own), topic=NAME",
      byDefault: 'function',
    },
    yes: { kind: 'flag', summary: 'redrive: sends; without it only the plan is shown' },
    rate: {
      kind: 'integer',
      summary: 'redrive: records a second, reached from a tenth of it',
      range: [1, 100_000],
      byDefault: '50',
    },
    'in-flight': {
      kind: 'integer',
      summary: 'redrive: batches under way at once',
      range: [1, 100],
      byDefault: '4',
    },
    'records-per-batch': {
      kind: 'integer',
      summary: 'records of one invocation at most',
      range: [1, 1000],
      byDefault: '50',
    },
    max: { kind: 'integer', summary: 'records at most', range: [1, 100_000_000], byDefault: 'all' },
    'stop-at-percent': {
      kind: 'integer',
      summary: 'redrive: stops when more than this fail again, of 20 or more',
      range: [1, 100],
      byDefault: '20',
    },
    'max-redrives': {
      kind: 'integer',
      summary: 'redrive: leaves out what was sent again so often',
      range: [1, 1000],
      byDefault: '3',
    },
    overtaken: {
      kind: 'text',
      summary: 'redrive: what of records whose key was written and processed later',
      oneOf: ['skip', 'send'],
      byDefault: 'skip',
    },
    keep: { kind: 'flag', summary: 'redrive: moves and deletes nothing' },
    account: {
      kind: 'text',
      valueName: 'FOLDER',
      summary: 'redrive: where accounts are kept',
      byDefault: '.tailrace/redrive',
    },
    resume: { kind: 'text', valueName: 'FILE', summary: 'redrive: goes on with this account' },
    json: {
      kind: 'flag',
      summary: 'prints the result as one JSON document, and nothing else, on standard output',
    },
  },
  examples: [
    ['tailrace dead-letters list --stack Tailrace', 'how many of what'],
    ['tailrace dead-letters list --bucket letters --by code,hour --since 12h', 'of one night'],
    ['tailrace dead-letters show --bucket letters --record orders-3@1207', 'one of them'],
    ['tailrace dead-letters try --bucket letters --code SCHEMA_MISMATCH', 'does the code here read them?'],
    [
      'tailrace dead-letters redrive --stack Tailrace --code SCHEMA_MISMATCH --consumer materialize',
      'the plan',
    ],
    [
      'tailrace dead-letters redrive --stack Tailrace --code SCHEMA_MISMATCH --consumer materialize --yes',
      'does it',
    ],
  ],
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

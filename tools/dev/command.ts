// `tailrace dev`: run, save, see: the app on this machine while it is written.
import { saslMechanisms } from '../broker/broker-security.ts';
import { appValueOptions, type Command } from '../command.ts';
import { consoleOptions } from '../console/options.ts';
import { toDevOptions } from './options.ts';

/** The command's data. */
export const devCommand: Command = {
  name: 'dev',
  summary: 'runs the app of this folder on a real Kafka, and replaces functions as their sources are saved',
  about: [
    'Synthesizes the CDK app, starts Kafka and S3, SQS, SNS and DynamoDB on 127.0.0.1, and goes on until Ctrl-C. A saved\n' +
      'source replaces the functions that it is in, between two invocations; offsets stay. A changed definition restarts its\n' +
      'mapping. A broken edit changes nothing and is shown until it is mended. Nothing is sent by itself: see tailrace send, and --seed-traffic.',
  ],
  options: {
    project: {
      kind: 'text',
      valueName: 'FOLDER',
      summary: 'the CDK project',
      byDefault: 'the nearest folder with a cdk.json',
    },
    'cdk-out': {
      kind: 'text',
      valueName: 'FOLDER',
      summary: 'runs this assembly as it is, and watches nothing',
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
      summary: 'which Kafka to start; apache takes Java 17 and Maven',
      oneOf: ['embedded', 'apache'],
      byDefault: 'embedded',
    },
    keep: {
      kind: 'text',
      valueName: 'FOLDER',
      summary:
        'keeps topics, offsets, buckets, queues and tables there for the next run; takes --broker apache',
      byDefault: 'keeps nothing',
    },
    brokers: {
      kind: 'text',
      valueName: 'HOST:PORT',
      summary: 'a Kafka of your own, comma-separated; only read, by consumer groups of the run',
      byDefault: 'starts one',
    },
    tls: { kind: 'flag', summary: 'speaks TLS to --brokers' },
    ca: { kind: 'text', valueName: 'FILE', summary: "PEM of the authority behind --brokers' certificates" },
    cert: { kind: 'text', valueName: 'FILE', summary: 'PEM of a client certificate and its key' },
    sasl: {
      kind: 'text',
      valueName: 'MECHANISM',
      summary: 'user and password are TAILRACE_SASL_USERNAME and TAILRACE_SASL_PASSWORD',
      oneOf: saslMechanisms,
    },
    secrets: { kind: 'text', valueName: 'FILE', summary: 'JSON of the secrets that mappings name, by ARN' },
    'schema-registry': {
      kind: 'text',
      valueName: 'URL',
      summary: 'asked in place of the registries that mappings name',
    },
    ...appValueOptions,
    'seed-traffic': {
      kind: 'integer',
      valueName: 'N',
      isValueOptional: true,
      range: [1, 1_000_000],
      summary:
        "sends each topic N records of its consumer's sample.ndjson, or made from its schema; 100 without =N",
      byDefault: 'nothing is sent',
    },
    'no-iam': {
      kind: 'flag',
      summary: 'lets functions call the local AWS as they like, whatever their roles allow',
    },
    'no-watch': { kind: 'flag', summary: 'replaces nothing when sources change' },
    inspect: {
      kind: 'integer',
      valueName: 'PORT',
      summary: "lets a debugger attach: the first function's port, 0 for free ones",
      range: [0, 65_535],
    },
    ...consoleOptions,
    logs: {
      kind: 'text',
      summary: "how the functions' log lines are shown",
      oneOf: ['short', 'json', 'none'],
      byDefault: 'short',
    },
  },
  examples: [
    ['tailrace dev', 'the app of this folder'],
    ['tailrace dev --seed-traffic', 'with records made for it'],
    ['tailrace dev --consumer orders --inspect 9229', 'one consumer, with a debugger'],
    ['tailrace dev --cdk-out ../other/cdk.out', "somebody else's app"],
  ],
  exitCodes: { 0: 'stopped by Ctrl-C or SIGTERM, with nothing left behind', 130: 'stopped before it was up' },
  async run(values, io) {
    const options = toDevOptions(values);
    // The Kafka and AWS clients load for a second, which --help need not wait for.
    const { run } = await import('./run.ts');
    return await run(options, io);
  },
};

// `tailrace dev`: run, save, see: the app on this machine while it is written.
import { brokerOptions, securityOptions } from '../broker/broker-options.ts';
import { appValueOptions, type Command } from '../command.ts';
import { consoleOptions } from '../console/options.ts';
import { toDevOptions } from './options.ts';

/** The command's data. */
export const devCommand: Command = {
  name: 'dev',
  summary: 'runs the app in this folder on a real Kafka, and replaces functions when you save their sources',
  about: [
    'Synthesizes the CDK app, starts Kafka, S3, SQS, SNS and DynamoDB on 127.0.0.1, and runs until Ctrl-C.',
    'When you save a source, the functions that contain it are replaced between two invocations; offsets stay. When a\n' +
      'definition changes, its mapping restarts. If the new code does not build, the old functions keep running, and the error\n' +
      'is shown until you fix it.',
    'dev sends no records by itself: use tailrace send or --seed-traffic.',
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
      summary: 'runs this assembly unchanged, and watches no sources',
    },
    consumer: {
      kind: 'text',
      valueName: 'NAME',
      isList: true,
      summary: 'runs only this consumer',
      byDefault: 'all',
    },
    ...brokerOptions,
    ...securityOptions,
    secrets: {
      kind: 'text',
      valueName: 'FILE',
      summary: 'JSON file of the secrets that mappings name, by ARN',
    },
    'schema-registry': {
      kind: 'text',
      valueName: 'URL',
      summary: 'replaces the Confluent registries that mappings name',
    },
    ...appValueOptions,
    'seed-traffic': {
      kind: 'integer',
      valueName: 'N',
      isValueOptional: true,
      range: [1, 1_000_000],
      summary:
        "sends each topic N records, from its consumer's sample.ndjson or generated from its schema; without =N it sends 100",
      byDefault: 'nothing is sent',
    },
    'no-iam': {
      kind: 'flag',
      summary: 'does not check permissions: functions may make any call to the local AWS',
    },
    'no-watch': { kind: 'flag', summary: 'does not replace functions when sources change' },
    inspect: {
      kind: 'integer',
      valueName: 'PORT',
      summary: 'lets a debugger attach at this port; further functions use the next ports. 0 uses free ports',
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
    ['npx tailrace dev', 'runs the app in this folder'],
    ['npx tailrace dev --seed-traffic', 'and sends it generated records'],
    ['npx tailrace dev --consumer orders --inspect 9229', 'runs one consumer, with a debugger'],
    ['npx tailrace dev --cdk-out ../other/cdk.out', "runs somebody else's app"],
  ],
  exitCodes: {
    0: 'stopped by Ctrl-C or SIGTERM, with nothing left behind',
    130: 'stopped before everything had started',
  },
  async run(values, io) {
    const options = toDevOptions(values);
    // The Kafka and AWS clients load for a second, which --help need not wait for.
    const { run } = await import('./run.ts');
    return await run(options, io);
  },
};

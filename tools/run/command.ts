// `tailrace run`, the main job: real Kafka records through the consumers in the shape that `cdk deploy` would ship, and a
// proof that none was lost.

import { resolve } from 'node:path';
import { brokerOptions, securityOptions } from '../broker/broker-options.ts';
import { appValueOptions, type Command } from '../command.ts';
import { consoleOptions } from '../console/options.ts';
import { faultKinds, toRunOptions } from './options.ts';
import { synthesize, toAssembly } from './synth.ts';

/** The command's data. */
export const runCommand: Command = {
  name: 'run',
  summary: 'runs the consumers on this machine against a real Kafka, and proves that no record is lost',
  about: [
    'Synthesizes the app, starts Kafka, S3, SQS, SNS and DynamoDB on 127.0.0.1, and runs each function from its real\n' +
      'bundle. Sends seeded records, waits until all of them are committed, and reads every destination back. The exit code\n' +
      'is 0 if, for each consumer, produced = processed + dead-lettered.',
    "In a clone of Tailrace's repository, npm start is short for tailrace run.",
  ],
  options: {
    records: {
      kind: 'integer',
      summary:
        'how many records to send to each topic; 0 sends none and runs until Ctrl-C, so that you can send your own',
      range: [0, 10_000_000],
      byDefault: '5000; 0 with --cdk-out or --brokers',
    },
    traffic: {
      kind: 'text',
      valueName: 'CONSUMER=FILE',
      isList: true,
      summary:
        'sends a consumer or a topic the records of this file, one JSON document per line; CONSUMER=orders sends generated example orders',
      byDefault: 'sample.ndjson in the folder of its consumer.ts, else values generated from its schema',
    },
    watch: { kind: 'flag', summary: 'runs until Ctrl-C, then checks the result' },
    rate: {
      kind: 'integer',
      summary: 'most records per second',
      range: [1, 1_000_000],
      byDefault: 'as fast as the consumers keep up; 100 with --watch',
    },
    seed: {
      kind: 'integer',
      summary: 'seed of the generated records; the same seed gives the same records',
      range: [0, 4_294_967_295],
      byDefault: '858',
    },
    compression: {
      kind: 'text',
      summary: 'how values are compressed',
      oneOf: ['lz4', 'gzip', 'zstd', 'none'],
      byDefault: 'none; lz4 for orders',
    },
    poison: {
      kind: 'integer',
      valueName: 'PERCENT',
      summary: 'share of records that the definition cannot read',
      range: [0, 100],
      byDefault: '1; 0 for a file of --traffic',
    },
    tombstones: {
      kind: 'integer',
      valueName: 'PERCENT',
      summary: 'share of records without a value',
      range: [0, 100],
      byDefault: '0; 2 for orders',
    },
    'min-processed': {
      kind: 'integer',
      valueName: 'PERCENT',
      summary: 'smallest share of its good records that a consumer must process for a verdict',
      range: [0, 100],
      byDefault: '90',
    },
    consumer: {
      kind: 'text',
      valueName: 'NAME',
      isList: true,
      summary: 'runs only this consumer',
      byDefault: 'all',
    },
    ...brokerOptions,
    from: {
      kind: 'text',
      valueName: 'PLACE',
      summary: 'where the consumer groups start in topics of --brokers: end, beginning, or a time',
      byDefault: 'end',
    },
    'join-group': {
      kind: 'flag',
      summary:
        'joins the deployed consumer groups on --brokers, and so takes records from the deployed functions',
    },
    produce: {
      kind: 'flag',
      summary: 'sends records to topics of --brokers, and creates missing topics',
    },
    ...securityOptions,
    secrets: {
      kind: 'text',
      valueName: 'FILE',
      summary:
        'JSON file of the secrets that mappings name, by ARN; pollers then authenticate as their mapping says',
    },
    'schema-registry': {
      kind: 'text',
      valueName: 'URL',
      summary: 'replaces the Confluent registries that mappings name',
    },
    'poller-scaling': {
      kind: 'integer',
      valueName: 'SECONDS',
      summary: 'how often a mapping adds or removes pollers, by its lag',
      range: [1, 3600],
      byDefault: '60, as on AWS',
    },
    'cdk-out': {
      kind: 'text',
      valueName: 'FOLDER',
      summary: 'runs this assembly unchanged; sends nothing unless --records or --traffic asks for it',
      byDefault: 'synthesizes the app first',
    },
    template: {
      kind: 'text',
      valueName: 'FILE',
      summary: 'runs the app of this CloudFormation or SAM template; code paths are relative to it',
    },
    ...appValueOptions,
    'no-iam': {
      kind: 'flag',
      summary: 'does not check permissions: functions may make any call to the local AWS',
    },
    fault: {
      kind: 'text',
      valueName: 'KIND[:CONSUMER]',
      isList: true,
      summary: `injects a fault once: ${faultKinds.join(' | ')}`,
    },
    inspect: {
      kind: 'integer',
      valueName: 'PORT',
      isValueOptional: true,
      summary:
        'lets a debugger attach to each function; turns timeouts off. The first function uses this port, the second one the next port, and so on; the addresses are shown',
      range: [1, 65_535],
      byDefault: 'free ports',
    },
    'inspect-brk': {
      kind: 'integer',
      valueName: 'PORT',
      isValueOptional: true,
      summary: 'like --inspect, but each function waits for a debugger before it loads',
      range: [1, 65_535],
      byDefault: 'free ports',
    },
    ...consoleOptions,
    logs: {
      kind: 'text',
      valueName: 'FORMAT',
      isValueOptional: true,
      oneOf: ['json'],
      summary: "shows the functions' log calls, one line each; --logs json shows the lines unchanged",
    },
    json: {
      kind: 'flag',
      summary: 'prints the result as one JSON document, and nothing else, on standard output',
    },
  },
  examples: [
    ['npx tailrace run', 'sends 5,000 records through all consumers'],
    ['npx tailrace run --records 50000', 'sends ten times as many'],
    ['npx tailrace run --fault kill:archive', 'kills the archive function once, in the middle of a batch'],
    ['npx tailrace run --broker apache', 'uses Apache Kafka, with the Java on this machine'],
    ['npx tailrace run --brokers localhost:9092', 'reads from your own Kafka'],
    [
      'npx tailrace run --brokers kafka.example:9096 --sasl scram-sha-512',
      'reads from a Kafka with TLS, user and password',
    ],
    ['npx tailrace run --watch', 'runs until Ctrl-C'],
    ['npx tailrace run --watch --inspect --consumer relay', 'runs one consumer, with a debugger'],
  ],
  async run(values, io) {
    const options = toRunOptions(values);
    // The app synthesizes while the Kafka and AWS clients load, which takes a second that --help need not wait for.
    const assembly =
      options.cdkOut === undefined
        ? synthesize(io.signal)
        : Promise.resolve(toAssembly(resolve(options.cdkOut)));
    assembly.catch(() => {});
    const { run } = await import('./run.ts');
    return run(options, assembly, io);
  },
};

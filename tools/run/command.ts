// `tailrace run`, the main job: real Kafka records through the consumers in the shape that `cdk deploy` would ship, and a
// proof that none was lost.

import { resolve } from 'node:path';
import { saslMechanisms } from '../broker/broker-security.ts';
import { appValueOptions, type Command } from '../command.ts';
import { consoleOptions } from '../console/options.ts';
import { faultKinds, toRunOptions } from './options.ts';
import { synthesize, toAssembly } from './synth.ts';

/** The command's data. */
export const runCommand: Command = {
  name: 'run',
  summary: 'runs the consumers on this machine against a real Kafka, and proves that nothing is lost',
  about: [
    'Synthesizes the app, starts Kafka, S3, SQS, SNS and DynamoDB on 127.0.0.1, runs each function from its real bundle,\n' +
      'produces seeded traffic, waits until all of it is committed, and reads every destination back:\n' +
      'produced = landed + dead-lettered, for each consumer, or exit code 1.',
  ],
  options: {
    records: {
      kind: 'integer',
      summary:
        'how many records to send to each topic; 0 sends none and runs until Ctrl-C, for records of your own',
      range: [0, 10_000_000],
      byDefault: '5000; with --cdk-out and --brokers 0',
    },
    traffic: {
      kind: 'text',
      valueName: 'CONSUMER=FILE',
      isList: true,
      summary:
        'sends a consumer or a topic the records of a file, one JSON document a line; CONSUMER=orders sends the orders of the example',
      byDefault: 'sample.ndjson beside its consumer.ts, else values made from its schema',
    },
    watch: { kind: 'flag', summary: 'goes on until Ctrl-C, then proves what it did' },
    rate: {
      kind: 'integer',
      summary: 'records a second at most',
      range: [1, 1_000_000],
      byDefault: 'as fast as the consumers follow; 100 with --watch',
    },
    seed: {
      kind: 'integer',
      summary: 'the same seed gives the same records',
      range: [0, 4_294_967_295],
      byDefault: '858',
    },
    compression: {
      kind: 'text',
      summary: 'how values are packed',
      oneOf: ['lz4', 'gzip', 'zstd', 'none'],
      byDefault: 'none; lz4 for orders',
    },
    poison: {
      kind: 'integer',
      valueName: 'PERCENT',
      summary: 'share of records that a definition cannot read',
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
      summary: 'least share of the good records that a consumer must process for a verdict',
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
    broker: {
      kind: 'text',
      valueName: 'KIND',
      summary: 'which Kafka to start; apache is Apache Kafka itself and takes Java 17 and Maven',
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
    from: {
      kind: 'text',
      valueName: 'PLACE',
      summary: 'where those groups start in topics of --brokers: end, beginning, or a time',
      byDefault: 'end',
    },
    'join-group': {
      kind: 'flag',
      summary: 'joins the groups of the mappings on --brokers, and takes records from what is deployed',
    },
    produce: {
      kind: 'flag',
      summary: 'sends records to topics of --brokers, and makes those that are missing',
    },
    tls: { kind: 'flag', summary: 'speaks TLS to --brokers; --ca, --cert and --sasl do so by themselves' },
    ca: { kind: 'text', valueName: 'FILE', summary: "PEM of the authority behind --brokers' certificates" },
    cert: { kind: 'text', valueName: 'FILE', summary: 'PEM of a client certificate and its key' },
    sasl: {
      kind: 'text',
      valueName: 'MECHANISM',
      summary: 'user and password are TAILRACE_SASL_USERNAME and TAILRACE_SASL_PASSWORD',
      oneOf: saslMechanisms,
    },
    secrets: {
      kind: 'text',
      valueName: 'FILE',
      summary: 'JSON of the secrets that mappings name, by ARN; pollers then enter as their mapping says',
    },
    'schema-registry': {
      kind: 'text',
      valueName: 'URL',
      summary: 'asked in place of the Confluent registries that mappings name',
    },
    'poller-scaling': {
      kind: 'integer',
      valueName: 'SECONDS',
      summary: 'how often a mapping looks whether its lag asks for more or fewer pollers',
      range: [1, 3600],
      byDefault: '60, as on AWS',
    },
    'cdk-out': {
      kind: 'text',
      valueName: 'FOLDER',
      summary: 'runs this assembly as it is, and sends it what is asked for',
      byDefault: 'synthesizes the app first',
    },
    template: {
      kind: 'text',
      valueName: 'FILE',
      summary: 'runs the app of this CloudFormation or SAM template, its code built beside it',
    },
    ...appValueOptions,
    'no-iam': {
      kind: 'flag',
      summary: 'lets functions call the local AWS as they like, whatever their roles allow',
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
        'lets a debugger attach to each function, without timeouts, at this port, the next one for the second consumer, and so on; the addresses are shown',
      range: [1, 65_535],
      byDefault: 'free ports',
    },
    'inspect-brk': {
      kind: 'integer',
      valueName: 'PORT',
      isValueOptional: true,
      summary: 'the same, and stops each function before it loads until a debugger lets it go on',
      range: [1, 65_535],
      byDefault: 'free ports',
    },
    ...consoleOptions,
    logs: {
      kind: 'text',
      isValueOptional: true,
      oneOf: ['json'],
      summary: "shows the functions' log calls, a line each; with json every line as it is",
    },
    json: {
      kind: 'flag',
      summary: 'prints the result as one JSON document, and nothing else, on standard output',
    },
  },
  examples: [
    ['npm start', 'five thousand records through all consumers'],
    ['npm start -- --records 50000', 'ten times as many'],
    ['npm start -- --fault kill:archive', 'kills the archive function once, in the middle of a batch'],
    ['npm start -- --broker apache', 'on Apache Kafka, run by the Java on this machine'],
    ['npm start -- --brokers localhost:9092', 'against a Kafka of your own'],
    ['npm start -- --brokers kafka.example:9096 --sasl scram-sha-512', 'one with TLS, a user and a password'],
    ['npm start -- --watch', 'until Ctrl-C'],
    ['npm start -- --watch --inspect --consumer relay', 'with a debugger at one of them'],
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

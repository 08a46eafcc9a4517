// `tailrace tune <consumer>`: memory size and batch size, chosen by measurement.
import { appValueOptions, type Command } from '../command.ts';
import { toTuneOptions } from './options.ts';

/** The command's data. */
export const tuneCommand: Command = {
  name: 'tune',
  summary: "measures one consumer's real bundle at many memory and batch sizes, and recommends one",
  about: [
    'For each batch size, finds the smallest memory size that survives the heaviest legal event: 6 MB of records, the\n' +
      'first of them as large as the definition allows. A size does not survive if the function is killed, declines records\n' +
      'or times out. From the first size with headroom upwards, measures typical events. As on Lambda, CPU time is in\n' +
      'proportion to the memory size, if this machine has control groups. Last, checks that memory does not grow over 40\n' +
      'typical events at the chosen size.',
  ],
  argument: { name: 'consumer', summary: "the consumer's name, as in its definition" },
  options: {
    goal: {
      kind: 'text',
      summary: 'what to prefer',
      oneOf: ['cost', 'latency', 'safety'],
      byDefault: 'cost',
    },
    'max-records': {
      kind: 'text',
      valueName: 'N,N',
      summary: 'batch sizes to try',
      byDefault: "the mapping's batch size, a fifth of it, and twice it",
    },
    concurrency: {
      kind: 'text',
      valueName: 'N,N',
      summary: 'numbers of lanes to try, for functions that wait for other services',
      byDefault: "the definition's",
    },
    'handler-latency': {
      kind: 'text',
      valueName: 'MS',
      summary: 'delay of the local S3, SQS, SNS and DynamoDB, such as 20ms',
      byDefault: '0ms',
    },
    sizes: {
      kind: 'text',
      valueName: 'MB,MB',
      summary: 'memory sizes to measure',
      byDefault: 'from the smallest with headroom upwards',
    },
    rate: {
      kind: 'text',
      valueName: 'N',
      summary: 'records per second to keep up with; also sets how full typical events are',
      byDefault: 'full events',
    },
    partitions: { kind: 'integer', summary: 'partitions of the topic', range: [1, 10_000], byDefault: '12' },
    traffic: {
      kind: 'text',
      valueName: 'FILE',
      summary: 'recorded typical events, one JSON document per line',
    },
    'mean-bytes': {
      kind: 'integer',
      summary: 'mean size of a generated document, bytes',
      range: [300, 65_536],
      byDefault: '800',
    },
    compression: {
      kind: 'text',
      summary: 'how values are compressed',
      oneOf: ['lz4', 'gzip', 'zstd', 'none'],
      byDefault: 'lz4',
    },
    seed: {
      kind: 'integer',
      summary: 'seed of the generated records; the same seed gives the same records',
      range: [0, 4_294_967_295],
      byDefault: '858',
    },
    events: {
      kind: 'integer',
      summary: 'typical events in each trial; fewer if they take seconds',
      range: [3, 1000],
      byDefault: '12',
    },
    'max-peak-percent': {
      kind: 'integer',
      summary: 'highest peak allowed, in percent of the memory size',
      range: [10, 100],
      byDefault: '85',
    },
    'cold-starts-percent': {
      kind: 'integer',
      summary: 'share of invocations that are cold starts, for the cost',
      range: [0, 100],
      byDefault: '1',
    },
    entry: {
      kind: 'text',
      valueName: 'FILE',
      summary: 'tunes this handler, bundled like those of the app',
    },
    'cdk-out': {
      kind: 'text',
      valueName: 'FOLDER',
      summary: 'takes the consumer from this assembly',
      byDefault: 'synthesizes cdk.out first',
    },
    ...appValueOptions,
    write: { kind: 'flag', summary: "writes the recommendation into the consumer's memory.json" },
    check: { kind: 'flag', summary: 'measures the setting of memory.json again, and compares' },
    report: {
      kind: 'text',
      valueName: 'FOLDER',
      summary: 'where tune.json and tune.html go',
      byDefault: '.cache/tune/<consumer>',
    },
    logs: { kind: 'flag', summary: "shows the function's log lines" },
    json: {
      kind: 'flag',
      summary: 'prints the result as one JSON document, and nothing else, on standard output',
    },
  },
  examples: [
    ['npx tailrace tune archive', 'memory and batch size of the archive consumer'],
    ['npx tailrace tune relay --goal latency --write', 'writes the fastest into handlers/relay/memory.json'],
    ['npx tailrace tune relay --check', 'in CI: is memory.json still right?'],
    ['npx tailrace tune mine --entry src/mine.ts --traffic events.ndjson', 'a handler outside the app'],
  ],
  exitCodes: {
    0: 'there is a recommendation, or --check agrees with memory.json',
    1: 'no size is enough, memory grows, or --check disagrees with memory.json',
    3: 'something that the command needs is missing, or the function does not process its records',
  },
  async run(values, io) {
    const options = toTuneOptions(values);
    // The AWS endpoints load for a second, which --help need not wait for.
    const { run } = await import('./run.ts');
    return await run(options, io);
  },
};

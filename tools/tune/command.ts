// `tailrace tune <consumer>`: memory size and batch size, chosen by measurement.
import { appValueOptions, type Command } from '../command.ts';
import { toTuneOptions } from './options.ts';

/** The command's data. */
export const tuneCommand: Command = {
  name: 'tune',
  summary: "measures one consumer's real bundle at many memory and batch sizes, and recommends one",
  about: [
    'For each batch size it finds the smallest memory size that survives the heaviest legal event: 6 MB, full of\n' +
      'records, the first of them as large as the definition allows. A size at which the function is killed, declines\n' +
      'records or times out is a result. From the first size with headroom upwards it measures typical events, with CPU\n' +
      'time in proportion to the memory size, as on Lambda, where control groups allow it. Then 40 typical events at the\n' +
      'size that was chosen must leave no growth behind.',
    'Exit code 0: there is a recommendation, or --check agrees with memory.json; 1: no size serves, memory grows, or\n' +
      '--check disagrees; 2: the command line is wrong; 3: something it needs is missing, or the function does not do its work.',
  ],
  argument: { name: 'consumer', summary: 'name of a consumer, as in its definition' },
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
      byDefault: "the mapping's, a fifth of it, twice as many",
    },
    concurrency: {
      kind: 'text',
      valueName: 'N,N',
      summary: 'numbers of lanes to try, for functions that wait for something',
      byDefault: "the definition's",
    },
    'handler-latency': {
      kind: 'text',
      valueName: 'MS',
      summary: 'how late the local S3, SQS, SNS and DynamoDB answer, as 20ms',
      byDefault: '0ms',
    },
    sizes: {
      kind: 'text',
      valueName: 'MB,MB',
      summary: 'memory sizes to measure',
      byDefault: 'up from the smallest that survives with headroom',
    },
    rate: {
      kind: 'text',
      valueName: 'N',
      summary: 'records a second to keep up with; also how full typical events are',
      byDefault: 'full events',
    },
    partitions: { kind: 'integer', summary: 'partitions of the topic', range: [1, 10_000], byDefault: '12' },
    traffic: {
      kind: 'text',
      valueName: 'FILE',
      summary: 'typical events, recorded: one JSON document a line',
    },
    'mean-bytes': {
      kind: 'integer',
      summary: 'mean size of a document',
      range: [300, 65_536],
      byDefault: '800',
    },
    compression: {
      kind: 'text',
      summary: 'how values are packed',
      oneOf: ['lz4', 'gzip', 'zstd', 'none'],
      byDefault: 'lz4',
    },
    seed: {
      kind: 'integer',
      summary: 'the same seed gives the same records',
      range: [0, 4_294_967_295],
      byDefault: '858',
    },
    events: {
      kind: 'integer',
      summary: 'typical events of each trial; fewer where they take seconds',
      range: [3, 1000],
      byDefault: '12',
    },
    'max-peak-percent': {
      kind: 'integer',
      summary: 'highest peak, of the memory size',
      range: [10, 100],
      byDefault: '85',
    },
    'cold-starts-percent': {
      kind: 'integer',
      summary: 'invocations that are cold starts, for the cost',
      range: [0, 100],
      byDefault: '1',
    },
    entry: {
      kind: 'text',
      valueName: 'FILE',
      summary: 'tunes this handler, bundled as the app bundles its own',
    },
    'cdk-out': {
      kind: 'text',
      valueName: 'FOLDER',
      summary: 'takes the consumer from this assembly',
      byDefault: 'synthesizes cdk.out first',
    },
    ...appValueOptions,
    write: { kind: 'flag', summary: "writes the recommendation into the consumer's memory.json" },
    check: { kind: 'flag', summary: 'measures what memory.json says once more, and compares' },
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
    ['npm run tailrace -- tune archive', 'memory and batch size of the archive consumer'],
    ['npm run tailrace -- tune relay --goal latency --write', 'the fastest, into handlers/relay/memory.json'],
    ['npm run tailrace -- tune relay --check', 'in CI: does memory.json still hold?'],
    [
      'npm run tailrace -- tune mine --entry src/mine.ts --traffic events.ndjson',
      'a handler outside the app',
    ],
  ],
  async run(values, io) {
    const options = toTuneOptions(values);
    // The AWS endpoints load for a second, which --help need not wait for.
    const { run } = await import('./run.ts');
    return await run(options, io);
  },
};

// `tailrace soak <consumer>`: how much memory a consumer uses over a month's records, whether that grows, and who holds it.
import { appValueOptions, type Command } from '../command.ts';
import { toSoakOptions } from './options.ts';
import { mostConcurrency } from './sandbox/managed-instances.ts';

/** The command's data. */
export const soakCommand: Command = {
  name: 'soak',
  summary:
    "runs one consumer's real bundle on a month of records, and says whether its memory grows and who holds it",
  about: [
    "Keeps one sandbox of the function warm under its memory size, sends it the seed's month (0.3 messages a second for\n" +
      '30 days, as fast as it takes them) or recorded events, and measures between invocations what is alive after a full\n' +
      'collection. Ends with a verdict and its confidence: flat, levelling or growing. When memory grows, a second run\n' +
      'finds what holds it: variable, file and line, bytes kept, bytes pinned.',
  ],
  argument: { name: 'consumer', summary: 'name of a consumer, as in its definition' },
  options: {
    records: {
      kind: 'integer',
      summary: 'how many records to send',
      range: [1, 100_000_000],
      byDefault: '777600, or the recorded events once',
    },
    'records-per-batch': {
      kind: 'integer',
      summary: 'records of one event at most',
      range: [1, 10_000],
      byDefault: "the mapping's batch size",
    },
    concurrency: {
      kind: 'integer',
      summary:
        "invocations at once, in the worker threads of AWS's own runtime client, as on Lambda Managed Instances: 2048 MB at least",
      range: [1, mostConcurrency],
      byDefault: '1',
    },
    partitions: { kind: 'integer', summary: 'partitions of the topic', range: [1, 1000], byDefault: '3' },
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
    traffic: {
      kind: 'text',
      valueName: 'FILE',
      summary: 'sends these events instead, one JSON document a line',
    },
    entry: {
      kind: 'text',
      valueName: 'FILE',
      summary: 'soaks this handler, bundled as the app bundles its own, at 128 MB',
    },
    ...appValueOptions,
    'memory-mb': {
      kind: 'integer',
      summary: 'memory size of the function',
      range: [128, 10_240],
      byDefault: "the template's",
    },
    every: {
      kind: 'integer',
      summary: 'invocations from one measurement to the next',
      range: [1, 10_000],
      byDefault: 'for about 200 of them, 4 at least',
    },
    'max-peak-mb': {
      kind: 'integer',
      summary: 'fails above this peak of resident memory',
      range: [1, 10_240],
    },
    'max-growth-kb': {
      kind: 'integer',
      summary: 'fails above this growth per invocation',
      range: [0, 1_048_576],
    },
    'no-holder': { kind: 'flag', summary: 'only judges, does not look for the holder' },
    'cdk-out': {
      kind: 'text',
      valueName: 'FOLDER',
      summary: 'takes the consumer from this assembly',
      byDefault: 'synthesizes the app first',
    },
    report: {
      kind: 'text',
      valueName: 'FOLDER',
      summary: 'where soak.json and floor.svg go',
      byDefault: '.cache/soak/<consumer>',
    },
    logs: { kind: 'flag', summary: "shows the function's log lines" },
    json: {
      kind: 'flag',
      summary: 'prints the result as one JSON document, and nothing else, on standard output',
    },
  },
  examples: [
    ['npm run tailrace -- soak archive', 'the archive consumer, 30 days'],
    ['npm run tailrace -- soak relay --records 50000', 'a quick look'],
    ['npm run tailrace -- soak archive --max-peak-mb 180 --max-growth-kb 2 --json', 'a budget in CI'],
    ['npm run tailrace -- soak relay --concurrency 16', 'on Managed Instances'],
    ['npm run tailrace -- soak mine --entry src/mine.ts --memory-mb 256', 'a handler outside the app'],
  ],
  exitCodes: {
    0: 'flat or levelling, inside the budgets',
    1: 'growing, killed, ended, declining records for want of memory, or over a budget',
    3: 'something that it needs is missing, or the function fails from its first event on',
    4: 'no answer: too short to be sure of one (80 % at least), less than 90 % of its records processed, or resident memory grows beside a floor that does not',
  },
  async run(values, io) {
    const options = toSoakOptions(values);
    // The AWS endpoints load for a second, which --help need not wait for.
    const { run } = await import('./run.ts');
    return await run(options, io);
  },
};

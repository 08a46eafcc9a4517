// `tailrace soak <consumer>`: how much memory a consumer uses over a month's records, whether that grows, and who holds it.
import { appValueOptions, type Command } from '../command.ts';
import { toSoakOptions } from './options.ts';
import { mostConcurrency } from './sandbox/managed-instances.ts';

/** The command's data. */
export const soakCommand: Command = {
  name: 'soak',
  summary:
    "sends one consumer's real bundle a month of records, and says whether memory grows and what holds it",
  about: [
    'Keeps one sandbox of the function warm, under its memory size. Sends it a month of generated records (0.3 a second\n' +
      'for 30 days, as fast as it processes them), or recorded events. Between invocations it measures the live set: what is\n' +
      'still reachable after a full garbage collection.',
    'Ends with a verdict (flat, levelling or growing) and its confidence. If memory grows, a second run finds what holds\n' +
      'it: variable, file and line, bytes kept, bytes pinned.',
  ],
  argument: { name: 'consumer', summary: "the consumer's name, as in its definition" },
  options: {
    records: {
      kind: 'integer',
      summary: 'how many records to send',
      range: [1, 100_000_000],
      byDefault: '777600; with --traffic each event once',
    },
    'records-per-batch': {
      kind: 'integer',
      summary: 'most records in one event',
      range: [1, 10_000],
      byDefault: "the mapping's batch size",
    },
    concurrency: {
      kind: 'integer',
      summary:
        "concurrent invocations, in the worker threads of AWS's own runtime client, as on Lambda Managed Instances; needs 2048 MB or more",
      range: [1, mostConcurrency],
      byDefault: '1',
    },
    partitions: { kind: 'integer', summary: 'partitions of the topic', range: [1, 1000], byDefault: '3' },
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
    traffic: {
      kind: 'text',
      valueName: 'FILE',
      summary: 'sends these recorded events, one JSON document per line',
    },
    entry: {
      kind: 'text',
      valueName: 'FILE',
      summary: 'soaks this handler, bundled like those of the app, at 128 MB',
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
      summary: 'invocations between two measurements',
      range: [1, 10_000],
      byDefault: 'so that there are about 200 measurements; at least 4',
    },
    'max-peak-mb': {
      kind: 'integer',
      summary: 'fails if resident memory peaks above this',
      range: [1, 10_240],
    },
    'max-growth-kb': {
      kind: 'integer',
      summary: 'fails if memory grows by more than this per invocation',
      range: [0, 1_048_576],
    },
    'no-holder': { kind: 'flag', summary: 'gives only the verdict, and does not search for the holder' },
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
    ['npx tailrace soak archive', '30 days of the archive consumer'],
    ['npx tailrace soak relay --records 50000', 'a quick look'],
    ['npx tailrace soak archive --max-peak-mb 180 --max-growth-kb 2 --json', 'a budget in CI'],
    ['npx tailrace soak relay --concurrency 16', 'as on Managed Instances'],
    ['npx tailrace soak mine --entry src/mine.ts --memory-mb 256', 'a handler outside the app'],
  ],
  exitCodes: {
    0: 'flat or levelling, within the budgets',
    1: 'memory grows, the function was killed, ended or declined records for lack of memory, or a budget was exceeded',
    3: 'something that the command needs is missing, or the function fails from its first event on',
    4: 'no reliable answer: the confidence is below 80 %, less than 90 % of the records were processed, or resident memory grows but the live set does not',
  },
  async run(values, io) {
    const options = toSoakOptions(values);
    // The AWS endpoints load for a second, which --help need not wait for.
    const { run } = await import('./run.ts');
    return await run(options, io);
  },
};

// `tailrace deploy-local`: its options as data. What it does is loaded only when it runs, so that --help is instant.

import { resolve } from 'node:path';
import type { Command } from '../command.ts';
import { toRunOptions } from '../run/options.ts';

/** `tailrace deploy-local` */
export const deployLocalCommand: Command = {
  name: 'deploy-local',
  summary: 'deploys, uses, updates and destroys the app on a local AWS',
  about: [
    'Starts MiniStack on 127.0.0.1 (fetched once from PyPI, pinned by hash; takes Python 3.11 or later) and runs the CDK on it: bootstrap, deploy, an invocation of each function, an update of memory and batch sizes, a deployment without changes, destroy. In between, records from a real broker go through the deployed functions, and are read back from S3, SQS and DynamoDB. Nothing is left behind, and no AWS account is touched.',
  ],
  options: {
    records: {
      kind: 'integer',
      summary: 'how many records to produce to each topic',
      range: [1, 10_000_000],
      byDefault: '5000',
    },
    seed: {
      kind: 'integer',
      summary: 'the same seed gives the same records',
      range: [0, 4_294_967_295],
      byDefault: '858',
    },
    'cdk-out': {
      kind: 'text',
      valueName: 'FOLDER',
      summary: 'deploys this assembly as it is',
      byDefault: 'synthesizes the app',
    },
    logs: { kind: 'flag', summary: "shows the CDK's and the functions' log lines" },
    json: {
      kind: 'flag',
      summary: 'prints the result as one JSON document, and nothing else, on standard output',
    },
  },
  examples: [
    ['npm run deploy:local', 'everything, with five thousand records'],
    ['npm run deploy:local -- --logs', 'and what the CDK and the functions say'],
  ],
  exitCodes: { 0: 'every step is as it must be', 1: 'a step is not as it must be' },
  async run(values, io) {
    // The assembly is deployed, and its topics are sent what the app's own are.
    const options = toRunOptions({ ...values, 'cdk-out': undefined });
    const given = values['cdk-out'] as string | undefined;
    const { runDeployment } = await import('./run.ts');
    const cdkOut = given === undefined ? undefined : resolve(given);
    return runDeployment({ ...options, cdkOut }, io);
  },
};

// `tailrace deploy-local`: its options as data. What it does is loaded only when it runs, so that --help is instant.

import { resolve } from 'node:path';
import type { Command } from '../command.ts';
import { toRunOptions } from '../run/options.ts';

/** `tailrace deploy-local` */
export const deployLocalCommand: Command = {
  name: 'deploy-local',
  summary: 'deploys, uses, updates and destroys the app on a local AWS',
  about: [
    'Starts MiniStack on 127.0.0.1 (downloaded once from PyPI, pinned by hash; needs Python 3.11 or later). With the CDK it then bootstraps, deploys, invokes each function, updates memory and batch sizes, deploys without changes, and destroys. Before it destroys, it sends records from a real broker through the deployed functions and reads them back from S3, SQS and DynamoDB. It leaves nothing behind, and touches no AWS account.',
  ],
  options: {
    records: {
      kind: 'integer',
      summary: 'how many records to send to each topic',
      range: [1, 10_000_000],
      byDefault: '5000',
    },
    seed: {
      kind: 'integer',
      summary: 'seed of the generated records; the same seed gives the same records',
      range: [0, 4_294_967_295],
      byDefault: '858',
    },
    'cdk-out': {
      kind: 'text',
      valueName: 'FOLDER',
      summary: 'deploys this assembly unchanged',
      byDefault: 'synthesizes the app',
    },
    logs: { kind: 'flag', summary: "shows the CDK's and the functions' log lines" },
    json: {
      kind: 'flag',
      summary: 'prints the result as one JSON document, and nothing else, on standard output',
    },
  },
  examples: [
    ['npx tailrace deploy-local', 'all steps, with 5,000 records'],
    ['npx tailrace deploy-local --logs', 'also shows the output of the CDK and the functions'],
  ],
  exitCodes: { 0: 'every step succeeded', 1: 'a step failed' },
  async run(values, io) {
    // The assembly is deployed, and its topics are sent what the app's own are.
    const options = toRunOptions({ ...values, 'cdk-out': undefined });
    const given = values['cdk-out'] as string | undefined;
    const { runDeployment } = await import('./run.ts');
    const cdkOut = given === undefined ? undefined : resolve(given);
    return runDeployment({ ...options, cdkOut }, io);
  },
};

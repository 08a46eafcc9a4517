// Two redrives of the same dead letters, through the command line: one at a time, and one that was killed is resumed from wherever its
// account is.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { deadLetterKey } from '../../../../lib/deadletter/s3.ts';
import { createClients, type AwsClients } from '../../../../tools/aws/clients.ts';
import { startAwsEndpoints, type AwsEndpoints } from '../../../../tools/aws/endpoints.ts';
import type { RedriveReport } from '../../../../tools/dead-letters/redrive/reports.ts';
import { startCli, type RunningCli } from '../../../support/cli.ts';
import { toLetter } from '../../../support/dead-letters.ts';
import { startAnsweringFunction, toOffsets, type AnsweringFunction } from './function-answers.ts';

const bucket = 'letters';
let endpoints: AwsEndpoints;
let clients: AwsClients;
let fn: AnsweringFunction;
let folder: string;
const arrived: number[] = [];
/** Called with each event; the function answers when it resolves. */
let hold: () => Promise<void> = () => Promise.resolve();

before(async () => {
  endpoints = await startAwsEndpoints();
  clients = createClients(endpoints);
  folder = await mkdtemp(join(tmpdir(), 'tailrace-turn-'));
  await clients.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  for (const each of [0, 1, 2, 3].map((offset) => toLetter(offset)))
    await clients.s3.send(
      new PutObjectCommand({ Bucket: bucket, Key: deadLetterKey(each), Body: JSON.stringify(each) }),
    );
  fn = await startAnsweringFunction(async (event) => {
    arrived.push(...toOffsets(event));
    await hold();
    return '';
  });
});

after(async () => {
  fn.close();
  clients.close();
  await endpoints.close();
  await rm(folder, { recursive: true, force: true });
});

function start(...args: readonly string[]): RunningCli {
  return startCli(
    [
      'dead-letters',
      'redrive',
      '--bucket',
      bucket,
      '--to',
      'function=fn',
      '--rate',
      '10000',
      '--json',
      ...args,
    ],
    {
      ...endpoints.environment,
      AWS_ENDPOINT_URL_LAMBDA: fn.url,
    },
    folder,
  );
}

test(
  'sends nothing beside another redrive, and resolves what a killed one had done, wherever its account is',
  { timeout: 120_000 },
  async (t) => {
    const accounts = ['--account', 'elsewhere'];
    const underWay = Promise.withResolvers<void>();
    hold = async () => {
      if (arrived.length !== 4) return;
      underWay.resolve();
      await new Promise(() => {});
    };
    const first = start('--yes', '--records-per-batch', '2', '--in-flight', '1', ...accounts);
    t.after(() => first.child.kill('SIGKILL'));
    await underWay.promise;

    const second = await start('--yes', ...accounts).ended;
    assert.equal(second.code, 3);
    assert.match(second.stderr, /another redrive is at work.*turn\.pid/);
    assert.deepEqual(arrived, [0, 1, 2, 3]);

    first.child.kill('SIGKILL');
    await first.ended;
    hold = () => Promise.resolve();
    const account = (await readdir(join(folder, 'elsewhere'))).find((each) => each.endsWith('.ndjson')) ?? '';
    const { code, stdout, stderr } = await start('--resume', join('elsewhere', account)).ended;
    assert.equal(code, 0, stderr);
    const { succeeded, maybeTwice, resolvedPlaces } = JSON.parse(stdout) as RedriveReport;
    assert.deepEqual(
      { succeeded, maybeTwice, resolvedPlaces },
      { succeeded: 4, maybeTwice: 2, resolvedPlaces: 4 },
    );
    assert.deepEqual(arrived, [0, 1, 2, 3, 2, 3]);
    assert.deepEqual(await readdir(folder), ['elsewhere']);
  },
);

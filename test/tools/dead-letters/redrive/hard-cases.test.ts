// What may go wrong with a redrive, through the command line: each time a message that says what to do, and nothing lost.
import { toLetter } from '../../../support/dead-letters.ts';
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { deadLetterKey } from '../../../../lib/deadletter/s3.ts';
import type { DeadLetter, KafkaEvent } from '../../../../lib/index.ts';
import { createClients, type AwsClients } from '../../../../tools/aws/clients.ts';
import { startAwsEndpoints, type AwsEndpoints } from '../../../../tools/aws/endpoints.ts';
import { readAccount } from '../../../../tools/dead-letters/redrive/account.ts';
import type { PlanReport, RedriveReport } from '../../../../tools/dead-letters/redrive/reports.ts';
import { startCli, type RunningCli } from '../../../support/cli.ts';
import { cutOff } from './cut-off.ts';
import {
  reportFailed,
  startAnsweringFunction,
  toOffsets,
  type Answer,
  type AnsweringFunction,
} from './function-answers.ts';

const bucket = 'letters';
let endpoints: AwsEndpoints;
let clients: AwsClients;
let fn: AnsweringFunction;
let accounts: string;
let respond: (event: KafkaEvent) => Answer | Promise<Answer> = () => '';

function letter(offset: number, more: Partial<DeadLetter> = {}): DeadLetter {
  return toLetter(offset, { key: Buffer.from(`key-${offset % 5}`).toString('base64'), ...more });
}

async function put(each: DeadLetter): Promise<void> {
  await clients.s3.send(
    new PutObjectCommand({ Bucket: bucket, Key: deadLetterKey(each), Body: JSON.stringify(each) }),
  );
}

/** Keys of the bucket below `dead-letter/`, and below `resolved/`. */
async function count(): Promise<readonly [open: number, resolved: number]> {
  const { Contents = [] } = await clients.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  const below = (prefix: string): number => Contents.filter(({ Key }) => Key?.startsWith(prefix)).length;
  return [below('dead-letter/'), below('resolved/dead-letter/')];
}

function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): RunningCli {
  return startCli(
    [
      'dead-letters',
      'redrive',
      '--bucket',
      bucket,
      '--to',
      'function=fn',
      '--account',
      accounts,
      '--json',
      ...args,
    ],
    {
      ...endpoints.environment,
      AWS_ENDPOINT_URL_LAMBDA: fn.url,
      ...environment,
    },
  );
}

async function redrive(
  args: readonly string[] = [],
): Promise<{ readonly code: number | null; readonly report: RedriveReport; readonly stderr: string }> {
  const { code, stdout, stderr } = await start(['--yes', '--rate', '10000', ...args]).ended;
  assert.notEqual(stdout, '', stderr);
  return { code, report: JSON.parse(stdout) as RedriveReport, stderr };
}

async function findAccount(): Promise<string> {
  const files = (await readdir(accounts)).filter((each) => each.endsWith('.ndjson')).toSorted();
  return join(accounts, files.at(-1) ?? '');
}

before(async () => {
  endpoints = await startAwsEndpoints();
  clients = createClients(endpoints);
  fn = await startAnsweringFunction((event) => respond(event));
});

after(async () => {
  fn.close();
  clients.close();
  await endpoints.close();
});

/** A bucket with so many letters, and a folder for accounts. */
async function fill(letters: readonly DeadLetter[]): Promise<void> {
  await endpoints.close();
  clients.close();
  endpoints = await startAwsEndpoints();
  clients = createClients(endpoints);
  await clients.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  for (const each of letters) await put(each);
  accounts = await mkdtemp(join(tmpdir(), 'tailrace-accounts-'));
  after(async () => await rm(accounts, { recursive: true, force: true }));
}

const letters = (length: number): readonly DeadLetter[] =>
  Array.from({ length }, (_, offset) => letter(offset));

suite('a redrive', { concurrency: 1 }, () => {
  test('slows down for a throttled function, and gives no record up', async () => {
    await fill(letters(30));
    let calls = 0;
    const arrived: number[] = [];
    respond = (event) => {
      calls += 1;
      if (calls % 2 === 1) return { status: 429, name: 'TooManyRequestsException' };
      arrived.push(...toOffsets(event));
      return '{"batchItemFailures":[]}';
    };
    const { code, report } = await redrive(['--records-per-batch', '10', '--in-flight', '1']);
    assert.deepEqual([code, report.succeeded, report.maybeTwice], [0, 30, 0]);
    assert.equal(new Set(arrived).size, arrived.length, 'nothing arrived twice');
    assert.deepEqual(await count(), [0, 30]);
  });

  test('names what may have arrived twice when the function does not answer', async () => {
    await fill(letters(20));
    let calls = 0;
    respond = () => ((calls += 1) === 1 ? { status: 502, name: 'ServiceException' } : '');
    const { code, report } = await redrive(['--records-per-batch', '10', '--in-flight', '1']);
    assert.deepEqual([code, report.succeeded, report.maybeTwice], [0, 20, 10]);
  });

  test('says that it may not invoke, sends nothing, and goes on with its account once it may', async () => {
    await fill(letters(20));
    respond = () => ({ status: 403, name: 'AccessDeniedException' });
    const { code, stderr } = await start(['--yes']).ended;
    assert.equal(code, 3);
    assert.match(stderr, /invoking fn is not allowed, got AccessDeniedException.*grantRedrive/);
    assert.deepEqual(await count(), [20, 0]);
    respond = () => '';
    const wrong = await start(['--resume', await findAccount(), '--to', 'function=other']).ended;
    assert.match(`${wrong.code} ${wrong.stderr}`, /^3 [^]*was sent to function fn, got function other/);
    const { report } = await redrive(['--resume', await findAccount()]);
    assert.deepEqual([report.planned, report.succeeded, report.maybeTwice], [20, 20, 0]);
    assert.deepEqual(await count(), [0, 20]);
  });

  test('ends with Ctrl-C between batches, and goes on with an account whose last line was cut off', async () => {
    await fill(letters(60));
    const running = start(['--yes', '--rate', '200', '--records-per-batch', '5', '--in-flight', '2']);
    const arrived: number[] = [];
    respond = (event) => {
      arrived.push(...toOffsets(event));
      if (arrived.length >= 20) running.child.kill('SIGINT');
      return '';
    };
    const { code, stdout, stderr } = await running.ended;
    assert.equal(code, 130, stdout + stderr);
    const first = JSON.parse(stdout) as RedriveReport;
    assert.equal(first.stopped, 'stopped by Ctrl-C');
    assert.equal(first.planned, first.succeeded + first.open);
    assert.ok(first.open > 0);
    assert.deepEqual(await count(), [first.open, first.succeeded]);
    const { length } = await readFile(first.account);
    await truncate(first.account, length - 9);
    const { report } = await redrive(['--resume', first.account]);
    assert.deepEqual([report.planned, report.succeeded, report.open, report.maybeTwice], [60, 60, 0, 0]);
    assert.deepEqual(
      arrived.toSorted((a, b) => a - b),
      Array.from({ length: 60 }, (_, offset) => offset),
    );
    assert.deepEqual(await count(), [0, 60]);
  });

  test('keeps a record that its function has dead-lettered once more, killed in between or not', async () => {
    await fill(letters(10).map((each) => ({ ...each, key: null })));
    let isKilled = false;
    let running: RunningCli | undefined;
    respond = async ({ records }) => {
      const event = Object.values(records).flat();
      for (const { offset, headers } of event.filter((each) => each.offset % 2 === 0)) {
        const again = (headers ?? []).flatMap((each) =>
          Object.entries(each).map(
            ([name, bytes]) => [name, Buffer.from(bytes as number[]).toString('base64')] as const,
          ),
        );
        await put(letter(offset, { headers: again, deadLetteredAt: new Date().toISOString() }));
      }
      // The second batch is under way when it is killed; what the first has dead-lettered is on no record of this run.
      if (event.some(({ offset }) => offset >= 5) && !isKilled) {
        isKilled = true;
        running?.child.kill('SIGKILL');
      }
      return '';
    };
    running = start(['--yes', '--records-per-batch', '2', '--in-flight', '1', '--rate', '10000']);
    assert.equal((await running.ended).code, null);
    const account = await findAccount();
    const done = [...readAccount(account).outcomes.values()].filter((each) => each === 'succeeded').length;
    assert.ok(done > 0 && done < 10);
    // A new plan does not take the new letters for done.
    const { stdout } = await start([]).ended;
    const planned = JSON.parse(stdout) as PlanReport;
    assert.deepEqual(planned.unfinished, [account]);
    const { report } = await redrive(['--resume', account]);
    assert.deepEqual([report.succeeded, report.failedAgain, report.reasons], [5, 5, ['dead-lettered again']]);
    assert.deepEqual(await count(), [5, 5]);
    const { Contents = [] } = await clients.s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: 'dead-letter/' }),
    );
    for (const { Key } of Contents) {
      const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
      assert.match((await Body?.transformToString()) ?? '', /tailrace-redrive-run/);
    }
  });

  test('holds back what is behind a failure of its key, killed right after it was written down', async () => {
    await fill([letter(0), letter(5), letter(10)]);
    const arrived: number[] = [];
    respond = (event) => {
      arrived.push(...toOffsets(event));
      return reportFailed(event, (offset) => offset === 5);
    };
    const args = ['--records-per-batch', '1', '--in-flight', '1'];
    const { code, report } = await redrive(args);
    const why = 'an earlier record of its key failed again';
    assert.deepEqual([code, report.failedAgain, report.skip], [1, 1, { [why]: 1 }]);
    await cutOff(report.account, 'failed again');
    const { report: resumed } = await redrive([...args, '--resume', report.account]);
    assert.deepEqual([resumed.succeeded, resumed.failedAgain, resumed.skip], [1, 1, { [why]: 1 }]);
    assert.deepEqual(arrived, [0, 5]);
    assert.deepEqual(await count(), [2, 1]);
  });

  test('leaves out what was sent again too often', async () => {
    const header = ['tailrace-redrive-count', Buffer.from('3').toString('base64')] as const;
    await fill([letter(1), letter(2, { headers: [header] })]);
    const { stdout } = await start([]).ended;
    const { send, skip } = JSON.parse(stdout) as PlanReport;
    assert.deepEqual([send, skip], [1, { 'redriven too often': 1 }]);
    respond = () => '';
    const { account } = (await redrive()).report;
    await put(letter(1));
    await cutOff(account, '"plan"');
    const { report } = await redrive(['--resume', account]);
    assert.deepEqual([report.succeeded, report.skip], [1, skip]);
  });

  test('stops when too many fail again, and leaves everything that did not succeed', async () => {
    await fill(letters(100));
    respond = (event) => reportFailed(event, () => true);
    const { code, report } = await redrive(['--records-per-batch', '5', '--in-flight', '1']);
    assert.equal(code, 1);
    assert.match(report.stopped ?? '', /more than 20 % failed again/);
    assert.ok(report.open > 0);
    assert.deepEqual(await count(), [100, 0]);
  });

  test('says that there are no credentials', async () => {
    const { code, stderr } = await startCli(['dead-letters', 'list', '--bucket', bucket], {
      ...endpoints.environment,
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
    }).ended;
    assert.equal(code, 3);
    assert.match(stderr, /is not allowed, got CredentialsProviderError, expected credentials.*AWS_PROFILE/);
  });
});

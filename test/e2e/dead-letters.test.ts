// Dead letters from the runtime and by all four kinds of on-failure destination, through the command line: counted, tried with code that mends
// one cause of two, and sent again to the function.
import { createFailurePlaces, toPlaceOptions } from '../support/failure-places.ts';
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { toQueueUrl } from '../../tools/aws/resources.ts';
import type { ListReport } from '../../tools/dead-letters/list.ts';
import type { PlanReport, RedriveReport } from '../../tools/dead-letters/redrive/reports.ts';
import type { Tried } from '../../tools/dead-letters/tried.ts';
import { readApp } from '../../tools/local/run.ts';
import { createFunctionHost, type FunctionHost } from '../../tools/local/sandbox/host/function-host.ts';
import { startInvokeEndpoint, type InvokeEndpoint } from '../../tools/local/sandbox/host/invoke-endpoint.ts';
import { startCli } from '../support/cli.ts';
import { writeLocalApp, type LocalApp, type LocalAppConsumer } from '../support/local-app.ts';
import { startLocalCluster, type LocalCluster } from '../support/local-cluster.ts';

const records = 60;
const third = records / 3;
const letters = 'letters-000000000000';
const destinations = {
  's3-way': { 'Fn::GetAtt': ['Failures', 'Arn'] },
  'sqs-way': 'arn:aws:sqs:us-east-1:000000000000:failed',
  'sns-way': 'arn:aws:sns:us-east-1:000000000000:failed',
  'topic-way': 'kafka://failed-orders',
} as const;

// A third of the records is of an old format that the code dead-letters, a third crashes; the mended code reads the old format.
function source(name: string, isMended: boolean): string {
  return `
import { createConsumer, DeadLetterError, defineConsumer, json } from '../../lib/index.ts';
const definition = defineConsumer({ name: '${name}', topic: 'orders-${name}', value: json(), order: 'none' });
export const handler = createConsumer(definition, {
  record(record) {
    if (record.value.kind === 'old' && !${isMended}) throw new DeadLetterError('OLD_FORMAT', 'an old order');
    if (record.value.kind === 'crash') throw new TypeError('no such field');
  },
});`;
}

function consumers(isMended: boolean): readonly LocalAppConsumer[] {
  return Object.entries(destinations).map(([name, Destination]) => ({
    name,
    source: source(name, isMended),
    environment: { TAILRACE_DEAD_LETTER_BUCKET: { Ref: 'Letters' } },
    mapping: {
      Topics: [`orders-${name}`],
      BatchSize: 20,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination } },
    },
  }));
}

const resources = { Letters: { Type: 'AWS::S3::Bucket', Properties: { BucketName: letters } } };
let cluster: LocalCluster;
let mended: LocalApp;
let endpoint: InvokeEndpoint;
let environment: Readonly<Record<string, string>>;
let places: readonly string[];
let accounts: string;
const hosts = new Map<string, FunctionHost>();

before(async () => {
  cluster = await startLocalCluster();
  await createFailurePlaces(cluster);
  const { local } = await cluster.run(consumers(false), { resources });
  for (const name of Object.keys(destinations)) {
    const messages = Array.from({ length: records }, (_, index) => ({
      key: `key-${index}`,
      value: JSON.stringify({ index, kind: ['good', 'old', 'crash'][Math.floor(index / third)] }),
    }));
    await local.drained(await cluster.produce(`orders-${name}`, messages));
  }
  await local.close();
  mended = await writeLocalApp(consumers(true), resources);
  const { endpoints } = cluster;
  for (const fn of readApp(mended.cdkOut, endpoints).functions)
    hosts.set(
      fn.name,
      createFunctionHost({ fn, ...endpoints, endpoints: endpoints.environment, onLog: () => {} }),
    );
  endpoint = await startInvokeEndpoint(hosts);
  environment = { ...endpoints.environment, AWS_ENDPOINT_URL_LAMBDA: endpoint.url };
  const { buckets } = readApp(mended.cdkOut, endpoints);
  accounts = await mkdtemp(join(tmpdir(), 'tailrace-accounts-'));
  places = toPlaceOptions(cluster, { buckets, accounts });
});

after(async () => {
  await endpoint.close();
  for (const host of hosts.values()) await host.close();
  await mended.remove();
  await cluster.close();
  await rm(accounts, { recursive: true, force: true });
});

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what the caller says the document is
async function tailrace<T>(
  action: string,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly report: T; readonly text: string }> {
  const { code, stdout, stderr } = await startCli(
    ['dead-letters', action, ...places, ...args, '--json'],
    environment,
  ).ended;
  assert.notEqual(stdout, '', stderr);
  return { code, report: JSON.parse(stdout) as T, text: stdout + stderr };
}

suite('tailrace dead-letters', { concurrency: 1 }, () => {
  test('counts what all places hold, and reads from Kafka what queues only name', async () => {
    const { report, text } = await tailrace<ListReport>('list', ['--by', 'code']);
    assert.deepEqual(
      report.groups.map(({ name, count }) => [name, count]),
      [
        ['OLD_FORMAT', 4 * third],
        ['RetryAttemptsExhausted', 4 * third],
      ],
    );
    assert.deepEqual([report.lost, report.uncertain], [{}, 0]);
    assert.doesNotMatch(text, /"kind"|crash/);
  });

  test('shows one record without its payload', async () => {
    const { report: listed } = await tailrace<ListReport>('list', ['--consumer', 's3-way']);
    const place = listed.examples[0] ?? '';
    const { report } = await tailrace<readonly Record<string, unknown>[]>('show', ['--record', place]);
    assert.equal(report.length, 1, place);
    const [shown] = report;
    assert.equal(shown?.['code'], 'OLD_FORMAT');
    assert.equal(shown?.['keyBytes'], 6);
    assert.doesNotMatch(JSON.stringify(report), /key-2|"kind"/);
  });

  test('tries the records with the code as it is now, and says which cause it mends', async () => {
    const args = ['--cdk-out', mended.cdkOut, '--consumer', 's3-way'];
    const { code, report } = await tailrace<readonly Tried[]>('try', args);
    assert.equal(code, 0);
    assert.deepEqual(
      report.map(({ before: was, now }) => [was, now]),
      Array.from({ length: third }, () => ['OLD_FORMAT', 'succeeds']),
    );
    const functionName = readApp(mended.cdkOut, cluster.endpoints).mappings.find(
      ({ consumer }) => consumer === 's3-way',
    )?.functionName;
    const crashed = await tailrace<readonly Tried[]>('try', [
      '--cdk-out',
      mended.cdkOut,
      '--consumer',
      functionName ?? '',
      '--as',
      's3-way',
    ]);
    assert.equal(crashed.code, 1);
    assert.deepEqual(new Set(crashed.report.map(({ now }) => now)), new Set(['fails again']));
    assert.equal(crashed.report.length, third);
  });

  test('plans before it sends, and sends what is mended, once, each place marked as resolved', async () => {
    const name = [...hosts.keys()].find((each) => /s3-?way/i.test(each)) ?? '';
    const chosen = ['--consumer', 's3-way', '--to', `function=${name}`];
    const { report: plan } = await tailrace<PlanReport>('redrive', chosen);
    assert.deepEqual([plan.send, plan.skip], [third, {}]);
    assert.equal((await tailrace<ListReport>('list', ['--consumer', 's3-way'])).report.total, third);
    const { code, report } = await tailrace<RedriveReport>('redrive', [
      ...chosen,
      '--yes',
      '--rate',
      '10000',
    ]);
    assert.deepEqual(
      [code, report.planned, report.succeeded, report.failedAgain, report.open],
      [0, third, third, 0, 0],
    );
    assert.equal(report.resolvedPlaces, third);
    assert.equal((await tailrace<ListReport>('list', ['--consumer', 's3-way'])).report.total, 0);
    const moved = [...(await cluster.readBucket(letters)).keys()].filter((key) =>
      key.startsWith('resolved/'),
    );
    assert.equal(moved.length, third);
  });

  test('says what fails again, leaves it where it was, and stops by itself', async () => {
    const name = [...hosts.keys()].find((each) => /sqs-?way/i.test(each)) ?? '';
    const chosen = ['--code', 'RetryAttemptsExhausted', '--consumer', name];
    const { code, report } = await tailrace<RedriveReport>('redrive', [
      ...chosen,
      '--yes',
      '--rate',
      '10000',
    ]);
    assert.deepEqual([code, report.succeeded, report.failedAgain, report.resolvedPlaces], [1, 0, third, 0]);
    assert.equal((await tailrace<ListReport>('list', chosen)).report.total, third);
  });

  test('keeps an account without payload, and sends nothing a second time', async () => {
    const files = (await readdir(accounts)).filter((each) => each.endsWith('.ndjson'));
    const text = (
      await Promise.all(files.map(async (file) => await readFile(join(accounts, file), 'utf8')))
    ).join('');
    assert.doesNotMatch(text, /key-\d|"kind"|crash/);
    const { report } = await tailrace<PlanReport>('redrive', [
      '--consumer',
      's3-way',
      '--to',
      'function=any',
    ]);
    assert.equal(report.send, 0);
  });

  test('writes to the topic of each record, and counts there what arrived', async () => {
    const { code, report } = await tailrace<RedriveReport>('redrive', [
      '--consumer',
      'topic-way',
      '--to',
      'topic',
      '--yes',
      '--rate',
      '10000',
    ]);
    assert.deepEqual([code, report.succeeded, report.readBack], [0, third, { arrived: third, twice: 0 }]);
  });

  test('says what is missing: a bucket, a right, a function, a topic', async () => {
    const bad = async (
      args: readonly string[],
      more: Readonly<Record<string, string>> = {},
    ): Promise<string> => {
      const { code, stderr, stdout } = await startCli(['dead-letters', ...args], { ...environment, ...more })
        .ended;
      assert.equal(code, 3, stdout + stderr);
      return stderr;
    };
    assert.match(await bad(['list', '--bucket', 'nowhere']), /listing s3:\/\/nowhere.* NoSuchBucket/);
    assert.match(
      await bad(['list', '--queue-url', toQueueUrl(cluster.endpoints, 'nowhere')]),
      /nowhere.*got .*NonExistent|QueueDoesNotExist/,
    );
    const at = ['--brokers', cluster.broker.bootstrapServers];
    assert.match(await bad(['list', '--failure-topic', 'nowhere', ...at]), /topic nowhere does not exist/);
    const bucket = ['--bucket', letters, '--account', accounts];
    assert.match(
      await bad(['redrive', ...bucket, '--consumer', 'sns-way', '--to', 'function=nowhere', '--yes']),
      /invoking nowhere failed, got ResourceNotFoundException/,
    );
  });
});

// What Kafka does meanwhile to the records that dead letters name, on Apache Kafka and through the command line: retention deletes them, a
// topic is deleted or made again, a later record of the key is processed. The embedded broker can do none but the last.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Admin } from 'kafkajs';
import { deadLetterKey } from '../../../lib/deadletter/s3.ts';
import type { DeadLetter, EventRecord, KafkaEvent } from '../../../lib/index.ts';
import { toQueueUrl } from '../../../tools/aws/resources.ts';
import { createKafka } from '../../../tools/broker/kafka-client.ts';
import { ensureTopic } from '../../../tools/broker/topic.ts';
import type { ListReport } from '../../../tools/dead-letters/list.ts';
import { toPlaceName } from '../../../tools/dead-letters/failed-record.ts';
import { readRanges } from '../../../tools/dead-letters/sources/kafka.ts';
import type { PlanReport, RedriveReport } from '../../../tools/dead-letters/redrive/reports.ts';
import type { FunctionHost } from '../../../tools/local/sandbox/host/function-host.ts';
import {
  startInvokeEndpoint,
  type InvokeEndpoint,
} from '../../../tools/local/sandbox/host/invoke-endpoint.ts';
import { whyNoApache } from '../../support/apache.ts';
import { runCli, type CliResult } from '../../support/cli.ts';
import { toLetter } from '../../support/dead-letters.ts';
import { startLocalCluster, type LocalCluster } from '../../support/local-cluster.ts';
import { administer as administerAt } from '../../support/topic.ts';

const skip = await whyNoApache();
process.env['TAILRACE_TEST_BROKER'] = 'apache';

// Younger than Kafka's retention of a week: half a minute after its start the broker deletes what is older.
const firstMs: number = Date.now() - 600_000;
const moment = (offset: number): string => new Date(firstMs + offset).toISOString();
const overtakenWhy = 'a later record of its key was processed';

suite('dead letters whose topic has changed', { skip, timeout: 300_000, concurrency: 1 }, () => {
  let cluster: LocalCluster;
  let endpoint: InvokeEndpoint;
  /** Events that the function got. */
  let arrived: EventRecord[] = [];
  let accounts: string;
  let at: readonly string[];

  before(async () => {
    cluster = await startLocalCluster({ marksRecords: false });
    const invoke: FunctionHost['invoke'] = async ({ event }) => {
      arrived.push(...Object.values((JSON.parse(event) as KafkaEvent).records).flat());
      return { result: { kind: 'response', body: '' }, requestId: 'r' } as Awaited<
        ReturnType<FunctionHost['invoke']>
      >;
    };
    endpoint = await startInvokeEndpoint(new Map([['fn', { invoke } as FunctionHost]]));
  });
  after(async () => {
    await endpoint.close();
    await cluster.close();
  });

  const administer = async <T>(act: (admin: Admin) => Promise<T>): Promise<T> =>
    await administerAt(cluster.broker.bootstrapServers, act);
  const remove = async (topic: string): Promise<void> =>
    await administer(async (admin) => {
      await admin.deleteTopics({ topics: [topic] });
      while ((await admin.listTopics()).includes(topic)) await setImmediate();
    });
  /** Deletes the records before an offset, as retention does. */
  const cut = async (topic: string, offset: number): Promise<void> =>
    await administer(async (admin) => {
      // Asked first: kafkajs deletes only of topics that it knows.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
    });
  /** Writes so many records to the one partition of a topic, keys in turns of five; their timestamps tell where they stand. */
  const fill = async (topic: string, count: number, sinceMs: number = firstMs): Promise<void> => {
    await ensureTopic(createKafka(cluster.broker.bootstrapServers), { topic, partitions: 1 });
    await cluster.produce(
      topic,
      Array.from({ length: count }, (_, offset) => ({
        key: `key-${offset % 5}`,
        value: `{"offset":${offset}}`,
        timestamp: String(sinceMs + offset),
      })),
    );
  };
  /** A queue with one document, which says that the first records of a topic have failed. */
  const fail = async (topic: string, failed: number): Promise<string> => {
    await cluster.clients.sqs.send(new CreateQueueCommand({ QueueName: topic }));
    const QueueUrl = toQueueUrl(cluster.endpoints, topic);
    const document = {
      requestContext: {
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:fn',
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 1,
      },
      timestamp: new Date().toISOString(),
      KafkaBatchInfo: {
        batchSize: failed,
        recordsInfo: {
          [`${topic}-0`]: {
            firstRecordOffset: '0',
            lastRecordOffset: String(failed - 1),
            firstRecordTimestamp: moment(0),
            lastRecordTimestamp: moment(failed - 1),
          },
        },
      },
    };
    await cluster.clients.sqs.send(
      new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(document) }),
    );
    return QueueUrl;
  };
  const put = async (topic: string, offset: number): Promise<void> => {
    await cluster.clients.s3.send(new CreateBucketCommand({ Bucket: topic })).catch((error: Error) => {
      if (!/BucketAlready/.test(error.name)) throw error;
    });
    const letter: DeadLetter = toLetter(offset, {
      topic,
      timestamp: firstMs + offset,
      key: Buffer.from(`key-${offset % 5}`).toString('base64'),
    });
    await cluster.clients.s3.send(
      new PutObjectCommand({ Bucket: topic, Key: deadLetterKey(letter), Body: JSON.stringify(letter) }),
    );
  };
  const countMessages = async (QueueUrl: string): Promise<number> => {
    const name = 'ApproximateNumberOfMessages';
    const { Attributes } = await cluster.clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [name] }),
    );
    return Number(Attributes?.[name]);
  };

  /** From here on the commands are about these places; what they did before is forgotten. */
  const choose = async (...places: readonly string[]): Promise<void> => {
    arrived = [];
    accounts = await mkdtemp(join(tmpdir(), 'tailrace-accounts-'));
    const folder = accounts;
    after(async () => await rm(folder, { recursive: true, force: true }));
    at = [...places, '--brokers', cluster.broker.bootstrapServers, '--account', accounts];
  };
  const tailrace = async (action: string, ...args: readonly string[]): Promise<CliResult> =>
    await runCli(['dead-letters', action, ...at, ...args], {
      ...cluster.endpoints.environment,
      AWS_ENDPOINT_URL_LAMBDA: endpoint.url,
    });
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what the caller says the document is
  const read = async <T>(
    action: string,
    ...args: readonly string[]
  ): Promise<T & { code: number | null }> => {
    const { code, stdout, stderr } = await tailrace(action, ...args, '--json');
    assert.notEqual(stdout, '', stderr);
    return { ...(JSON.parse(stdout) as T), code };
  };
  const toFunction = ['--to', 'function=fn', '--yes', '--rate', '10000'];

  test('sends what retention has left, and says what it has deleted; the message stays', async () => {
    await fill('cut', 20);
    const queueUrl = await fail('cut', 10);
    await cut('cut', 4);
    await choose('--queue-url', queueUrl);
    const { total, lost } = await read<ListReport>('list');
    assert.deepEqual([total, lost], [10, { retention: 4 }]);
    const {
      code,
      succeeded,
      skipped,
      skip: why,
    } = await read<RedriveReport>('redrive', ...toFunction, '--overtaken', 'send');
    assert.deepEqual([code, succeeded, skipped, why], [1, 6, 4, { retention: 4 }]);
    assert.deepEqual(
      arrived.map(({ offset }) => offset).toSorted((a, b) => a - b),
      [4, 5, 6, 7, 8, 9],
    );
    assert.equal(await countMessages(queueUrl), 1, 'a message with records that are not done stays');
    const again = await tailrace('redrive', ...toFunction);
    assert.equal(again.code, 1);
    assert.match(again.stdout, /nothing to send\n {2}4 not: retention has deleted them; nothing can bring/);
  });

  test('reads nothing from a topic that was deleted', async () => {
    await fill('gone', 20);
    const queueUrl = await fail('gone', 10);
    await remove('gone');
    await choose('--queue-url', queueUrl);
    assert.deepEqual((await read<ListReport>('list')).lost, { 'topic deleted': 10 });
    const { code, stdout } = await tailrace('redrive', ...toFunction);
    assert.deepEqual([code, arrived], [1, []]);
    assert.match(stdout, /10 not: their topic is gone/);
    assert.equal(await countMessages(queueUrl), 1);
  });

  for (const [count, what] of [
    [20, 'as long as the old one'],
    [5, 'shorter than the old one'],
    [0, 'empty so far'],
  ] as const)
    test(`takes no record of a topic that was made again, ${what}, for one of the old topic`, async () => {
      const topic = `again-${count}`;
      await fill(topic, 20);
      const queueUrl = await fail(topic, 10);
      await remove(topic);
      await fill(topic, count, firstMs + 60_000);
      await choose('--queue-url', queueUrl);
      assert.deepEqual((await read<ListReport>('list')).lost, { 'topic made again': 10 });
      // One record of many, whose neighbours are not asked for, is recognized by the document's ends, too.
      const one = await read<PlanReport>('redrive', '--record', `${topic}-0@3`, '--to', 'function=fn');
      assert.deepEqual([one.send, one.skip], [0, { 'topic made again': 1 }]);
      const { code, stdout } = await tailrace('redrive', ...toFunction);
      assert.deepEqual([code, arrived], [1, []]);
      assert.match(stdout, /10 not: their topic was made again, and has other records at their/);
      assert.equal(await countMessages(queueUrl), 1);
    });

  test('sends letters of a deleted topic to the function; to the topic once there is one again', async () => {
    await fill('letters-gone', 5);
    for (const offset of [0, 1]) await put('letters-gone', offset);
    await remove('letters-gone');
    await choose('--bucket', 'letters-gone');
    const plan = await read<PlanReport>('redrive', '--to', 'function=fn');
    assert.deepEqual([plan.send, plan.overtakenUnknown], [2, 'topic letters-gone is gone']);
    const toTopic = ['--to', 'topic', '--rate', '10000'];
    const refused = await tailrace('redrive', ...toTopic, '--yes');
    assert.equal(refused.code, 3);
    assert.match(refused.stderr, /topic letters-gone takes no records.*create it again/s);
    assert.equal((await read<ListReport>('list')).total, 2);
    await fill('letters-gone', 0);
    const { unfinished } = await read<PlanReport>('redrive', ...toTopic);
    assert.deepEqual(unfinished, [], 'nothing of it is under way');
    const done = await read<RedriveReport>('redrive', ...toTopic, '--yes');
    assert.deepEqual([done.code, done.succeeded, done.readBack], [0, 2, { arrived: 2, twice: 0 }]);
  });

  test('reads to an end although records are deleted between the look and the read', async () => {
    await fill('vanishing', 10);
    await fill('shrinking', 10);
    const ranges = ['vanishing', 'shrinking'].map((topic) => ({ topic, partition: 0, from: 2, to: 10 }));
    await cut('vanishing', 10);
    await remove('shrinking');
    await fill('shrinking', 4);
    const read: string[] = [];
    await readRanges(createKafka(cluster.broker.bootstrapServers), ranges, (record) =>
      read.push(toPlaceName(record)),
    );
    assert.deepEqual(read, ['shrinking-0@2', 'shrinking-0@3']);
  });

  test('leaves out what a later record of its key has overtaken, in the topic or in one that replaced it', async () => {
    await fill('later', 10);
    for (const offset of [0, 2, 4, 7]) await put('later', offset);
    // 0 has 5 behind it, 2 has 7, which failed itself, and 4 has 9; 7 has none.
    await choose('--bucket', 'later');
    const plan = await read<PlanReport>('redrive', '--to', 'function=fn');
    assert.deepEqual(
      [plan.send, plan.overtaken, plan.overtakenUnknown, plan.skip],
      [2, 2, null, { [overtakenWhy]: 2 }],
    );
    const all = await read<PlanReport>('redrive', '--to', 'function=fn', '--overtaken', 'send');
    assert.deepEqual([all.send, all.overtaken], [4, 2]);
    // The same keys stand at lower offsets in the new topic; key 4 is not there yet.
    await remove('later');
    await fill('later', 4, firstMs + 60_000);
    const replaced = await read<PlanReport>('redrive', '--to', 'function=fn');
    assert.deepEqual([replaced.send, replaced.overtaken, replaced.overtakenUnknown], [1, 3, null]);
    const { code } = await read<RedriveReport>('redrive', ...toFunction);
    assert.deepEqual([code, arrived.map(({ offset }) => offset)], [0, [4]]);
  });

  test('counts a later record as processed once it was sent again, although its message is still there', async () => {
    await fill('sent', 10);
    const queueUrl = await fail('sent', 10);
    await choose('--queue-url', queueUrl);
    const first = await read<RedriveReport>('redrive', '--record', 'sent-0@8', ...toFunction);
    assert.deepEqual([first.code, first.succeeded], [0, 1]);
    const plan = await read<PlanReport>('redrive', '--to', 'function=fn');
    assert.deepEqual([plan.send, plan.skip], [8, { [overtakenWhy]: 1, 'done before': 1 }]);
  });
});

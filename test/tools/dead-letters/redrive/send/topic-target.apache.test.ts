// A redrive into a topic of Apache Kafka that takes no request larger than a megabyte, as Kafka is set up by default: what arrives there, and
// where. The embedded broker takes any size.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { deadLetterKey } from '../../../../../lib/deadletter/s3.ts';
import type { DeadLetter } from '../../../../../lib/index.ts';
import type { RedriveReport } from '../../../../../tools/dead-letters/redrive/reports.ts';
import { whyNoApache } from '../../../../support/apache.ts';
import { runCli } from '../../../../support/cli.ts';
import { toLetter } from '../../../../support/dead-letters.ts';
import { startLocalCluster, type LocalCluster } from '../../../../support/local-cluster.ts';
import { administer, readTopic } from '../../../../support/topic.ts';

const skip = await whyNoApache();
process.env['TAILRACE_TEST_BROKER'] = 'apache';

const topic = 'orders';
const timestamp = Date.now() - 60_000;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

function letter(
  partition: number,
  offset: number,
  bytes: number,
  more: Partial<DeadLetter> = {},
): DeadLetter {
  const value = Buffer.alloc(bytes, 'x').toString('base64');
  return toLetter(offset, { partition, timestamp, key: base64(`key-${offset}`), value, ...more });
}

suite('a redrive into a topic', { skip, timeout: 180_000, concurrency: 1 }, () => {
  let cluster: LocalCluster;
  let accounts: string;

  before(async () => {
    cluster = await startLocalCluster({ marksRecords: false });
    accounts = await mkdtemp(join(tmpdir(), 'tailrace-accounts-'));
    await administer(cluster.broker.bootstrapServers, async (admin) => {
      const configEntries = [{ name: 'max.message.bytes', value: '1048588' }];
      await admin.createTopics({ topics: [{ topic, numPartitions: 3, configEntries }] });
    });
  });
  after(async () => {
    await cluster.close();
    await rm(accounts, { recursive: true, force: true });
  });

  const redrive = async (
    bucket: string,
    letters: readonly DeadLetter[],
  ): Promise<{ readonly code: number | null; readonly report: RedriveReport }> => {
    const { s3 } = cluster.clients;
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    for (const each of letters)
      await s3.send(
        new PutObjectCommand({ Bucket: bucket, Key: deadLetterKey(each), Body: JSON.stringify(each) }),
      );
    const at = ['--bucket', bucket, '--brokers', cluster.broker.bootstrapServers, '--account', accounts];
    const how = ['--to', 'topic', '--overtaken', 'send', '--rate', '10000', '--yes', '--json'];
    const { code, stdout, stderr } = await runCli(
      ['dead-letters', 'redrive', ...at, ...how],
      cluster.endpoints.environment,
    );
    assert.notEqual(stdout, '', stderr);
    return { code, report: JSON.parse(stdout) as RedriveReport };
  };

  test('sends a batch that is larger than a request may be in parts, and none of it twice', async () => {
    const { code, report } = await redrive('large-batch', [
      ...Array.from({ length: 6 }, (_, offset) => letter(0, offset, 300_000)),
      // The three headers of a redrive make it too large.
      letter(1, 0, 1_048_400),
      letter(1, 1, 10, { key: base64('key-0') }),
      letter(1, 2, 10),
    ]);
    const { succeeded, failedAgain, skipped, maybeTwice, reasons, readBack } = report;
    assert.deepEqual(
      { code, succeeded, failedAgain, skipped, maybeTwice, reasons, readBack },
      {
        code: 1,
        succeeded: 7,
        failedAgain: 1,
        skipped: 1,
        maybeTwice: 0,
        reasons: ['topic orders does not take it, got MESSAGE_TOO_LARGE'],
        readBack: { arrived: 7, twice: 0 },
      },
    );
  });

  test('keeps partition, key, headers and timestamp, and a tombstone', async () => {
    const count = 9;
    // By its key, a partitioner would put it into partition 0.
    const headers = [
      ['a', base64('1')],
      ['b', Buffer.from([0xff, 0x00]).toString('base64')],
      ['a', base64('2')],
    ] as const;
    const tombstone = letter(2, 9, 0, { key: base64('key-9'), value: null, headers });
    const { report } = await redrive('tombstone', [letter(0, 9, 10), tombstone]);
    assert.equal(report.succeeded, 2);
    const highs = await administer(cluster.broker.bootstrapServers, async (admin) =>
      (await admin.fetchTopicOffsets(topic))
        .toSorted((a, b) => a.partition - b.partition)
        .map(({ high }) => high),
    );
    assert.deepEqual(highs, ['7', '1', '1']);
    const messages = await readTopic(cluster.broker.bootstrapServers, topic, count);
    const arrived = messages.find(({ value }) => value === null);
    assert.equal(arrived?.key?.toString(), 'key-9');
    assert.equal(arrived?.timestamp, String(timestamp));
    const { a, b } = arrived?.headers ?? {};
    assert.deepEqual([a, b], [[Buffer.from('1'), Buffer.from('2')], Buffer.from([0xff, 0x00])]);
  });
});

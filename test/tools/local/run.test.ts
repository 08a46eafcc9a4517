import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Message } from 'kafkajs';
import { LocalError } from '../../../tools/local/error.ts';
import type { LocalEvent } from '../../../tools/local/events.ts';
import type { MappingStatus } from '../../../tools/local/mapping-status.ts';
import type { LocalRun } from '../../../tools/local/run.ts';
import { startLocalCluster, type LocalCluster } from '../../support/local-cluster.ts';

let cluster: LocalCluster;
before(async () => {
  cluster = await startLocalCluster();
});
after(async () => {
  await cluster.close();
});

// A handler that stores every record under its place in S3, after `before` had its chance to misbehave. `calls` counts
// the invocations of a process, so that what fails once can be told from what fails always.
function storing(before: string = ''): string {
  return `
    import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3';
    const s3 = new S3Client({});
    let calls = 0;
    export async function handler(event, context) {
      calls++;
      const records = Object.values(event.records).flat();
      const text = (record) => Buffer.from(record.value ?? '', 'base64').toString();
      const failures = [];
      const fail = ({ topic, partition, offset }) => failures.push({ itemIdentifier: { partition: topic + '-' + partition, offset } });
      ${before}
      const failed = new Set(failures.map(({ itemIdentifier: { partition, offset } }) => partition + '/' + offset));
      for (const record of records) {
        const place = record.topic + '-' + record.partition + '/' + record.offset;
        if (failed.has(place)) continue;
        await s3.send(new PutObjectCommand({ Bucket: process.env.STORE, Key: place, Body: text(record) }));
      }
      return { batchItemFailures: failures };
    }`;
}

const store = { Type: 'AWS::S3::Bucket' };
const consumerOf = (topic: string, source: string, mapping: Readonly<Record<string, unknown>> = {}) => ({
  name: topic,
  source,
  environment: { STORE: { Ref: `Store${topic}` } },
  mapping: {
    Topics: [topic],
    DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [`Dead${topic}`, 'Arn'] } } },
    ...mapping,
  },
});
const resourcesOf = (topic: string): Readonly<Record<string, unknown>> => ({
  [`Store${topic}`]: store,
  [`Dead${topic}`]: store,
});

function messages(
  count: number,
  of: (index: number) => string = (index) => `value ${index}`,
): readonly Message[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `k${index}`,
    value: of(index),
    partition: index % 4,
  }));
}

const only = (run: LocalRun): MappingStatus => {
  const [status] = run.mappings();
  assert.ok(status !== undefined);
  return status;
};
const invocations = (events: readonly LocalEvent[]): readonly Extract<LocalEvent, { kind: 'invocation' }>[] =>
  events.filter((event) => event.kind === 'invocation');

async function stored(topic: string): Promise<readonly string[]> {
  return [...(await cluster.readBucket(`app-store${topic}`)).values()].toSorted((a, b) => a.localeCompare(b));
}
const values = (list: readonly Message[]): readonly string[] =>
  list.map(({ value }) => String(value)).toSorted((a, b) => a.localeCompare(b));

// Side by side: most of a run's time is spent waiting for the broker to form a group.
describe('a local run', { concurrency: 4, timeout: 150_000 }, () => {
  test('takes every record of all partitions from the broker through the function, and commits what succeeded', async () => {
    const topic = 'plain';
    const { local, events } = await cluster.run([consumerOf(topic, storing())], {
      resources: resourcesOf(topic),
    });
    const assigned = events.find((event) => event.kind === 'assigned');
    assert.deepEqual(
      assigned?.partitions.toSorted((a, b) => a - b),
      [0, 1, 2, 3],
    );
    const sent = messages(50);
    const ends = await cluster.produce(topic, sent);
    await local.drained(ends);
    assert.deepEqual(await stored(topic), values(sent));
    const status = only(local);
    assert.deepEqual(status.committed, ends[topic]);
    assert.equal(status.polled, 50);
    assert.equal(status.done, 50);
    assert.equal(status.lag, 0);
    assert.equal(status.failedInvocations, 0);
    assert.equal(status.redelivered, 0);
    assert.ok(status.peakMemoryMb > 20);
    await local.close();
  });

  for (const [name, misbehave, expected] of [
    ['throws', `throw new Error('once');`, 'error'],
    ['outlives its timeout', `await new Promise(() => setInterval(() => {}, 1000));`, 'timeout'],
    ['kills its own process', `process.kill(process.pid, 'SIGKILL'); await new Promise(() => {});`, 'crash'],
  ] as const) {
    test(`sends a batch again when the function ${name}, and every record lands`, async () => {
      const topic = expected;
      // A marker in S3 outlives the process, so the handler misbehaves once per partition.
      const once = `
      const { GetObjectCommand } = await import('@aws-sdk/client-s3');
      const marker = { Bucket: process.env.STORE, Key: 'marker-' + Object.keys(event.records)[0] };
      const seen = await s3.send(new GetObjectCommand(marker)).then(() => true, () => false);
      if (!seen) { await s3.send(new PutObjectCommand({ ...marker, Body: 'marker' })); ${misbehave} }`;
      const consumer = {
        ...consumerOf(topic, storing(once)),
        // Long enough for a cold start and two calls of S3 on a busy machine.
        function: { Timeout: expected === 'timeout' ? 6 : 30 },
      };
      const { local, events } = await cluster.run([consumer], { resources: resourcesOf(topic) });
      const sent = messages(8);
      await local.drained(await cluster.produce(topic, sent));
      assert.deepEqual(
        (await stored(topic)).filter((text) => text !== 'marker'),
        values(sent),
      );
      const bad = invocations(events).filter(({ status }) => status !== 'ok');
      assert.ok(bad.length > 0);
      for (const { status } of bad) assert.equal(status, expected);
      assert.equal(
        only(local).redelivered,
        bad.reduce((sum, { records }) => sum + records, 0),
      );
      assert.equal((await cluster.readBucket(`app-dead${topic}`)).size, 0);
      await local.close();
    });
  }

  test('sends only the listed records again after a partial response', async () => {
    const topic = 'partial';
    const twice = `for (const record of records) if (text(record) === 'shy' && records.length > 1) fail(record);`;
    const { local, events } = await cluster.run([consumerOf(topic, storing(twice))], {
      resources: resourcesOf(topic),
    });
    const sent: Message[] = ['a', 'shy', 'b'].map((value) => ({ value, partition: 2 }));
    await local.drained(await cluster.produce(topic, sent));
    assert.deepEqual(await stored(topic), values(sent));
    assert.deepEqual(
      invocations(events).map(({ status, records }) => [status, records]),
      [
        ['partial', 3],
        ['ok', 1],
      ],
    );
    const commits = events.filter((event) => event.kind === 'committed');
    assert.deepEqual(
      commits.map(({ partition, offset }) => [partition, offset]),
      [[2, 3]],
    );
    await local.close();
  });

  test('counts an init that fails as an attempt', async () => {
    const topic = 'broken';
    const source = `throw new RangeError('at load'); export const handler = async () => {};`;
    const { local, events } = await cluster.run([consumerOf(topic, source, { MaximumRetryAttempts: 1 })], {
      resources: resourcesOf(topic),
    });
    await local.drained(await cluster.produce(topic, [{ value: 'a', partition: 2 }]));
    assert.deepEqual(
      invocations(events).map(({ status, errorType }) => [status, errorType]),
      [
        ['error', 'RangeError'],
        ['error', 'RangeError'],
      ],
    );
    assert.equal((await cluster.readBucket(`app-dead${topic}`)).size, 1);
    await local.close();
  });

  test('says what is wrong with a response that fails the whole batch', async () => {
    const topic = 'stranger';
    const source = `export const handler = async () => ({
      batchItemFailures: [{ itemIdentifier: { partition: 'stranger-2', offset: 99 } }] });`;
    const { local, events } = await cluster.run([consumerOf(topic, source, { MaximumRetryAttempts: 0 })], {
      resources: resourcesOf(topic),
    });
    await local.drained(await cluster.produce(topic, [{ value: 'a', partition: 2 }]));
    const told = events.flatMap((event) => (event.kind === 'warning' ? [event.message] : []));
    assert.deepEqual(told, ['an itemIdentifier names a record that was not in the batch']);
    const [discard] = only(local).givenUp;
    assert.deepEqual([discard?.places, discard?.errorType], [['stranger-2@0'], undefined]);
    await local.close();
  });

  test('bisects a batch to its poison, gives that record alone to S3 with its payload, and commits past it', async () => {
    const topic = 'poison';
    const choke = `if (records.some((record) => text(record) === 'poison')) throw new RangeError('choked');`;
    const mapping = { BisectBatchOnFunctionError: true, MaximumRetryAttempts: 1 };
    const { local, events } = await cluster.run([consumerOf(topic, storing(choke), mapping)], {
      resources: resourcesOf(topic),
    });
    const sent: Message[] = Array.from({ length: 8 }, (_, i) => ({
      key: `k${i}`,
      value: i === 5 ? 'poison' : `fine ${i}`,
      partition: 1,
    }));
    const ends = await cluster.produce(topic, sent);
    await local.drained(ends);
    assert.deepEqual(await stored(topic), values(sent.filter(({ value }) => value !== 'poison')));
    const dead = await cluster.readBucket(`app-dead${topic}`);
    assert.equal(dead.size, 1);
    const [[key, text]] = [...dead] as [[string, string]];
    const mappingId = local.topology.mappings[0]?.id ?? '';
    const shape = new RegExp(
      `^aws/lambda/${mappingId}/poison-1/\\d{4}/\\d\\d/\\d\\d/\\d{4}-\\d\\d-\\d\\dT\\d\\d\\.\\d\\d\\.\\d\\d-[-0-9a-f]{36}$`,
    );
    assert.match(key, shape);
    const document = JSON.parse(text) as Record<string, unknown> & { readonly payload: string };
    const last = invocations(events).findLast(({ status }) => status === 'error');
    assert.deepEqual(document['requestContext'], {
      requestId: last?.requestId,
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:App-PoisonFunction',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 5,
    });
    assert.deepEqual(document['responseContext'], {
      statusCode: 200,
      executedVersion: '$LATEST',
      functionError: 'Unhandled',
    });
    const payload = JSON.parse(document.payload) as {
      readonly records: Record<string, readonly { offset: number; value: string }[]>;
    };
    assert.deepEqual(Object.keys(payload.records), ['poison-1']);
    const [record] = payload.records['poison-1'] ?? [];
    assert.equal(record?.offset, 5);
    assert.equal(Buffer.from(record?.value ?? '', 'base64').toString(), 'poison');
    const info = document['KafkaBatchInfo'] as {
      readonly batchSize: number;
      readonly payloadSize: number;
      readonly recordsInfo: object;
    };
    assert.equal(info.batchSize, 1);
    assert.equal(info.payloadSize, Buffer.byteLength(document.payload));
    const { firstRecordOffset, lastRecordOffset } = Object.values(info.recordsInfo)[0] as Record<
      string,
      string
    >;
    assert.deepEqual([firstRecordOffset, lastRecordOffset], ['5', '5']);
    assert.equal(only(local).discarded, 1);
    await local.close();
  });

  test('bisects a batch to the record that needs more memory than there is, and gives it alone to S3', async () => {
    const topic = 'hungry';
    // Bounded, so that a cap which does not work fails the test and not the machine.
    const eat = `if (records.some((record) => text(record) === 'hungry')) {
      const eaten = []; while (eaten.length < 100) eaten.push(Buffer.alloc(4 << 20, 1)); }`;
    const mapping = { BisectBatchOnFunctionError: true, MaximumRetryAttempts: 0 };
    const { local, events } = await cluster.run([consumerOf(topic, storing(eat), mapping)], {
      resources: resourcesOf(topic),
    });
    const [started] = events;
    assert.ok(started?.kind === 'started' && started.memoryMb === 128);
    const sent: Message[] = Array.from({ length: 4 }, (_, i) => ({
      value: i === 2 ? 'hungry' : `modest ${i}`,
      partition: 3,
    }));
    await local.drained(await cluster.produce(topic, sent));
    assert.deepEqual(await stored(topic), values(sent.filter(({ value }) => value !== 'hungry')));
    const crashes = invocations(events).filter(({ status }) => status === 'crash');
    assert.deepEqual(
      crashes.map(({ records, errorType, memoryMb }) => [records, errorType, memoryMb]),
      [4, 2, 1].map((records) => [records, 'Runtime.OutOfMemory', 128]),
    );
    const dead = [...(await cluster.readBucket(`app-dead${topic}`)).values()];
    assert.equal(dead.length, 1);
    const document = JSON.parse(dead[0] ?? '') as { readonly payload: string };
    const payload = JSON.parse(document.payload) as {
      readonly records: Record<string, readonly { readonly value: string }[]>;
    };
    const guilty = Object.values(payload.records).flat();
    assert.deepEqual(
      guilty.map(({ value }) => Buffer.from(value, 'base64').toString()),
      ['hungry'],
    );
    await local.close();
  });

  test('commits nothing while a batch is not resolved, and delivers it again to the next run', async () => {
    const topic = 'stubborn';
    const mapping = { MaximumRetryAttempts: -1, DestinationConfig: undefined };
    const group = { ...mapping, AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'stubborn-group' } };
    const first = await cluster.run([consumerOf(topic, storing(`throw new Error('never');`), group)], {
      resources: resourcesOf(topic),
      backoffMs: 20,
    });
    const sent = messages(4);
    const ends = await cluster.produce(topic, sent);
    await until(() => only(first.local).failedInvocations >= 6);
    assert.deepEqual(only(first.local).committed, { 0: 0, 1: 0, 2: 0, 3: 0 });
    const waiting = assert.rejects(first.local.drained(ends), { code: 'CLOSED' });
    await first.local.close();
    await waiting;
    const second = await cluster.run([consumerOf(topic, storing(), group)], {
      resources: resourcesOf(topic),
    });
    await second.local.drained(ends);
    assert.deepEqual(await stored(topic), values(sent));
    await second.local.close();
  });

  test('loses nothing when faults of every kind are injected', async () => {
    const topic = 'faulty';
    const { local, events } = await cluster.run(
      [
        consumerOf(topic, storing(`await new Promise((resolve) => setTimeout(resolve, 20));`), {
          BatchSize: 10,
        }),
      ],
      {
        resources: resourcesOf(topic),
        faults: [
          { kind: 'throw', atInvocation: 1 },
          { kind: 'kill', consumer: topic, atInvocation: 3 },
          { kind: 'restart-poller', atInvocation: 5 },
        ],
      },
    );
    const sent = messages(200);
    const ends = await cluster.produce(topic, sent);
    await local.drained(ends);
    assert.deepEqual(await stored(topic), values(sent));
    const injected = events.filter((event) => event.kind === 'fault');
    assert.deepEqual(
      injected.map(({ fault, invocation }) => [fault, invocation]),
      [
        ['throw', 1],
        ['kill', 3],
        ['restart-poller', 5],
      ],
    );
    assert.equal(events.filter((event) => event.kind === 'assigned').length, 2);
    const results = new Set(invocations(events).map(({ status }) => status));
    assert.ok(results.has('error') && results.has('crash'));
    assert.ok(only(local).redelivered > 0);
    assert.deepEqual(only(local).committed, ends[topic]);
    await local.close();
  });

  test('keeps the order of a partition, whatever fails', async () => {
    const topic = 'ordered';
    // Prints what it was given; the runner's log events are the witness.
    const print = `for (const record of records) process.stdout.write('saw ' + record.partition + ' ' + record.offset + '\\n');
    if (Math.random() < 0.3) throw new Error('unlucky');`;
    const mapping = { BatchSize: 7, MaximumRetryAttempts: 200 };
    const { local, events } = await cluster.run([consumerOf(topic, storing(print), mapping)], {
      resources: resourcesOf(topic),
    });
    await local.drained(await cluster.produce(topic, messages(100)));
    const next = new Map<number, number>();
    for (const event of events) {
      const match = event.kind === 'log' ? /^saw (\d+) (\d+)$/.exec(event.line) : null;
      if (match === null) continue;
      const [partition, offset] = [Number(match[1]), Number(match[2])];
      assert.ok(
        offset <= (next.get(partition) ?? 0),
        `partition ${partition} went on to ${offset} too early`,
      );
      next.set(partition, Math.max(next.get(partition) ?? 0, offset + 1));
    }
    assert.deepEqual(Object.fromEntries([...next].toSorted(([a], [b]) => a - b)), {
      0: 25,
      1: 25,
      2: 25,
      3: 25,
    });
    await local.close();
  });

  test('takes the summary line of a function for its numbers', async () => {
    const topic = 'summary';
    const summary = `console.log = undefined;
    process.stdout.write(JSON.stringify({ level: 'INFO', message: 'batch', tailrace: { consumer: 'x', records: records.length, done: 1, skipped: 1, deadLettered: records.length - 2, retried: 0 } }) + '\\n');`;
    const { local, events } = await cluster.run([consumerOf(topic, storing(summary))], {
      resources: resourcesOf(topic),
    });
    await local.drained(
      await cluster.produce(
        topic,
        [1, 2, 3].map((n) => ({ value: String(n), partition: 0 })),
      ),
    );
    const { done, skipped, deadLettered } = only(local);
    assert.deepEqual({ done, skipped, deadLettered }, { done: 1, skipped: 1, deadLettered: 1 });
    assert.equal(events.filter((event) => event.kind === 'summary').length, 1);
    await local.close();
  });

  test('starts at the end with LATEST, and does not skip what is produced while its poller restarts', async () => {
    const topic = 'latest';
    await cluster.produce(
      topic,
      messages(4, (index) => `old ${index}`),
    );
    const consumer = consumerOf(topic, storing(), { StartingPosition: 'LATEST' });
    const { local } = await cluster.run([consumer], { resources: resourcesOf(topic) });
    const restarted = local.restartPoller(topic);
    const sent = messages(8, (index) => `new ${index}`);
    const ends = await cluster.produce(topic, sent);
    await restarted;
    await local.drained(ends);
    assert.deepEqual(await stored(topic), values(sent));
    await local.close();
  });

  test('refuses an app of which no mapping is enabled, since there would be nothing to prove', async () => {
    const topic = 'asleep';
    const start = cluster.run([consumerOf(topic, storing(), { Enabled: false })], {
      resources: resourcesOf(topic),
    });
    await assert.rejects(start, (error) => error instanceof LocalError && error.code === 'NO_SUCH_CONSUMER');
  });

  test('refuses an unknown consumer and names the known ones', async () => {
    const topic = 'known';
    const start = cluster.run([consumerOf(topic, storing())], {
      resources: resourcesOf(topic),
      only: ['archvie'],
    });
    await assert.rejects(start, (error) => {
      assert.ok(error instanceof LocalError && error.code === 'NO_SUCH_CONSUMER');
      assert.ok(error.message.includes('archvie') && error.message.includes('known'));
      return true;
    });
  });
});

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, 'the condition holds in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

// A local run whose functions fail: what is sent again, what is given up, what is committed.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Message } from 'kafkajs';

import {
  cluster,
  consumerOf,
  invocations,
  messages,
  only,
  resourcesOf,
  stored,
  storing,
  values,
} from '../../support/storing-run.ts';
import { until } from '../../support/until.ts';

// Side by side: most of a run's time is spent waiting for the broker to form a group.
describe('a local run', { concurrency: 4, timeout: 150_000 }, () => {
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
      invocations(events).map(({ status, records, delivered, unresolved }) => [
        status,
        records,
        delivered,
        unresolved,
      ]),
      [
        ['partial', 3, [{ partition: 2, from: 0, to: 3 }], [{ partition: 2, from: 1, to: 2 }]],
        ['ok', 1, [{ partition: 2, from: 1, to: 2 }], []],
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
      invocations(events).map(({ status, errorType, errorMessage, isInitFailure }) => [
        status,
        errorType,
        errorMessage,
        isInitFailure,
      ]),
      [
        ['error', 'RangeError', 'at load', true],
        ['error', 'RangeError', 'at load', true],
      ],
    );
    const [{ trace } = { trace: [] }] = invocations(events);
    assert.match(trace[1] ?? '', /index\.mjs:\d+:\d+\)?$/);
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
    const [discard] = only(local).discards;
    assert.deepEqual([discard?.places, discard?.errorType], [['stranger-2@0'], undefined]);
    await local.close();
  });

  test('bisects a batch to its poison, sends that record alone to S3 with its payload, and commits past it', async () => {
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

  test('bisects a batch to the record that needs more memory than there is, and sends it alone to S3', async () => {
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
});

// Hooks around an invocation, late uses within it, and that nothing of it runs on after its answer.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { fc } from '../../../support/property.ts';

import { json, type InvocationInfo } from '../../../../lib/index.ts';
import { reportedOf, toContext, toEvent, type TestRecord } from '../../../support/events.ts';
import { oddThrowables } from '../../../support/odd-throwables.ts';
import { failuresOf, run, setUpWith, summaryOf } from '../../../support/record-consumer.ts';

const three: readonly TestRecord[] = [0, 1, 2].map((offset) => ({ offset }));
const all = three.map(({ offset }) => `orders-0@${offset}`);
const fail = (): never => {
  throw new Error('no luck');
};

describe('hooks', () => {
  test('are called before the first and after the last record, with what functions are given', async () => {
    const calls: unknown[] = [];
    const note =
      (what: string) =>
      async (info: InvocationInfo): Promise<void> => {
        await new Promise(setImmediate);
        info.log.info(what, { a: 1 });
        calls.push([what, info.requestId, info.lambdaContext.awsRequestId, info.signal.aborted]);
      };
    const { handler, logger } = setUpWith(
      {},
      {
        beforeInvocation: note('before'),
        afterInvocation: note('after'),
        record: (record, { requestId, lambdaContext }) =>
          calls.push([record.offset, requestId, lambdaContext.awsRequestId]),
      },
    );
    assert.deepEqual(reportedOf(await run(handler, three)), []);
    const id = toContext().awsRequestId;
    assert.deepEqual(calls, [
      ['before', id, id, false],
      [0, id, id],
      [1, id, id],
      [2, id, id],
      ['after', id, id, false],
    ]);
    assert.deepEqual([logger.lines[0]?.['requestId'], logger.lines[0]?.['a']], [id, 1]);
  });

  test('before that fail keep every record from starting, and have all reported', async () => {
    const seen: number[] = [];
    const { handler, logger } = setUpWith(
      {},
      { beforeInvocation: fail, record: ({ offset }) => seen.push(offset) },
    );
    assert.deepEqual([reportedOf(await run(handler, three)), seen], [all, []]);
    assert.deepEqual(failuresOf(logger), [
      ['beforeInvocation failed, no record is started', undefined, 'Error'],
    ]);
    assert.deepEqual(summaryOf(logger)['retriedBy'], { hook: 3 });
  });

  test('after that fail have every processed record reported', async () => {
    const { handler, logger } = setUpWith(
      { value: json() },
      { afterInvocation: fail, record: () => undefined },
    );
    assert.deepEqual(
      reportedOf(
        await run(handler, [
          { offset: 0, value: '{' },
          { offset: 1, value: '1' },
        ]),
      ),
      ['orders-0@1'],
    );
    const { done, deadLettered, retriedBy } = summaryOf(logger);
    assert.deepEqual([done, deadLettered, retriedBy], [0, 1, { hook: 1 }]);
  });

  test('that hang end with the time that is left', async () => {
    const never = new Promise<never>(() => undefined);
    for (const hook of ['beforeInvocation', 'afterInvocation'] as const) {
      const { handler, logger } = setUpWith(
        { timeoutSeconds: 1 },
        { [hook]: () => never, record: () => undefined },
      );
      assert.deepEqual(reportedOf(await run(handler, three, 600)), all);
      assert.match(
        String(logger.lines[0]?.['message']),
        new RegExp(`^${hook} did not settle before the deadline`),
      );
    }
  });
});

describe('after the answer', () => {
  test('nothing runs, whatever records throw, are or have for headers', async () => {
    const turn = (): Promise<void> => new Promise(setImmediate);
    const step = fc.record({ turns: fc.nat(3), toThrow: fc.option(oddThrowables('odd')) });
    const odd = fc.record(
      {
        headers: fc.oneof(fc.constant([]), fc.array(fc.jsonValue()), fc.jsonValue()),
        key: fc.oneof(fc.constantFrom('aw==', 'bA==', null), fc.jsonValue()),
        value: fc.oneof(fc.constant('MQ=='), fc.jsonValue()),
        partition: fc.constantFrom<unknown>(0, 1, '1', null),
        timestamp: fc.oneof(fc.integer(), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    const order = fc.constantFrom('partition', 'key', 'none');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(step, odd), { maxLength: 12 }),
        order,
        fc.boolean(),
        async (list, order, isBatch) => {
          let running = 0;
          let calls = 0;
          let isAnswered = false;
          const take = async (offset: number): Promise<void> => {
            assert.ok(!isAnswered);
            running++;
            calls++;
            try {
              const [{ turns, toThrow } = { turns: 0, toThrow: null }] = list[offset] ?? [];
              for (let each = 0; each < turns; each++) await turn();
              if (toThrow) throw toThrow();
            } finally {
              running--;
            }
          };
          const fn = isBatch
            ? {
                async batch(records: AsyncIterable<{ readonly offset: number }>) {
                  for await (const { offset } of records) await take(offset);
                },
              }
            : { record: ({ offset }: { readonly offset: number }) => take(offset) };
          const { handler, logger } = setUpWith({ value: json(), order }, fn as never);
          const records = list.map(([, fields], offset) => ({
            ...toEvent([{ offset }]).records['orders-0']?.[0],
            ...fields,
          }));
          const response = await handler(
            { eventSource: 'aws:kafka', records: { 'orders-0': records } },
            toContext(),
          );
          isAnswered = true;
          assert.equal(running, 0);
          const callsThen = calls;
          for (let each = 0; each < 4; each++) await turn();
          assert.equal(calls, callsThen);
          const { done, skipped, deadLettered, retried } = summaryOf(logger) as Record<string, number>;
          assert.equal(done! + skipped! + deadLettered! + retried!, list.length);
          assert.equal(response.batchItemFailures.length, retried);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a late use', () => {
  /** What a process prints in which record 0 of two is used late, and how it ends. */
  async function printed(
    late: string,
    offsets: readonly number[] = [0, 1],
  ): Promise<{ readonly stdout: string; readonly code: unknown }> {
    const script = `
      import { createConsumer, defineConsumer, json } from './lib/index.ts';
      import { toContext, toEvent } from './test/support/events.ts';
      const config = defineConsumer({ name: 'late', topic: 'orders', value: json(), order: 'none' });
      const turns = async (count) => { for (let each = 0; each < count; each++) await new Promise(setImmediate); };
      const handler = createConsumer(config, {
        async record(record) { if (record.offset === 0) ${late}; await turns(record.offset * 20); },
      }, { deadLetters: { store: async () => '' }, metrics: false, retention: false });
      const records = ${JSON.stringify(offsets)}.map((offset) => ({ offset, value: '{}' }));
      console.log(JSON.stringify(await handler(toEvent(records), toContext())));
      console.log('listeners', process.listenerCount('unhandledRejection'));`;
    const args = ['--input-type=module', '--eval', script];
    return promisify(execFile)(process.execPath, args, {
      cwd: new URL('../../../../', import.meta.url),
      env: { PATH: process.env['PATH'] },
    }).then(
      ({ stdout, stderr }) => ({ stdout: stderr + stdout, code: 0 }),
      ({ stdout, code }: { readonly stdout: string; readonly code: unknown }) => ({ stdout, code }),
    );
  }

  test('is logged with its record, has it reported, and leaves the others running', async () => {
    for (const late of [
      'void turns(5).then(() => record.value)',
      'void Promise.resolve().then(() => 0).then(() => 0).then(() => record.keep())',
    ]) {
      const { stdout, code } = await printed(late);
      assert.equal(code, 0, stdout);
      assert.match(stdout, /"message":"record used after its function had settled".*"offset":0/);
      assert.match(
        stdout,
        /\{"batchItemFailures":\[\{"itemIdentifier":\{"partition":"orders-0","offset":0\}\}\]\}/,
      );
      assert.match(stdout, /listeners 0/);
    }
  });

  test('is seen also where the invocation has nothing else to wait for', async () => {
    const { stdout } = await printed(
      'void Array.from({ length: 8 }).reduce((turn) => turn.then(() => 0), Promise.resolve()).then(() => record.value)',
      [0],
    );
    assert.match(stdout, /"partition":"orders-0","offset":0/);
  });

  test('is the only rejection that is taken from Node', async () => {
    const { code } = await printed("void turns(5).then(() => { throw new Error('of another kind'); })");
    assert.equal(code, 1);
  });
});

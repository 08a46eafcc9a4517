import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { fc } from '../../../../support/property.ts';
import {
  openAccount,
  readAccount,
  readAccounts,
  type Account,
} from '../../../../../tools/dead-letters/redrive/account.ts';
import { sendAll, type SendOptions } from '../../../../../tools/dead-letters/redrive/send/send.ts';
import type { Answer, Target } from '../../../../../tools/dead-letters/redrive/send/target.ts';
import type { FailedRecord } from '../../../../../tools/dead-letters/failed-record.ts';
import { failedRecord } from '../../failed-records.ts';

const folder = mkdtempSync(join(tmpdir(), 'tailrace-account-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

function open(records: readonly FailedRecord[]): Account {
  const account = openAccount(join(folder, `${files++}.ndjson`), folder);
  account.write({ step: 'plan', run: 'r', at: '', target: 'x', ids: records.map(({ id }) => id), skip: {} });
  return account;
}

function options(account: Account, target: Target['send'], more: Partial<SendOptions> = {}): SendOptions {
  return {
    target: { name: 'x', split: async (batch) => [batch], send: target, close: async () => {} },
    account,
    rate: 1_000_000,
    inFlight: 3,
    recordsPerBatch: 4,
    stopAt: 1,
    signal: new AbortController().signal,
    now: () => new Date(0),
    onProgress: () => {},
    ...more,
  };
}

const succeed = (batch: readonly FailedRecord[]): Answer => answer(batch, () => undefined);

function answer(batch: readonly FailedRecord[], toWhy: (failed: FailedRecord) => string | undefined): Answer {
  return { kind: 'answered', result: new Map(batch.map((each) => [each.id, toWhy(each)])) };
}

test('sends every record once, and those of one key in the order of their offsets, never in two batches at once', async () => {
  const records = fc.array(
    fc.record({ partition: fc.nat(2), key: fc.option(fc.constantFrom('a', 'b', 'c')) }),
    { maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(
      records,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 7 }),
      async (list, inFlight, recordsPerBatch) => {
        const all = list.map(({ partition, key }, offset) => failedRecord({ partition, key, offset }));
        const arrived: FailedRecord[] = [];
        const under = new Set<string>();
        const send: Target['send'] = async (batch) => {
          assert.ok(batch.length <= recordsPerBatch);
          const keys = new Set(batch.map(({ partition, record, id }) => `${partition} ${record?.key ?? id}`));
          for (const key of keys) assert.ok(!under.has(key), 'a key is in two batches');
          for (const key of keys) under.add(key);
          await turn();
          arrived.push(...batch);
          for (const key of keys) under.delete(key);
          return succeed(batch);
        };
        const account = open(all);
        const sent = await sendAll(all, options(account, send, { inFlight, recordsPerBatch }));
        account.close();
        assert.equal(sent.succeeded.length, all.length);
        assert.deepEqual(arrived.map(({ id }) => id).toSorted(), all.map(({ id }) => id).toSorted());
        for (const chain of Map.groupBy(
          arrived,
          ({ partition, record }) => `${partition} ${record?.key ?? ''}`,
        ).values())
          if (typeof chain[0]?.record?.key === 'string')
            assert.deepEqual(
              chain.map(({ offset }) => offset),
              chain.map(({ offset }) => offset).toSorted((a, b) => a - b),
            );
      },
    ),
    { seed: 21, numRuns: 60 },
  );
});

test('stops by itself when too much fails again, and says what is still planned', async () => {
  const all = Array.from({ length: 100 }, (_, offset) => failedRecord({ offset }));
  const account = open(all);
  const send: Target['send'] = async (batch) =>
    answer(batch, ({ offset }) => (offset % 2 === 0 ? 'broken' : undefined));
  const sent = await sendAll(all, options(account, send, { inFlight: 1, stopAt: 0.2 }));
  account.close();
  assert.match(sent.stopped ?? '', /more than 20 % failed again/);
  const { outcomes, unknown, planned } = readAccount(account.file);
  assert.equal(outcomes.size, 20);
  assert.equal(unknown.size, 0);
  assert.equal(planned.length, 100);
});

test('keeps what is under way in the account when the target fails, so that the next run knows of it', async () => {
  const all = Array.from({ length: 12 }, (_, offset) => failedRecord({ offset }));
  const account = open(all);
  let calls = 0;
  const send: Target['send'] = async (batch) => {
    calls += 1;
    if (calls === 2) throw new Error('gone');
    return succeed(batch);
  };
  await assert.rejects(sendAll(all, options(account, send, { inFlight: 1 })), /gone/);
  account.close();
  const { outcomes, unknown } = readAccount(account.file);
  assert.deepEqual([outcomes.size, unknown.size], [4, 4]);
});

test('reads an account whose last line was cut off, and refuses one that is damaged or none', () => {
  const all = [failedRecord({ offset: 1 }), failedRecord({ offset: 2 })];
  const account = open(all);
  account.write({ step: 'outcome', at: '', id: all[0]?.id ?? '', outcome: 'succeeded' });
  account.write({ step: 'outcome', at: '', id: all[1]?.id ?? '', outcome: 'succeeded' });
  account.close();
  truncateSync(account.file, readFileSync(account.file).length - 5);
  assert.deepEqual([...readAccount(account.file).outcomes.keys()], [all[0]?.id]);
  const resumed = openAccount(account.file, folder);
  resumed.write({ step: 'sending', at: '', ids: [all[1]?.id ?? ''] });
  resumed.close();
  assert.deepEqual([...readAccount(account.file).unknown], [all[1]?.id]);
  // A run that was killed while it wrote its plan keeps nobody from planning anew.
  writeFileSync(join(folder, 'cut.ndjson'), '{"step":"plan","run"');
  assert.ok(readAccounts(folder).some(({ file }) => file === account.file));
  assert.throws(() => readAccount(join(folder, 'cut.ndjson')), { code: 'NO_ACCOUNT' });

  const damaged = join(folder, 'damaged.txt');
  writeFileSync(damaged, `${readFileSync(account.file, 'utf8').replace('{"step":"outcome"', '{"st')}\n{}\n`);
  assert.throws(() => readAccount(damaged), { code: 'NO_ACCOUNT' });
  writeFileSync(damaged, '{"step":"end"}\n');
  assert.throws(() => readAccount(damaged), { code: 'NO_ACCOUNT' });
  assert.throws(() => readAccount(join(folder, 'nowhere')), { code: 'NO_ACCOUNT' });
});

test('waits longer and longer for a target that refuses, and gives no record up', async () => {
  const all = Array.from({ length: 30 }, (_, offset) => failedRecord({ offset }));
  const account = open(all);
  const waits: number[] = [];
  let calls = 0;
  const arrived: string[] = [];
  const send: Target['send'] = async (batch) => {
    calls += 1;
    if (calls % 4 !== 0) return { kind: 'refused', why: 'throttled' };
    arrived.push(...batch.map(({ id }) => id));
    return succeed(batch);
  };
  const sleep = async (ms: number): Promise<void> => void waits.push(ms);
  const sent = await sendAll(all, options(account, send, { inFlight: 1, sleep }));
  account.close();
  assert.equal(sent.succeeded.length, all.length);
  assert.deepEqual(
    arrived,
    all.map(({ id }) => id),
  );
  assert.deepEqual(waits.filter((ms) => ms >= 250).slice(0, 6), [250, 500, 1000, 250, 500, 1000]);
  const { sentAgain, unknown } = readAccount(account.file);
  assert.deepEqual([sentAgain.size, unknown.size], [0, 0]);
});

test('stops at a target that refuses for minutes, with every record still planned', async () => {
  const all = Array.from({ length: 30 }, (_, offset) => failedRecord({ offset }));
  const account = open(all);
  const send: Target['send'] = async () => ({ kind: 'refused', why: 'throttled' });
  const sent = await sendAll(all, options(account, send, { sleep: async () => {} }));
  account.close();
  assert.equal(sent.stopped, 'throttled');
  const { outcomes, unknown, planned } = readAccount(account.file);
  assert.deepEqual([outcomes.size, unknown.size, planned.length], [0, 0, 30]);
});

test('sends a batch that fails as a whole in halves, until the record that fails it is alone', async () => {
  const all = Array.from({ length: 16 }, (_, offset) => failedRecord({ offset }));
  const account = open(all);
  const send: Target['send'] = async (batch) =>
    batch.some(({ offset }) => offset === 5) ? { kind: 'crashed', why: 'out of memory' } : succeed(batch);
  const sent = await sendAll(all, options(account, send, { recordsPerBatch: 8 }));
  account.close();
  assert.deepEqual(
    sent.failedAgain.map(({ failed, why }) => [failed.offset, why]),
    [[5, 'out of memory']],
  );
  assert.equal(sent.succeeded.length, 15);
  assert.equal(readAccount(account.file).sentAgain.size, 8, 'the account names what was sent again');
});

test('holds back what waits behind a failed record of its key', async () => {
  const keyed = Array.from({ length: 12 }, (_, offset) => failedRecord({ offset, key: 'a' }));
  const other = Array.from({ length: 4 }, (_, offset) => failedRecord({ offset: 100 + offset }));
  const account = open([...keyed, ...other]);
  const send: Target['send'] = async (batch) =>
    answer(batch, ({ offset }) => (offset === 2 ? 'broken' : undefined));
  const sent = await sendAll([...keyed, ...other], options(account, send));
  account.close();
  assert.equal(sent.succeeded.length, 3 + 4);
  const { outcomes } = readAccount(account.file);
  const skipped = [...outcomes].filter(([, outcome]) => outcome === 'skipped');
  assert.equal(skipped.length, 8);
  assert.equal(outcomes.size, 16);
});

test('cuts batches by what an invocation takes', async () => {
  const value = 'A'.repeat(1_000_000);
  const all = Array.from({ length: 12 }, (_, offset) => {
    const failed = failedRecord({ offset });
    return { ...failed, record: { ...failed.record!, value } };
  });
  const account = open(all);
  const sizes: number[] = [];
  const send: Target['send'] = async (batch) => {
    sizes.push(batch.length);
    return succeed(batch);
  };
  await sendAll(all, options(account, send, { recordsPerBatch: 50, inFlight: 1 }));
  account.close();
  assert.deepEqual(sizes, [5, 5, 2]);
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import {
  openAccount,
  readAccount,
  readSucceeded,
  type Account,
} from '../../../../tools/dead-letters/redrive/account.ts';
import { sendAll, type SendOptions } from '../../../../tools/dead-letters/redrive/send.ts';
import type { Target } from '../../../../tools/dead-letters/redrive/target.ts';
import type { FailedRecord } from '../../../../tools/dead-letters/failed-record.ts';
import { failedRecord } from '../failed-records.ts';

const folder = mkdtempSync(join(tmpdir(), 'tailrace-account-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

function open(records: readonly FailedRecord[]): Account {
  const account = openAccount(join(folder, `${files++}.ndjson`), folder);
  account.write({ step: 'plan', run: 'r', at: '', target: 'x', ids: records.map(({ id }) => id) });
  return account;
}

function options(account: Account, target: Target['send'], more: Partial<SendOptions> = {}): SendOptions {
  return {
    target: { name: 'x', send: target, close: async () => {} },
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

const succeed = (batch: readonly FailedRecord[]): ReadonlyMap<string, undefined> =>
  new Map(batch.map(({ id }) => [id, undefined]));

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
    new Map(batch.map(({ id, offset }) => [id, offset % 2 === 0 ? 'broken' : undefined]));
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
  assert.ok(readSucceeded(folder).has(all[0]?.id ?? ''));
  const damaged = join(folder, 'damaged.txt');
  writeFileSync(damaged, `${readFileSync(account.file, 'utf8').replace('{"step":"outcome"', '{"st')}\n{}\n`);
  assert.throws(() => readAccount(damaged), { code: 'NO_ACCOUNT' });
  writeFileSync(damaged, '{"step":"end"}\n');
  assert.throws(() => readAccount(damaged), { code: 'NO_ACCOUNT' });
  assert.throws(() => readAccount(join(folder, 'nowhere')), { code: 'NO_ACCOUNT' });
});

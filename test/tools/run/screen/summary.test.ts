// The end of a run: what is proven and what is not, in lines of at most 80 characters where they are tables.

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';

import { createStyle } from '../../../../tools/terminal/style.ts';
import { createStatusCounter } from '../../../../tools/local/mapping/mapping-status.ts';
import { createDeliveries } from '../../../../tools/proof/deliveries.ts';
import { openAccount, type Account } from '../../../../tools/proof/reconciliation.ts';
import { createLedger } from '../../../../tools/traffic/ledger.ts';
import { toSummary } from '../../../../tools/run/screen/summary.ts';
import type { ConsumerResult, RunResult } from '../../../../tools/run/verdict/verdict.ts';

const style = createStyle(new PassThrough() as unknown as NodeJS.WriteStream);
const nothing = openAccount('orders', createLedger()).close({
  deliveries: createDeliveries('orders'),
  reported: { done: 0, hasReadableLetters: true },
  isReadBack: false,
  minShare: 0.9,
});

function consumer(account: Partial<Account>, given: Partial<ConsumerResult> = {}): ConsumerResult {
  const status = createStatusCounter('orders', 'orders').read();
  return {
    verdict: 'proven',
    account: { ...nothing, ...account },
    status,
    stopped: null,
    failures: [],
    ...given,
  };
}

function linesOf(consumers: readonly ConsumerResult[], given: Partial<RunResult> = {}): readonly string[] {
  const result: RunResult = {
    verdict: 'proven',
    isProven: true,
    exitCode: 0,
    produced: 12,
    seed: 1,
    minShare: 0.9,
    firstRecordMs: null,
    durationMs: 1,
    missedFaults: [],
    denied: [],
    consumers,
    ...given,
  };
  return toSummary(result, style).map((line) => line.trim());
}

test('names what was dropped without a destination, and how often it names no more', () => {
  const counter = createStatusCounter('orders', 'orders');
  for (let offset = 0; offset < 12; offset++)
    counter.count({
      kind: 'destination',
      consumer: 'orders',
      condition: 'RetryAttemptsExhausted',
      records: 1,
      places: [`orders-0@${offset}`],
      errorType: offset === 0 ? 'Runtime.OutOfMemory' : undefined,
      target: undefined,
      error: undefined,
    });
  const lines = linesOf([consumer({ missing: 12, produced: 12 }, { status: counter.read() })]);
  const dropped = 'dropped: the mapping has no destination';
  assert.ok(
    lines.includes(`discarded: orders-0@0 (RetryAttemptsExhausted after Runtime.OutOfMemory), ${dropped}`),
    lines.join('\n'),
  );
  assert.ok(lines.includes(`discarded: orders-0@9 (RetryAttemptsExhausted), ${dropped}`));
  assert.ok(lines.includes('discarded: 2 records more'));
  assert.ok(lines.includes('missing: 12 records'));
});

test('says why there is no verdict, with the first failures', () => {
  const account = { produced: 12, processedShare: 0.25 };
  const failures = [{ text: 'RangeError: too far', count: 9 }];
  const lines = linesOf([consumer(account, { verdict: 'undecided', failures })], {
    verdict: 'undecided',
    exitCode: 4,
  });
  assert.ok(
    lines.includes('no verdict: processed 25 % of the good records, less than 90 %'),
    lines.join('\n'),
  );
  assert.ok(lines.includes('9 times RangeError: too far'));
  assert.ok(lines.some((line) => line.startsWith('?? orders')));
  const stopped = linesOf([consumer(account, { verdict: 'undecided', stopped: 'does not load' })]);
  assert.ok(stopped.includes('no verdict: its function does not load'));
});

test('does not call a run proven of which a fault never happened', () => {
  const lines = linesOf([consumer({})], {
    exitCode: 1,
    missedFaults: ['kill of orders: it hits invocation 2'],
  });
  assert.ok(lines.includes('fault that never happened: kill of orders: it hits invocation 2'));
  assert.match(lines.at(-1) ?? '', /^not proven/);
});

test('says that nothing was sent where nothing was', () => {
  const lines = linesOf([consumer({ seen: 4 }, { verdict: 'idle' })], { verdict: 'idle' });
  assert.ok(lines.includes('nothing was sent'));
  assert.match(lines.at(-1) ?? '', /nothing is proven; 4 records of others came through/);
});

test('fits its tables into 80 characters, whatever a consumer is called and however much it did', () => {
  const name = 'a-function-with-a-long-name-of-64-characters-as-lambda-allows-it/a.topic';
  const many = 10_000_000;
  const account = {
    consumer: name,
    produced: many,
    processed: many,
    deadLettered: many,
    missing: many,
    doubled: many,
    seen: many,
  };
  const status = {
    ...createStatusCounter(name, 'orders').read(),
    invocations: many,
    failedInvocations: many,
    redelivered: many,
    peakMemoryMb: 10_240,
  };
  const lines = toSummary(
    {
      verdict: 'proven',
      isProven: true,
      exitCode: 0,
      produced: many,
      seed: 1,
      minShare: 0.9,
      firstRecordMs: 1,
      durationMs: 1,
      missedFaults: [],
      denied: [],
      consumers: [consumer(account, { status })],
    },
    style,
  );
  for (const line of lines.filter((each) => each.includes('…') || each.includes('consumer  ')))
    assert.ok(line.length <= 80, `${line.length}: ${line}`);
  assert.equal(lines.filter((line) => line.includes('…')).length, 2);
});

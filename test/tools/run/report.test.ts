import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';

import { createStyle } from '../../../tools/terminal/style.ts';
import { createStatusCounter } from '../../../tools/local/mapping/mapping-status.ts';
import { openAccount } from '../../../tools/proof/reconciliation.ts';
import { createLedger } from '../../../tools/traffic/ledger.ts';
import { toSummary } from '../../../tools/run/report.ts';

test('the summary names what was dropped without a destination, and how often it names no more', () => {
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
  const reported = { done: 0, deadLettered: 0, filtered: 0 };
  const account = openAccount('orders', createLedger()).closeUnread(0, reported);
  const times = { firstRecordMs: null, durationMs: 1, seed: 1, produced: 12, isProven: false };
  const consumers = [{ account: { ...account, missing: 12 }, status: counter.read(), isReadBack: false }];
  const style = createStyle(new PassThrough() as unknown as NodeJS.WriteStream);
  const lines = toSummary({ ...times, consumers }, style).map((line) => line.trim());
  const dropped = 'dropped: the mapping has no destination';
  assert.ok(
    lines.includes(`given up: orders-0@0 (RetryAttemptsExhausted after Runtime.OutOfMemory), ${dropped}`),
    lines.join('\n'),
  );
  assert.ok(lines.includes(`given up: orders-0@9 (RetryAttemptsExhausted), ${dropped}`));
  assert.ok(lines.includes('given up: 2 records more'));
  assert.ok(lines.includes('missing: 12 records'));
});

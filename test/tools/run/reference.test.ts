// The page of a run says what scripts rely on: every exit code, every field.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { consoleOptions } from '../../../tools/console/options.ts';
import { exitCodeTable } from '../../../tools/exit-code.ts';
import { createDeliveries } from '../../../tools/proof/deliveries.ts';
import { openAccount } from '../../../tools/proof/reconciliation.ts';
import type { ConsumerResult, RunResult } from '../../../tools/run/verdict/verdict.ts';
import { createLedger } from '../../../tools/traffic/ledger.ts';

const page = await readFile(new URL('../../../docs/reference/run.md', import.meta.url), 'utf8');
const fields: Readonly<Record<keyof RunResult, true>> = {
  verdict: true,
  isProven: true,
  exitCode: true,
  produced: true,
  seed: true,
  minShare: true,
  firstRecordMs: true,
  durationMs: true,
  missedFaults: true,
  denied: true,
  consumers: true,
};
const consumerFields: Readonly<Record<keyof ConsumerResult, true>> = {
  verdict: true,
  account: true,
  status: true,
  stopped: true,
  failures: true,
};

test('the page has the table of exit codes', () => {
  for (const [code, meaning] of exitCodeTable)
    assert.ok(page.includes(`| ${code} | ${meaning.replaceAll('|', String.raw`\|`)} |`), meaning);
});

test('the page names every field of the JSON document', () => {
  const account = openAccount('orders', createLedger()).close({
    deliveries: createDeliveries('orders'),
    reported: { done: 0, hasReadableLetters: true },
    isReadBack: false,
    minShare: 0.9,
  });
  for (const name of [fields, consumerFields, account].flatMap((each) => Object.keys(each)))
    assert.ok(page.includes(`\`${name}\``), name);
});

test('the page names the options of the web console', () => {
  for (const name of Object.keys(consoleOptions)) assert.ok(page.includes(`\`--${name}\``), name);
});

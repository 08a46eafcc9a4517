import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { closeLedger, openLedger } from '../../../lib/memory/ledger.ts';
import { createWatermark } from '../../../lib/memory/watermark.ts';
import { createConsumer, defineConsumer, json, type RecordFunction } from '../../../lib/index.ts';
import { createMemoryStore } from '../../support/dead-letters.ts';
import { toContext, toEvent, type TestRecord } from '../../support/events.ts';
import { KeptLogger } from '../../support/log.ts';

const now = 1_767_225_700_000;

async function ledgerOf(
  records: readonly TestRecord[],
  record: RecordFunction<unknown, string>['record'],
  limitBytes = Infinity,
): Promise<Readonly<Record<string, unknown>>> {
  const logger = new KeptLogger({ serviceName: 'test' });
  const config = defineConsumer({ name: 'test', topic: 'orders', value: json() });
  const watermark = createWatermark({ limitBytes });
  const options = { deadLetters: createMemoryStore(), logger, watermark };
  await createConsumer(config, { record }, options, { now: () => now })(toEvent(records), toContext());
  return logger.lines.find(({ message }) => message === 'batch')?.['tailrace'] as Record<string, unknown>;
}

const value = gzipSync(JSON.stringify({ id: 'a'.repeat(2000) }));
const decompressed = 2009;

test('weighs an event at every stage', async () => {
  const records = [
    { offset: 0, key: 'k', value, timestamp: now - 5000 },
    { offset: 1, value, timestamp: now - 9000 },
    { offset: 2, timestamp: -1 },
  ];
  const ledger = await ledgerOf(records, () => undefined);
  assert.equal(ledger['records'], 3);
  assert.equal(ledger['eventBytes'], 4 + 2 * value.toString('base64').length);
  assert.equal(ledger['decodedBytes'], 2 * value.length);
  assert.equal(ledger['decompressedBytes'], 2 * decompressed);
  // A short JSON text counts at the most that it may become: 66 bytes a character, and its own.
  assert.equal(ledger['inFlightPeakBytes'], 67 * decompressed);
  assert.equal(ledger['decompressionRatio'], Math.round((decompressed / value.length) * 100) / 100);
  assert.equal(ledger['oldestRecordAgeMs'], 9000);
  assert.equal(ledger['keptBytes'], 0);
  assert.equal(ledger['retainedBytesPerInvocation'], 0);
});

test('counts what keep() and toBuffer() hand out', async () => {
  const headers = [['h', 'four']] as const;
  const kept = await ledgerOf(
    [
      { offset: 0, value, headers },
      { offset: 1, headers: [] },
    ],
    (record) => record.keep(),
  );
  assert.equal(kept['keptBytes'], decompressed + 4);
  const copied = await ledgerOf([{ offset: 0, value }, { offset: 1 }], (record) => record.toBuffer());
  assert.equal(copied['keptBytes'], decompressed);
});

test('says nothing of what there is not', async () => {
  const ledger = await ledgerOf([{ offset: 0, timestamp: -1 }], () => undefined);
  for (const name of ['decompressionRatio', 'oldestRecordAgeMs', 'memoryLimitBytes', 'memoryUsedPercent'])
    assert.equal(name in ledger, false, name);
});

test('reads no age from a clock that is behind', async () => {
  const ledger = await ledgerOf([{ offset: 0, timestamp: now + 60_000 }], () => undefined);
  assert.equal(ledger['oldestRecordAgeMs'], 0);
});

test('weighs the process', async () => {
  const limitBytes = 4096 * 1_048_576;
  const ledger = await ledgerOf([{ offset: 0, value }], () => undefined, limitBytes);
  const { rss, heapTotal } = process.memoryUsage();
  const numberOf = (name: string): number => Number(ledger[name]);
  assert.ok(Math.abs(numberOf('rssBytes') - rss) < 0.2 * rss, `${numberOf('rssBytes')} against ${rss}`);
  assert.ok(numberOf('heapUsedBytes') > 1_000_000 && numberOf('heapUsedBytes') < 2 * heapTotal);
  assert.ok(numberOf('externalBytes') >= numberOf('arrayBufferBytes'));
  assert.ok(numberOf('arrayBufferBytes') > 0);
  assert.equal(numberOf('memoryLimitBytes'), limitBytes);
  assert.ok(Math.abs(numberOf('memoryUsedPercent') - (100 * numberOf('rssBytes')) / limitBytes) < 0.01);
});

test('takes the highest reading of the invocation for its memory', () => {
  const rssOf = (peakBytes: number): number =>
    closeLedger(openLedger(0), { peakBytes, limitBytes: Infinity }, 0).rssBytes;
  const { rss } = process.memoryUsage();
  assert.equal(rssOf(rss * 10), rss * 10);
  assert.ok(rssOf(0) > rss / 2);
});

// What watching memory costs: the watermark, the ledger and the metrics line, each as a share of a whole invocation of
// 6 MB, in the same rounds. Together they are to stay below 1 %.

import { Metrics } from '@aws-lambda-powertools/metrics';
import { createWriteStream } from 'node:fs';

import { Admission } from '../lib/runtime/admission/admission.ts';
import type { EventRecord } from '../lib/runtime/event/event.ts';
import { createConsumer, createWatermark, defineConsumer, json } from '../lib/index.ts';
import { takeRecords } from '../lib/runtime/event/take-records.ts';
import { closeLedger, openLedger, weighRecord } from '../lib/memory/ledger.ts';
import { publishFigures } from '../lib/telemetry/metrics.ts';
import { createEventText } from './event-text.ts';
import { saveResult } from './report.ts';
import { takeTurns } from './turns.ts';

const { text, records } = createEventText();
// The metrics line is made and written as ever, but not into this bench's output.
const { stdout } = process;
const silence = createWriteStream('/dev/null');
Object.defineProperty(process, 'stdout', { value: silence });

const logger = { info() {}, warn() {}, error() {}, debug() {} } as never;
const deadLetters = { store: () => Promise.reject(new Error('no record of this event may fail')) };
const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 60_000 };
const config = defineConsumer({ name: 'bench', topic: 'orders', value: json() });
const watermark = createWatermark({ limitBytes: 512 * 1_048_576 });
const metrics = new Metrics({ namespace: 'Bench', serviceName: 'bench' });
const handler = createConsumer(
  config,
  { record: (record) => Promise.resolve(record.value) },
  { deadLetters, logger, metrics, watermark },
);

async function invocation(): Promise<void> {
  const response = await handler(JSON.parse(text), context);
  if (response.batchItemFailures.length > 0) throw new Error('a record of the bench failed');
}

const [first] = takeRecords(JSON.parse(text))[0]?.records ?? [];
if (first === undefined) throw new Error('the event has no records');
const decoder = { decompressedSize: () => 0, shrink() {} };
await invocation();
const started = process.cpuUsage();
await invocation();
const { user, system } = process.cpuUsage(started);
const invocationMs = (user + system) / 1000;

/**
 * As many records through the admission, with a clock that runs as fast as in a whole invocation. One record stands for
 * all: in an invocation each is in the processor's cache, because it is opened next.
 */
function admitAll(record: EventRecord): void {
  let calls = 0;
  const now = (): number => Math.floor((++calls / records) * invocationMs);
  const maxRecordBytes = config.limits.maxDecompressedBytesPerRecord;
  const admission = new Admission({ watermark, now, maxRecordBytes, decoder }).open(Infinity);
  const stay = watermark.begin();
  for (let i = 0; i < records; i++) {
    if (admission.admit(record) !== undefined) throw new Error('a record was held');
    admission.leave();
  }
  admission.close();
  stay.end({
    arrivingBytes: text.length,
    stayingBytes: text.length,
    neededBytes: 0,
    remainingMs: Infinity,
  });
}

const counts = { records, done: records, skipped: 0, deadLettered: 0, retried: 0, declined: 0 };

function ledgerOf(record: EventRecord): ReturnType<typeof closeLedger> {
  const open = openLedger(records);
  for (let i = 0; i < records; i++) weighRecord(open, record);
  return closeLedger(open, { peakBytes: 0, limitBytes: watermark.limitBytes }, Date.now());
}
const ledger = ledgerOf(first);

const [whole, watermarkOnly, ledgerOnly, metricsOnly] = await takeTurns(
  [
    { name: 'a whole invocation', run: invocation },
    { name: 'watermark', run: () => admitAll(first) },
    { name: 'ledger', run: () => ledgerOf(first) },
    {
      name: 'metrics',
      run: () =>
        publishFigures(metrics, {
          ...counts,
          ...ledger,
          inFlightPeakBytes: 0,
          retainedBytesPerInvocation: 0,
        }),
    },
  ],
  { rounds: 80 },
);
const wholeUs = whole?.medianUs ?? NaN;
const parts = [
  { name: 'watermark', us: watermarkOnly?.medianUs ?? NaN },
  { name: 'ledger', us: ledgerOnly?.medianUs ?? NaN },
  { name: 'metrics', us: metricsOnly?.medianUs ?? NaN },
];
const all = [...parts, { name: 'together', us: parts.reduce((sum, { us }) => sum + us, 0) }];
const results = all.map(({ name, us }) => ({
  name,
  us: Math.round(us),
  percent: Number(((us / wholeUs) * 100).toFixed(2)),
}));
const note = `${text.length} bytes of event, ${records} records, ${(wholeUs / 1000).toFixed(1)} ms of processor`;
stdout.write(`ledger: ${note}\n`);
for (const { name, us, percent } of results)
  stdout.write(`  ${name.padEnd(12)} ${String(us).padStart(7)} us ${percent.toFixed(2).padStart(6)} %\n`);
if (process.argv.includes('--save')) saveResult('ledger', { note, results });
silence.end();

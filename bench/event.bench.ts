// One event of 6 MB of LZ4-compressed JSON records: a plain loop that does the work by hand, and createConsumer.
// Both start from the event's text, as the runtime client does, and await the same user function for each record.

import { decompressFrameSync } from 'lz4-napi';
import { Bench } from 'tinybench';

import { createConsumer, defineConsumer, json, type KafkaEvent } from '../lib/index.ts';
import { createEventText } from './event-text.ts';
import { report } from './report.ts';

const { text, records } = createEventText();
let seen = 0;
const user = (value: unknown): Promise<void> => {
  seen += (value as { readonly total: number }).total;
  return Promise.resolve();
};

const logger = { info() {}, warn() {}, error() {}, debug() {} } as never;
const deadLetters = { store: () => Promise.reject(new Error('no record of this event may fail')) };
const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 60_000 };
const config = defineConsumer({ name: 'bench', topic: 'orders', value: json() });
const handler = createConsumer(config, { record: (record) => user(record.value) }, { deadLetters, logger });

async function byHand(): Promise<void> {
  const event = JSON.parse(text) as KafkaEvent;
  for (const group of Object.values(event.records)) {
    for (const record of group) {
      const bytes = decompressFrameSync(Buffer.from(record.value ?? '', 'base64'));
      await user(JSON.parse(bytes.toString('utf8')));
    }
  }
}

async function byConsumer(): Promise<void> {
  const response = await handler(JSON.parse(text), context);
  if (response.batchItemFailures.length > 0) throw new Error('a record of the bench failed');
}

// The two must do the same work, or the ratio means nothing.
const totals: number[] = [];
for (const way of [byHand, byConsumer]) {
  seen = 0;
  await way();
  totals.push(seen);
}
if (totals[0] !== totals[1] || totals[0] === 0) throw new Error(`the ways differ: ${totals.join(' and ')}`);

const bench = new Bench({ time: 4000, warmupTime: 1000 });
bench.add('plain loop with lz4-napi', byHand).add('createConsumer', byConsumer);
await bench.run();
report('event', bench, {
  unit: 'records',
  perRun: records,
  note: `${text.length} bytes of event, ${records} records`,
});

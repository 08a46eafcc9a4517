// The consumer under test: createConsumer, as a handler folder uses it.
import { createConsumer, defineConsumer, json } from '../../lib/index.ts';
import { take } from './work.ts';

const peaks = defineConsumer({ name: 'peaks', topic: 'orders', value: json() });

export const handler = createConsumer(peaks, { record: async (record) => await take(record.value) });

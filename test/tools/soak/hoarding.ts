// A consumer that keeps 200 KB for every record: one that its own runtime stops near its memory size.
import { createConsumer, defineConsumer, json, type ConsumerHandler } from '../../../lib/index.ts';

const definition = defineConsumer({ name: 'hoarding', topic: 'orders', value: json() });
const hoard: Buffer[] = [];

/** Hoards. */
export const handler: ConsumerHandler = createConsumer(definition, {
  async record() {
    hoard.push(Buffer.alloc(200_000, 1));
  },
});

// Consumer B, the remedy: the same need met with a lease. Of each partition the last record is kept until it is
// acknowledged, as a detached copy, and a Kafka position takes the place of the one before.
import {
  createConsumer,
  defineConsumer,
  json,
  type ConsumerHandler,
  type KeptRecord,
} from '../../../../lib/index.ts';

const definition = defineConsumer({ name: 'seed-b', topic: 'orders', value: json() });
const inFlight = new Map<string, KeptRecord>();

/** Handles an event with leases. */
export const handler: ConsumerHandler = createConsumer(definition, {
  async record(record) {
    inFlight.set(`${record.topic}-${record.partition}`, record.keep());
  },
});

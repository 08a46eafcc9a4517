// A consumer that would leak, and reads another format than the soak's own traffic: none of its records reaches it.
import { avro, createConsumer, defineConsumer } from '../../../lib/index.ts';

const kept: Buffer[] = [];
const schema = '{"type":"record","name":"Reading","fields":[{"name":"sensor","type":"string"}]}';

/** Keeps 20 KB of each record. */
export const handler = createConsumer(
  defineConsumer({ name: 'other', topic: 'orders', value: avro(schema) }),
  {
    record(record) {
      if (!record.isTombstone) kept.push(Buffer.alloc(20_000, 1));
    },
  },
);

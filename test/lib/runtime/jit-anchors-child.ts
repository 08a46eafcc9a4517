// Run by jit-anchors.test.ts in a process of its own: invocations with a full collection between them.
import { createConsumer, defineConsumer, text } from '../../../lib/index.ts';
import { createMemoryStore } from '../../support/dead-letters.ts';
import { toContext, toEvent } from '../../support/events.ts';

const config = defineConsumer({ name: 'test', topic: 'orders', value: text() });
let length = 0;
const handler = createConsumer(
  config,
  { record: async ({ value }) => void (length += (await Promise.resolve(value))?.length ?? 0) },
  { deadLetters: createMemoryStore(), metrics: false, retention: false },
);
const records = Array.from({ length: 4000 }, (_, offset) => ({ offset, value: `value ${offset}` }));
const event = JSON.stringify(toEvent(records));
for (let round = 0; round < 24; round++) {
  await handler(JSON.parse(event), toContext());
  await new Promise(setImmediate);
  if (round >= 4 && round % 4 === 0) globalThis.gc?.();
}

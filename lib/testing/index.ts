// The public names of `tailrace/testing`: events as a mapping sends them, Lambda's context, and a consumer run on both.

export { kafkaEvent, type EventOptions, type TestRecord } from './kafka-event.ts';
export { fakeContext, type FakeContext, type FakeContextOptions } from './fake-context.ts';
export {
  runConsumer,
  NotAConsumerError,
  type ConsumerRun,
  type LogLine,
  type RecordOutcome,
  type RunOptions,
} from './run-consumer.ts';
export { schemaRegistry } from './schema-registry.ts';
export { EncodeError } from './encode-error.ts';

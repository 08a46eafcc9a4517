// Runs a consumer on records of a test's own, without Lambda, Kafka or S3, and says what became of each record.

import type { DeadLetter, DeadLetterStore } from '../deadletter/dead-letter.ts';
import { createConsumer, type ConsumerHandler, type ConsumerOptions } from '../runtime/consumer.ts';
import { partsOf, type ConsumerParts } from '../runtime/consumer-parts.ts';
import type { BatchResponse, EventRecord, KafkaEvent } from '../runtime/event/event.ts';
import type { BatchFunction, RecordFunction } from '../runtime/consumer-function.ts';
import type { LeasedRecord } from '../runtime/record/record.ts';
import type { LineLogger } from '../telemetry/log.ts';
import { fakeContext, type FakeContextOptions } from './fake-context.ts';
import { kafkaEvent, type EventOptions, type TestRecord } from './kafka-event.ts';

/** Options of `runConsumer()`; every field is optional. */
export interface RunOptions extends FakeContextOptions, EventOptions {}

/** The outcome of one record. */
export interface RecordOutcome {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /**
   * `processed`: its function succeeded. `skipped`: passed over, with no copy kept. `dead-lettered`: a copy is in
   * `deadLetters`. `retried`: reported, so that the mapping delivers it again.
   */
  readonly outcome: 'processed' | 'skipped' | 'dead-lettered' | 'retried';
  /** The code of a dead letter's error. */
  readonly code?: string;
  /** What the function threw for this record; absent where it threw nothing, or was not called. */
  readonly error?: unknown;
}

/** One line of the log: what was logged, with its level and message among the fields. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly [field: string]: unknown;
}

/** The result of `runConsumer()`. */
export interface ConsumerRun {
  /** One for each record, in the order in which they were given. */
  readonly outcomes: readonly RecordOutcome[];
  /** In the order of their records in `outcomes`, whichever was stored first: of a partition, in the order of its offsets. */
  readonly deadLetters: readonly DeadLetter[];
  /** Of the consumer's log and the function's, in order, whatever the log level. */
  readonly logs: readonly LogLine[];
  /** The response that the mapping would get. */
  readonly response: BatchResponse;
}

/** The function was not made by `createConsumer`. */
export class NotAConsumerError extends Error {
  override readonly name = 'NotAConsumerError';
  readonly code = 'NOT_A_CONSUMER';

  constructor(got: unknown) {
    super(
      `the handler is not a consumer, got a value of type ${typeof got} that createConsumer() did not make, expected one that it made; ` +
        'give runConsumer() what createConsumer() returned, without a wrapper around it',
    );
  }
}

/**
 * Runs the handler on `records` as one invocation, and collects dead letters and log lines in memory. Records are encoded in the
 * format of the handler's definition (see `kafkaEvent`); an event is used as it is. Your real function runs: services that it
 * calls must be reachable, or the test must replace them.
 *
 * @throws NotAConsumerError `NOT_A_CONSUMER`, EncodeError `CANNOT_ENCODE`
 */
export async function runConsumer(
  handler: ConsumerHandler,
  records: readonly TestRecord[] | KafkaEvent,
  options: RunOptions = {},
): Promise<ConsumerRun> {
  const parts = typeof handler === 'function' ? partsOf(handler) : undefined;
  if (parts === undefined) throw new NotAConsumerError(handler);
  const event = isEvent(records) ? records : kafkaEvent(parts.definition, records, options);
  const places = listPlaces(event, isEvent(records) ? undefined : records);

  const stored: DeadLetter[] = [];
  const logs: LogLine[] = [];
  const calls: Calls = { finished: new Set(), errors: new Map() };
  const run = createConsumer(parts.definition, observe(parts.fn, calls), {
    ...(parts.options as ConsumerOptions),
    deadLetters: collectDeadLetters(stored),
    logger: collectLogs(logs),
    metrics: false,
    retention: false,
  });
  const response = await run(event, fakeContext(options));
  const deadLetters = toGivenOrder(stored, places);
  return { outcomes: toOutcomes(places, { response, deadLetters, calls }), deadLetters, logs, response };
}

interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** What the function did, by a record's place. */
interface Calls {
  readonly finished: Set<string>;
  readonly errors: Map<string, unknown>;
}

function isEvent(records: readonly TestRecord[] | KafkaEvent): records is KafkaEvent {
  return !Array.isArray(records);
}

/** Where the records are, in the order in which the test gave them; an event has them by partition. */
function listPlaces({ records }: KafkaEvent, given: readonly TestRecord[] | undefined): readonly Place[] {
  const lists = Object.values(records).map((list) => list.map(toPlace));
  if (given === undefined) return lists.flat();
  const byPartition = new Map(lists.map((list) => [list[0]?.partition, list]));
  return given.flatMap(({ partition = 0 }) => byPartition.get(partition)?.shift() ?? []);
}

function toPlace({ topic, partition, offset }: EventRecord | LeasedRecord): Place {
  return { topic, partition, offset };
}

function keyOf({ topic, partition, offset }: Place): string {
  return `${topic}-${partition}@${offset}`;
}

/** The same function, with a note of what it did; whatever else the object has is found behind it. */
function observe(fn: ConsumerParts['fn'], calls: Calls): ConsumerParts['fn'] {
  const observed =
    fn.batch === undefined ? { record: observeRecord(fn, calls) } : { batch: observeBatch(fn, calls) };
  return Object.assign(Object.create(fn), observed) as ConsumerParts['fn'];
}

function observeRecord(fn: RecordFunction<unknown, unknown>, { finished, errors }: Calls): typeof fn.record {
  return async (record, context) => {
    try {
      await fn.record(record, context);
      finished.add(keyOf(record));
    } catch (error) {
      errors.set(keyOf(record), error);
      throw error;
    }
  };
}

function observeBatch(fn: BatchFunction<unknown, unknown>, { finished, errors }: Calls): typeof fn.batch {
  return async (records, context) => {
    const read: string[] = [];
    async function* follow(): AsyncGenerator<LeasedRecord> {
      for await (const record of records) {
        read.push(keyOf(record));
        yield record;
      }
    }
    try {
      await fn.batch(follow(), context);
      for (const key of read) finished.add(key);
    } catch (error) {
      for (const key of read) errors.set(key, error);
      throw error;
    }
  };
}

function collectDeadLetters(into: DeadLetter[]): DeadLetterStore {
  return {
    async store(letter) {
      into.push(letter);
      return `memory:${letter.topic}-${letter.partition}@${letter.offset}`;
    },
  };
}

// Records are processed side by side, so that a later one may be stored first.
function toGivenOrder(stored: readonly DeadLetter[], places: readonly Place[]): readonly DeadLetter[] {
  const ranks = new Map(places.map((place, index) => [keyOf(place), index]));
  const rankOf = (letter: DeadLetter): number => ranks.get(keyOf(letter)) ?? places.length;
  return stored.toSorted((a, b) => rankOf(a) - rankOf(b));
}

function collectLogs(into: LogLine[]): LineLogger {
  const log =
    (level: LogLine['level']) =>
    (message: string, fields: object = {}): void => {
      into.push({ ...fields, level, message });
    };
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}

function toOutcomes(
  places: readonly Place[],
  { response, deadLetters, calls }: Pick<ConsumerRun, 'response' | 'deadLetters'> & { readonly calls: Calls },
): readonly RecordOutcome[] {
  const retried = new Set(
    response.batchItemFailures.map(({ itemIdentifier: { partition, offset } }) => `${partition}@${offset}`),
  );
  const letters = new Map(deadLetters.map((letter) => [keyOf(letter), letter]));
  return places.map((place) => {
    const key = keyOf(place);
    const letter = letters.get(key);
    const thrown = calls.errors.has(key) ? { error: calls.errors.get(key) } : {};
    if (retried.has(key)) return { ...place, outcome: 'retried', ...thrown };
    if (letter !== undefined)
      return { ...place, outcome: 'dead-lettered', code: letter.error.code, ...thrown };
    return { ...place, outcome: calls.finished.has(key) ? 'processed' : 'skipped', ...thrown };
  });
}

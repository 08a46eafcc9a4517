// Writes the records, whatever happens to the broker meanwhile, and never far ahead of the group.
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Kafka } from 'kafkajs';
import { toMessage, topic } from './record.ts';

const perSend = 2000;

/** What to write. */
export interface ProduceOptions {
  readonly records: number;
  /** Whether to wait with the next records, after this many. */
  readonly isAhead: (produced: number) => boolean;
  readonly signal: AbortSignal;
}

/**
 * Writes records 0 up to, not including, `records`, in order, and resolves once the broker has acknowledged them all.
 * Records whose acknowledgement was lost are written again, after the same ones: the topic may hold some twice.
 */
export async function produce(kafka: Kafka, options: ProduceOptions): Promise<void> {
  const { records, isAhead, signal } = options;
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  try {
    for (let at = 0; at < records;) {
      while (isAhead(at)) await delay(100, undefined, { signal });
      signal.throwIfAborted();
      const messages = Array.from({ length: Math.min(perSend, records - at) }, (_, n) => toMessage(at + n));
      try {
        await producer.connect();
        await producer.send({ topic, acks: -1, messages });
        at += messages.length;
      } catch {
        // The broker is down: the same ones again, nothing was skipped.
        await delay(500, undefined, { signal });
      }
    }
  } finally {
    await producer.disconnect();
  }
}

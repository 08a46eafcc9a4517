// Writes the records, whatever happens to the broker meanwhile, as many as are released.
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Kafka } from 'kafkajs';
import { toMessage, topic } from './app/record.ts';

const perSend = 2000;

/** What to write. */
export interface ProduceOptions {
  readonly records: number;
  /** How many of them may be written by now. */
  readonly released: () => number;
  readonly signal: AbortSignal;
}

/**
 * Writes records 0 up to, not including, `records`, in order, and resolves once the broker has acknowledged them all.
 * Records whose acknowledgement was lost are written again, after the same ones: the topic may hold some twice.
 */
export async function produce(kafka: Kafka, { records, released, signal }: ProduceOptions): Promise<void> {
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  try {
    for (let at = 0; at < records;) {
      const count = Math.min(perSend, records - at, Math.floor(released()) - at);
      if (count <= 0) {
        await delay(20, undefined, { signal });
        continue;
      }
      signal.throwIfAborted();
      const messages = Array.from({ length: count }, (_, n) => toMessage(at + n));
      try {
        await producer.connect();
        await producer.send({ topic, acks: -1, messages });
        at += count;
      } catch {
        // The broker is down: the same ones again, nothing was skipped.
        await delay(500, undefined, { signal });
      }
    }
  } finally {
    await producer.disconnect();
  }
}

// What a broker or kafkajs says went wrong, in the words of a local run. Its own file because a session hears of it in two
// ways: as a rejection while it starts, and as an event later.
import kafkajs from 'kafkajs';
import { LocalError } from '../error.ts';

/** Tells why polling `topic` failed: `NO_SUCH_TOPIC` or `POLLER_FAILED`; what is a `LocalError` already stays as it is. */
export function toPollError(error: unknown, topic: string): LocalError {
  if (error instanceof LocalError) return error;
  const message = error instanceof Error ? error.message : String(error);
  // kafkajs is CommonJS: its error classes are reached through the default import only.
  const type = error instanceof kafkajs.KafkaJSError ? (error as { readonly type?: string }).type : undefined;
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION') {
    return new LocalError('NO_SUCH_TOPIC', `the broker has no such topic, got ${topic}; create it first`, {
      cause: error,
    });
  }
  return new LocalError('POLLER_FAILED', `cannot poll ${topic}: ${message}; check the broker`, {
    cause: error,
  });
}

// What a broker or kafkajs says went wrong, in the words of a local run. Its own file because a session hears of it in
// several ways: as a rejection while it starts, and as an event later.
import kafkajs from 'kafkajs';
import { LocalError } from '../error.ts';

/** Why polling `topic` failed: `NO_SUCH_TOPIC` or `POLLER_FAILED`; a `LocalError` stays as it is. */
export function toPollError(error: unknown, topic: string): LocalError {
  if (error instanceof LocalError) return error;
  if (isMissingTopic(error)) return toMissingTopic(topic, error);
  const message = error instanceof Error ? error.message : String(error);
  return new LocalError('POLLER_FAILED', `cannot poll ${topic}: ${message}; check the broker`, {
    cause: error,
  });
}

/** `NO_SUCH_TOPIC` for a topic that the broker does not list. */
export function toMissingTopic(topic: string, cause?: unknown): LocalError {
  return new LocalError('NO_SUCH_TOPIC', `the broker has no such topic, got ${topic}; create it first`, {
    cause,
  });
}

/** Whether the broker has no such topic. */
export function isMissingTopic(error: unknown): boolean {
  if (error instanceof LocalError) return error.code === 'NO_SUCH_TOPIC';
  return causesOf(error).some(({ type }) => type === 'UNKNOWN_TOPIC_OR_PARTITION');
}

/** Whether the broker may answer a moment later. */
export function isPassing(error: unknown): boolean {
  return causesOf(error).some(({ retriable }) => retriable);
}

type KafkaFailure = InstanceType<typeof kafkajs.KafkaJSError> & { readonly type?: string };

// kafkajs puts what has failed five times into an error of its own. It is CommonJS: its classes are reached through the
// default import only.
function causesOf(error: unknown): readonly KafkaFailure[] {
  return error instanceof kafkajs.KafkaJSError ? [error, ...causesOf(error.cause)] : [];
}

// What a function of a test got, and what it answers.
import type { KafkaEvent } from '../../../../lib/index.ts';

export function toOffsets({ records }: KafkaEvent): readonly number[] {
  return Object.values(records)
    .flat()
    .map(({ offset }) => offset);
}

/** A partial response. */
export function reportFailed({ records }: KafkaEvent, isFailed: (offset: number) => boolean): string {
  const batchItemFailures = Object.entries(records).flatMap(([partition, each]) =>
    each.flatMap(({ offset }) => (isFailed(offset) ? { itemIdentifier: { partition, offset } } : [])),
  );
  return JSON.stringify({ batchItemFailures });
}

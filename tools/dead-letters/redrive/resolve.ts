// What succeeded is marked resolved: a letter or a whole batch moves under `resolved/`, a message is deleted once a copy of it is safe. Of an
// on-failure topic nothing can be taken away: the account says what is done.
import { appendFileSync } from 'node:fs';
import { toPlaceId, type FailedRecord } from '../failed-record.ts';
import type { Clients } from '../places.ts';
import { resolveInBucket } from '../sources/bucket.ts';
import { deleteMessage } from '../sources/queue.ts';
import type { Account } from './account.ts';

/** Places that are taken care of at once. */
const sideBySide = 16;

/**
 * Marks everything that succeeded.
 *
 * @param succeeded ids, of this run and of earlier ones
 * @param all all failed records of the places: a batch moves only when each of its records is resolved
 * @throws {DeadLettersError} what was not marked is still there, and the account says that it is done
 */
export async function resolveAll(
  succeeded: ReadonlySet<string>,
  all: readonly FailedRecord[],
  {
    clients,
    account,
    copyFile,
    now,
    onProgress,
  }: {
    readonly clients: Pick<Clients, 's3' | 'sqs'>;
    readonly account: Account;
    /** Where the copies of deleted messages go. */
    readonly copyFile: string;
    readonly now: () => Date;
    /** Called before each place. */
    readonly onProgress: (taken: number, of: number) => void;
  },
): Promise<number> {
  const places = [...Map.groupBy(all, ({ place }) => toPlaceId(place)).values()].filter((members) =>
    members.some(({ id }) => succeeded.has(id)),
  );
  let resolved = 0;
  let taken = 0;
  const queue = places.values();
  const work = async (): Promise<void> => {
    for (const members of queue) {
      onProgress((taken += 1), places.length);
      const ids = members.filter(({ id }) => succeeded.has(id)).map(({ id }) => id);
      const isAll = ids.length === members.length;
      const place = members[0]?.place;
      if (place === undefined || place.kind === 'topic') continue;
      if (place.kind === 'message') {
        // Some of its records are not done: the message stays, and the accounts say which are.
        if (!isAll) continue;
        appendFileSync(
          copyFile,
          `${JSON.stringify({ queueUrl: place.queueUrl, messageId: place.messageId, body: place.body })}\n`,
          {
            flush: true,
          },
        );
        await deleteMessage(clients.sqs, place.queueUrl, place.receiptHandle);
      } else await resolveInBucket(clients.s3, place, { ids, isAll });
      account.write({ step: 'resolved', at: now().toISOString(), place: toPlaceId(place) });
      if (isAll) resolved += 1;
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, work));
  return resolved;
}

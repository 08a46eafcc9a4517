// Which failed records are done, by what accounts say. A record that a run sent with success, and that its function dead-lettered once
// more, is not: the new dead letter has the old one's name in S3, and the run's name in its headers.
import {
  findHeader,
  mayShareConsumer,
  redriveRunHeader,
  toPlaceName,
  type FailedRecord,
} from '../failed-record.ts';
import { isToTopic, type AccountState } from './account.ts';

/** The run that sent a record again before it failed; undefined when none did. */
export function readRun({ record }: FailedRecord): string | undefined {
  const bytes = findHeader(record, redriveRunHeader);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}

/**
 * Ids of the records that are done, the other places of the same record among them: a letter and a batch of one consumer, and whatever
 * keeps it once it was sent to a topic.
 *
 * @param all what the places hold
 * @param located those of them whose bytes are known, as far as they are asked for
 */
export function findDone(
  all: readonly FailedRecord[],
  located: readonly FailedRecord[],
  accounts: readonly Pick<AccountState, 'run' | 'outcomes' | 'target'>[],
): ReadonlySet<string> {
  const runsOf = ({ id }: FailedRecord): typeof accounts =>
    accounts.filter(({ outcomes }) => outcomes.get(id) === 'succeeded');
  const done = new Set(all.filter((each) => isOver(each, runsOf(each))).map(({ id }) => id));
  const twins = Map.groupBy(
    located.filter(({ id }) => done.has(id)),
    (each) => toRecordName(each),
  );
  for (const each of located)
    for (const twin of each.record === undefined ? [] : (twins.get(toRecordName(each)) ?? [])) {
      const isOne = mayShareConsumer(each, twin);
      const runs = runsOf(twin).filter((account) => isOne || isToTopic(account));
      if (isOver(each, runs)) done.add(each.id);
    }
  return done;
}

function isOver(failed: FailedRecord, by: readonly Pick<AccountState, 'run'>[]): boolean {
  return by.some(({ run }) => run !== readRun(failed));
}

/** Names the record whatever keeps it. Its timestamp is part: a topic that is made again starts at offset 0, too. */
export function toRecordName(
  at: Pick<FailedRecord, 'topic' | 'partition' | 'offset'> & Partial<Pick<FailedRecord, 'record'>>,
  timestamp: number | undefined = at.record?.timestamp,
): string {
  return `${toPlaceName(at)} ${timestamp ?? ''}`;
}

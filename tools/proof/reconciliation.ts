// The account of one consumer: every produced record against what was found where records land. Found means read back
// from S3, DynamoDB, SQS, SNS or Kafka, not remembered.

import type { OffsetRange } from '../local/events.ts';
import type { Ledger, LedgerEntry } from '../traffic/ledger.ts';
import { isGood } from '../traffic/record.ts';
import type { Deliveries } from './deliveries.ts';
import { createFindings } from './findings.ts';
import { findDifferences, type Found } from './found.ts';

/** What an account comes out at. */
export type AccountVerdict =
  /** Every record was processed or dead-lettered, as it was produced. */
  | 'proven'
  /** Something is missing, changed, out of order, or doubled beyond what deliveries explain. */
  | 'disproved'
  /** Too few of the good records were processed for either. */
  | 'undecided';

/** The account, closed. `verdict` is the one thing that counts. */
export interface Account {
  readonly consumer: string;
  readonly verdict: AccountVerdict;
  readonly produced: number;
  /** Records that the function was given, each counted once. */
  readonly seen: number;
  /** Records found where they belong; where nobody can look, those that the function has answered for. */
  readonly processed: number;
  readonly deadLettered: number;
  /** Records that the mapping's filters kept from the function. */
  readonly filtered: number;
  /** Share of the records that were sent as good and that were processed, 0..1. */
  readonly processedShare: number;
  /** Dead letters by error code. */
  readonly deadLettersByCode: ReadonlyMap<string, number>;
  /** Copies found beyond the first. */
  readonly doubled: number;
  /** How many of them no delivery explains. */
  readonly unexplained: number;
  /** Records found nowhere, as `partition@offset`; at most ten are named. */
  readonly missing: number;
  readonly missingPlaces: readonly string[];
  /** Records whose content, place in the order or fate is not what was produced, each in words; at most ten. */
  readonly wrong: number;
  readonly wrongPlaces: readonly string[];
  /** Found, but not of this run (an external broker's topic may hold others' records). */
  readonly foreign: number;
  /** Whether its destination was read back, or only answers were counted. */
  readonly isReadBack: boolean;
}

/** What was found of a record that was set aside. */
export interface FoundLetter extends Found {
  readonly by: 'function' | 'mapping';
  readonly code: string;
}

/** What a run says of a consumer beside what can be read. */
export interface Reported {
  /** Records that the function says it has processed or skipped; whatever was delivered again may count again. */
  readonly done: number;
  /** Whether the function keeps its dead letters where they can be read; otherwise its own count stands for them. */
  readonly hasReadableLetters: boolean;
}

/** How an account is closed. */
export interface Closing {
  readonly deliveries: Deliveries;
  readonly reported: Reported;
  readonly isReadBack: boolean;
  /** Least share of the good records that must have been processed, 0..1. */
  readonly minShare: number;
}

/** An account under way. */
export interface OpenAccount {
  /** A record was found where it belongs. */
  land(partition: number, offset: number, found?: Found): void;
  /** The same, at a place that keeps order: records of one `lane` must be found as their offsets rise. */
  landInOrder(lane: bigint | number, partition: number, offset: number, found: Found): void;
  /** A record was found set aside: by the function, which says it can never succeed, or by the mapping, out of attempts. */
  deadLetter(partition: number, offset: number, letter: FoundLetter): void;
  /** Records were set aside by the mapping, and what was found does not hold them; `code` says why. */
  deadLetterUnseen(ranges: readonly OffsetRange[], code: string): void;
  /** Something found contradicts what was produced. */
  contradict(what: string): void;
  /** Sums up. */
  close(closing: Closing): Account;
}

/** Opens the account of `consumer`. `mustLand`: whether a good record that the function dead-letters is a finding. */
export function openAccount(
  consumer: string,
  produced: Ledger,
  { mustLand = true }: { readonly mustLand?: boolean } = {},
): OpenAccount {
  const landed = new Uint8Array(produced.count);
  const letters = new Uint8Array(produced.count);
  const documents = new Uint8Array(produced.count);
  const codes = new Map<string, number>();
  const lanes = new Map<bigint | number, number>();
  const wrong = createFindings();
  let foreign = 0;
  const find = (partition: number, offset: number): LedgerEntry | undefined => {
    const record = produced.find(partition, offset);
    if (record === undefined) foreign++;
    return record;
  };
  const noteCode = (code: string): void => void codes.set(code, (codes.get(code) ?? 0) + 1);

  const land = (partition: number, offset: number, found: Found = {}): boolean => {
    const record = find(partition, offset);
    if (record === undefined) return false;
    if (record.kind === 'undecodable' || record.kind === 'over-limit')
      wrong.add(`${partition}@${offset} is ${record.kind} and landed`);
    for (const what of findDifferences(record, found, record.documentDigest))
      wrong.add(`${partition}@${offset} landed with ${what}`);
    return count(landed, record) === 1;
  };

  return {
    contradict: wrong.add,
    land: (partition, offset, found) => void land(partition, offset, found),
    landInOrder(lane, partition, offset, found) {
      // A copy comes after its first; only that says something of the order.
      if (!land(partition, offset, found)) return;
      const last = lanes.get(lane) ?? -1;
      if (offset < last) wrong.add(`${partition}@${offset} landed after ${partition}@${last}`);
      lanes.set(lane, Math.max(last, offset));
    },
    deadLetter(partition, offset, { by, code, ...found }) {
      const record = find(partition, offset);
      if (record === undefined) return;
      count(by === 'function' ? letters : documents, record);
      noteCode(code);
      if (by === 'function' && mustLand && isGood(record.kind))
        wrong.add(`${partition}@${offset} is a good record and was dead-lettered as ${code}`);
      for (const what of findDifferences(record, found, record.valueDigest))
        wrong.add(`${partition}@${offset} was dead-lettered with ${what}`);
    },
    deadLetterUnseen(ranges, code) {
      for (const { partition, from, to } of ranges)
        for (let offset = from; offset < to; offset++) {
          const record = produced.find(partition, offset);
          if (record === undefined) continue; // of other records than these
          count(documents, record);
          noteCode(code);
        }
    },
    close: (closing) =>
      closeAccount(consumer, closing, {
        produced,
        landed,
        letters,
        documents,
        codes,
        wrong,
        foreign,
      }),
  };
}

interface Book {
  readonly produced: Ledger;
  readonly landed: Uint8Array;
  readonly letters: Uint8Array;
  readonly documents: Uint8Array;
  readonly codes: ReadonlyMap<string, number>;
  readonly wrong: ReturnType<typeof createFindings>;
  readonly foreign: number;
}

function closeAccount(consumer: string, closing: Closing, book: Book): Account {
  const { deliveries, reported, isReadBack, minShare } = closing;
  const { produced, wrong } = book;
  const missing = createFindings();
  const sums = {
    seen: 0,
    processed: 0,
    good: 0,
    goodProcessed: 0,
    deadLettered: 0,
    filtered: 0,
    doubled: 0,
    unexplained: 0,
  };
  for (const record of produced) {
    const { partition, offset, sequence, kind } = record;
    const delivered = deliveries.delivered(partition, offset);
    const [letters, documents] = [book.letters[sequence] ?? 0, book.documents[sequence] ?? 0];
    const answered = deliveries.resolved(partition, offset) > 0 && letters === 0 ? 1 : 0;
    const landed = isReadBack ? (book.landed[sequence] ?? 0) : answered;
    if (delivered > 0) sums.seen++;
    if (isGood(kind)) sums.good++;
    if (landed > 0) {
      sums.processed++;
      if (isGood(kind)) sums.goodProcessed++;
    } else if (letters + documents > 0) sums.deadLettered++;
    else if (delivered === 0 && deliveries.isFiltered(partition, offset)) {
      // The function was not meant to see it.
      sums.filtered++;
      if (isGood(kind)) sums.good--;
    } else missing.add(`${partition}@${offset}`);
    sums.doubled += Math.max(0, landed + letters + documents - 1);
    // Each delivery may leave one copy, whatever became of its invocation.
    sums.unexplained += Math.max(0, landed + letters - Math.max(1, delivered));
  }
  const unsaid = isReadBack ? 0 : Math.max(0, sums.processed - reported.done);
  if (unsaid > 0 && reported.hasReadableLetters)
    wrong.add(
      `${sums.processed} records were answered for, of which the function has processed ${reported.done}`,
    );
  else {
    sums.processed -= unsaid;
    // Poison is dead-lettered before anything that is good.
    sums.goodProcessed = Math.min(sums.goodProcessed, sums.processed);
    sums.deadLettered += unsaid;
  }
  for (const text of deliveries.faults.texts()) wrong.add(text);
  if (produced.count === 0) {
    // Records of somebody else's: nothing is known of them but that they came through.
    const { delivered, resolved } = deliveries.totals();
    [sums.seen, sums.processed] = [delivered, Math.min(resolved, reported.done)];
  }
  const { good, goodProcessed, ...rest } = sums;
  const processedShare = good === 0 ? 1 : goodProcessed / good;
  const wrongCount =
    wrong.count() + Math.max(0, deliveries.faults.count() - deliveries.faults.texts().length);
  return {
    consumer,
    verdict: toVerdict({ wrong: wrongCount + missing.count() + rest.unexplained, processedShare, minShare }),
    produced: produced.count,
    ...rest,
    processedShare,
    deadLettersByCode: book.codes,
    missing: missing.count(),
    missingPlaces: missing.texts(),
    wrong: wrongCount,
    wrongPlaces: wrong.texts(),
    foreign: book.foreign,
    isReadBack,
  };
}

function toVerdict(found: {
  readonly wrong: number;
  readonly processedShare: number;
  readonly minShare: number;
}): AccountVerdict {
  if (found.wrong > 0) return 'disproved';
  return found.processedShare < found.minShare ? 'undecided' : 'proven';
}

function count(times: Uint8Array, { sequence }: LedgerEntry): number {
  const now = Math.min(255, (times[sequence] ?? 0) + 1);
  times[sequence] = now;
  return now;
}

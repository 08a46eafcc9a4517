// The account of one consumer: every produced record against what was found where records land. Found means read back
// from S3, DynamoDB or SQS, not remembered.

import type { Ledger, LedgerEntry } from '../traffic/ledger.ts';

/** The account, closed. `isProven` is the one thing that counts. */
export interface Account {
  readonly consumer: string;
  readonly produced: number;
  /** Records found where they belong. */
  readonly landed: number;
  readonly deadLettered: number;
  /** Records that the mapping's filters kept from the function; told only where its destination cannot be read. */
  readonly filtered: number;
  /** Dead letters by error code. */
  readonly deadLettersByCode: ReadonlyMap<string, number>;
  /** Copies found beyond the first. */
  readonly doubled: number;
  /** How many copies redeliveries explain. */
  readonly doublesAllowed: number;
  /** Records found nowhere, as `partition@offset`; at most ten are named. */
  readonly missing: number;
  readonly missingPlaces: readonly string[];
  /** Records whose content or fate is not what was produced, each in words; at most ten. */
  readonly wrong: number;
  readonly wrongPlaces: readonly string[];
  /** Found, but not of this run (an external broker's topic may hold others' records). */
  readonly foreign: number;
  readonly isProven: boolean;
}

/** What was found of a record that was set aside. */
export interface FoundLetter {
  readonly by: 'function' | 'mapping';
  readonly code: string;
  /** Of the value's bytes as produced. */
  readonly digest: bigint;
}

/** What a run says of a consumer whose destination cannot be read. Whatever was delivered again may count again. */
export interface Reported {
  /** Records that the function says it has processed. */
  readonly done: number;
  /** Records that the function, or the mapping's on-failure destination, says were set aside. */
  readonly deadLettered: number;
  /** Records that no filter of the mapping let through. */
  readonly filtered: number;
}

/** An account under way. */
export interface OpenAccount {
  /** A record was found where it belongs, with a document of this digest (0 for none); without one only its place counts. */
  land(partition: number, offset: number, digest?: bigint): void;
  /** A record was found set aside: by the function, which says it can never succeed, or by the mapping, out of attempts. */
  deadLetter(partition: number, offset: number, letter: FoundLetter): void;
  /** Something found contradicts what was produced. */
  contradict(what: string): void;
  /** Sums up; `redelivered` is how many records were delivered more than once, which at-least-once may double. */
  close(redelivered: number): Account;
  /**
   * Sums up a consumer whose destination cannot be read: what was `reported` counts, beside the dead letters that were found.
   * What was delivered again may be reported again, so only too few reports are a finding.
   */
  closeUnread(redelivered: number, reported: Reported): Account;
}

const maxPlaces = 10;

type Sums = Pick<
  Account,
  'landed' | 'deadLettered' | 'filtered' | 'doubled' | 'missing' | 'missingPlaces'
> & {
  readonly redelivered: number;
};

/** Opens the account of `consumer`. */
export function openAccount(consumer: string, produced: Ledger): OpenAccount {
  const landedTimes = new Uint32Array(produced.count);
  const deadTimes = new Uint32Array(produced.count);
  const codes = new Map<string, number>();
  const wrongPlaces: string[] = [];
  let wrong = 0;
  let foreign = 0;
  const contradict = (what: string): void => {
    if (++wrong <= maxPlaces) wrongPlaces.push(what);
  };
  const find = (partition: number, offset: number): LedgerEntry | undefined => {
    const record = produced.find(partition, offset);
    if (record === undefined) foreign++;
    return record;
  };
  const toAccount = ({ redelivered, ...sums }: Sums): Account => ({
    consumer,
    produced: produced.count,
    ...sums,
    deadLettersByCode: codes,
    doublesAllowed: redelivered,
    wrong,
    wrongPlaces,
    foreign,
    isProven: sums.missing === 0 && wrong === 0 && sums.doubled <= redelivered,
  });

  return {
    contradict,
    land(partition, offset, digest) {
      const record = find(partition, offset);
      if (record === undefined) return;
      count(landedTimes, record);
      if (!mayLand(record)) contradict(`${partition}@${offset} is ${record.kind} and landed`);
      if (digest !== undefined && digest !== record.documentDigest) {
        contradict(`${partition}@${offset} landed with other content than was produced`);
      }
    },
    deadLetter(partition, offset, { by, code, digest }) {
      const record = find(partition, offset);
      if (record === undefined) return;
      count(deadTimes, record);
      codes.set(code, (codes.get(code) ?? 0) + 1);
      if (by === 'function' && mustLand(record))
        contradict(`${partition}@${offset} is a good ${record.kind} and was dead-lettered as ${code}`);
      if (digest !== record.valueDigest)
        contradict(`${partition}@${offset} was dead-lettered with other bytes than were produced`);
    },
    close(redelivered) {
      const missingPlaces: string[] = [];
      let [landed, deadLettered, doubled, missing] = [0, 0, 0, 0];
      for (const record of produced) {
        const [land, dead] = [landedTimes[record.sequence] ?? 0, deadTimes[record.sequence] ?? 0];
        if (land > 0) landed++;
        else if (dead > 0) deadLettered++;
        else if (++missing <= maxPlaces) missingPlaces.push(`${record.partition}@${record.offset}`);
        doubled += Math.max(0, land + dead - 1);
      }
      return toAccount({ landed, deadLettered, filtered: 0, doubled, missing, missingPlaces, redelivered });
    },
    closeUnread(redelivered, reported) {
      let missing = produced.count;
      const take = (records: number): number => {
        const taken = Math.min(records, missing);
        missing -= taken;
        return taken;
      };
      const found = deadTimes.filter((times) => times > 0).length;
      const deadLettered = take(Math.max(found, reported.deadLettered));
      const [landed, filtered] = [take(reported.done), take(reported.filtered)];
      const sums = { landed, deadLettered, filtered, doubled: 0, missing, missingPlaces: [], redelivered };
      return toAccount(sums);
    },
  };
}

function count(times: Uint32Array, { sequence }: LedgerEntry): void {
  times[sequence] = (times[sequence] ?? 0) + 1;
}

function mustLand({ kind }: LedgerEntry): boolean {
  return kind === 'order' || kind === 'tombstone';
}

function mayLand({ kind }: LedgerEntry): boolean {
  return kind !== 'undecodable' && kind !== 'over-limit';
}

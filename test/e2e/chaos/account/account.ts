// The account of a chaos run: every record that was written is looked for among the consumer's notes and the dead letters, and
// every commit of the group is compared with them. Pure sums, fed with what is read back, so that a test can show what it finds.
import type { NotedRecord } from '../app/note.ts';
import { expectedDigest, isPoison, keyCount, keyOf } from '../app/record.ts';

/** A note, once it was stored. Times are epoch milliseconds, of this machine's one clock. */
export interface StoredNote {
  readonly startedMs: number;
  readonly storedMs: number;
  readonly records: readonly NotedRecord[];
}

/** A dead letter. */
export interface FoundLetter {
  /** NaN where its value is none of this run's. */
  readonly n: number;
  readonly digest: Buffer;
}

/** A commit of the group, as the broker has it in its log. */
export interface Commit {
  readonly partition: number;
  /** Next offset to process. */
  readonly offset: number;
  readonly atMs: number;
}

/** When something was hit, and when it was back or on its way back. */
export interface Disturbance {
  readonly startMs: number;
  readonly endMs: number;
}

/** What an account is about. */
export interface AccountOptions {
  readonly records: number;
  /** Records from this one on were released when all faults were over and all others committed. */
  readonly calmFrom: number;
  /** By partition, the record at each offset. */
  readonly index: ReadonlyMap<number, Uint32Array>;
  readonly commits: readonly Commit[];
  readonly disturbances: readonly Disturbance[];
}

/** What became of the records. */
export interface ChaosAccount {
  readonly records: number;
  /** Records with a note, each counted once. */
  readonly landed: number;
  /** Records with a dead letter, each counted once. */
  readonly deadLettered: number;
  /** Records with neither: lost. */
  readonly missing: number;
  /** The first of them, at most ten. */
  readonly firstMissing: readonly number[];
  /** Notes and letters of which key, value or headers are not what was written. */
  readonly corrupt: number;
  /** Records that are in the topic a second time, because an acknowledgement was lost. */
  readonly writtenTwice: number;
  /** Notes beyond those that the topic explains. */
  readonly duplicates: number;
  /** Those among them that no fault explains: see `isExplained`. */
  readonly unexplained: number;
  /** Records that were noted for the first time before an earlier one of their key was. */
  readonly outOfOrder: number;
  /** Commits of the group. */
  readonly commits: number;
  /** Those among them that came before a record in front of them was in a note. */
  readonly early: number;
  /** Notes and letters that no record of this run explains: never written, or of the wrong sort. */
  readonly strange: number;
}

/** Takes what is read back, notes in the order of time. */
export interface ChaosLedger {
  readonly note: (note: StoredNote) => void;
  readonly deadLetter: (letter: FoundLetter) => void;
  readonly close: () => ChaosAccount;
}

// How long after a fault is over its records may still come again: a session that has to time out, and a rebalance.
const recoveryMs = 30_000;

/** Opens the account. */
export function openAccount(options: AccountOptions): ChaosLedger {
  const { records, calmFrom, index, commits, disturbances } = options;
  const written = countWritten(records, index);
  const committedMs = findCommitTimes(records, index, commits);
  const storedMs = new Float64Array(records).fill(Infinity);
  const times = new Uint32Array(records);
  const dead = new Uint8Array(records);
  // By key: the highest number that was noted so far.
  const highest = new Float64Array(keyCount).fill(-1);
  let [duplicates, unexplained, outOfOrder, corrupt, strange] = [0, 0, 0, 0, 0];
  const isKnown = (n: number): boolean => Number.isInteger(n) && n >= 0 && n < records;

  /**
   * A record may come again if it had been processed, but its commit not acknowledged, when something was hit: the next session starts
   * in front of it. Nothing comes again in the calm at the end.
   */
  const isExplained = (n: number, startedMs: number): boolean =>
    n < calmFrom &&
    disturbances.some(
      ({ startMs, endMs }) =>
        startMs <= startedMs && startMs <= (committedMs[n] ?? 0) && (storedMs[n] ?? 0) <= endMs + recoveryMs,
    );
  const land = (n: number, note: StoredNote): void => {
    const count = (times[n] ?? 0) + 1;
    times[n] = count;
    if (count > (written[n] ?? 0)) {
      duplicates++;
      // One batch has a record once, whatever was hit.
      const isInNoteTwice = note.records.filter((each) => each.n === n).length > (written[n] ?? 0);
      if (isInNoteTwice || !isExplained(n, note.startedMs)) unexplained++;
    }
    if (count > 1) return;
    storedMs[n] = note.storedMs;
    const key = keyOf(n);
    if (n < (highest[key] ?? -1)) outOfOrder++;
    else highest[key] = n;
  };
  return {
    note(note) {
      for (const { n, digest } of note.records) {
        if (!isKnown(n) || isPoison(n)) strange++;
        else if (digest.equals(expectedDigest(n))) land(n, note);
        else corrupt++;
      }
    },
    deadLetter({ n, digest }) {
      if (!isKnown(n) || !isPoison(n)) strange++;
      else if (digest.equals(expectedDigest(n))) dead[n] = 1;
      else corrupt++;
    },
    close() {
      const all = Array.from({ length: records }, (_, n) => n);
      const missing = all.filter((n) => times[n] === 0 && dead[n] === 0);
      return {
        records,
        landed: all.filter((n) => (times[n] ?? 0) > 0).length,
        deadLettered: all.filter((n) => dead[n] === 1).length,
        missing: missing.length,
        firstMissing: missing.slice(0, 10),
        corrupt,
        writtenTwice: all.reduce((sum, n) => sum + Math.max(0, (written[n] ?? 0) - 1), 0),
        duplicates,
        unexplained,
        outOfOrder,
        commits: commits.length,
        early: countEarly(index, commits, storedMs),
        strange,
      };
    },
  };
}

/** How often each record is in the topic. */
function countWritten(records: number, index: AccountOptions['index']): Uint8Array {
  const written = new Uint8Array(records);
  for (const numbers of index.values()) for (const n of numbers) written[n] = (written[n] ?? 0) + 1;
  return written;
}

/** When each record was committed first, where it is in the topic for the last time; Infinity if it never was. */
function findCommitTimes(
  records: number,
  index: AccountOptions['index'],
  commits: readonly Commit[],
): Float64Array {
  const times = new Float64Array(records).fill(Infinity);
  const next = new Map<number, number>();
  for (const { partition, offset, atMs } of commits) {
    const numbers = index.get(partition);
    const from = next.get(partition) ?? 0;
    for (let at = from; at < offset; at++) times[numbers?.[at] ?? 0] = atMs;
    next.set(partition, Math.max(from, offset));
  }
  return times;
}

/** Commits in front of which a record was not in a note yet; poisonous ones, which have a letter, are left out. */
function countEarly(
  index: AccountOptions['index'],
  commits: readonly Commit[],
  storedMs: Float64Array,
): number {
  const latest = new Map(
    Array.from(index, ([partition, numbers]) => {
      // The latest time up to each offset.
      const sums = new Float64Array(numbers.length);
      let latestMs = 0;
      for (const [offset, n] of numbers.entries()) {
        if (!isPoison(n)) latestMs = Math.max(latestMs, storedMs[n] ?? 0);
        sums[offset] = latestMs;
      }
      return [partition, sums] as const;
    }),
  );
  return commits.filter(({ partition, offset, atMs }) => (latest.get(partition)?.[offset - 1] ?? 0) > atMs)
    .length;
}

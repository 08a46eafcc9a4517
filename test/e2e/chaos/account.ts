// The account of a chaos run: every record that was written is looked for among the consumer's notes and the dead letters.
// Pure sums, fed with what is read back, so that a test can show that it finds what is missing.
import { isPoison, keyCount, keyOf } from './record.ts';

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
  /** Notes beyond the first of a record. */
  readonly duplicates: number;
  /** Records noted for the first time before an earlier one of their key was. */
  readonly outOfOrder: number;
  /** Notes and letters that no record of this run explains: never written, or of the wrong sort. */
  readonly strange: number;
}

/** Takes what is read back, notes in the order of time. */
export interface ChaosLedger {
  readonly land: (numbers: Iterable<number>) => void;
  readonly deadLetter: (n: number) => void;
  readonly close: () => ChaosAccount;
}

/** Opens the account of the records 0 up to, not including, `records`. */
export function openAccount(records: number): ChaosLedger {
  const landed = new Uint8Array(records);
  const dead = new Uint8Array(records);
  // By key: the highest number that was noted so far.
  const highest = new Float64Array(keyCount).fill(-1);
  let [duplicates, outOfOrder, strange] = [0, 0, 0];
  const isKnown = (n: number): boolean => Number.isInteger(n) && n >= 0 && n < records;
  return {
    land(numbers) {
      for (const n of numbers) {
        if (!isKnown(n) || isPoison(n)) strange++;
        else if (landed[n] === 1) duplicates++;
        else {
          landed[n] = 1;
          const key = keyOf(n);
          if (n < (highest[key] ?? -1)) outOfOrder++;
          else highest[key] = n;
        }
      }
    },
    deadLetter(n) {
      if (isKnown(n) && isPoison(n)) dead[n] = 1;
      else strange++;
    },
    close() {
      const firstMissing: number[] = [];
      let [landedCount, deadCount, missing] = [0, 0, 0];
      for (let n = 0; n < records; n++) {
        landedCount += landed[n] ?? 0;
        deadCount += dead[n] ?? 0;
        if (landed[n] === 1 || dead[n] === 1) continue;
        missing++;
        if (firstMissing.length < 10) firstMissing.push(n);
      }
      const counts = { landed: landedCount, deadLettered: deadCount, missing, firstMissing };
      return { records, ...counts, duplicates, outOfOrder, strange };
    },
  };
}

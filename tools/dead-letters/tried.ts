// What `dead-letters try --json` prints: a list with an entry for each record, which `redrive --tried` reads.

/** What would become of a record with the code as it is now. */
export interface Tried {
  readonly id: string;
  readonly place: string;
  /** The code that it failed with before. */
  readonly before: string;
  /** `succeeds`, or why it would not. */
  readonly now: 'succeeds' | 'fails again' | 'dead-lettered again';
  /** The error of an invocation, or the new dead letter's code; null where it succeeds. */
  readonly code: string | null;
}

// What a redrive works with, and what it tells: the documents that `redrive --json` prints.
import type { FailedRecord } from '../failed-record.ts';
import type { DeadLettersOptions } from '../options.ts';
import type { Clients, View } from '../places.ts';

/** What a redrive would do. What `redrive --json` prints without `--yes`. */
export interface PlanReport {
  readonly target: string;
  readonly send: number;
  readonly skip: Readonly<Record<string, number>>;
  /** Of those that are sent: records of which it is not known whether they failed. */
  readonly uncertain: number;
  readonly overtaken: number;
  /** Why overtaken records were not looked for; null when they were. */
  readonly overtakenUnknown: string | null;
  /** Objects and messages that are no dead letters, and are left out: what was asked for may be among them. */
  readonly unreadable: number;
  /** Messages that would be deleted from queues, each after a copy of it is safe. */
  readonly deletesMessages: number;
  /** Accounts of runs that were cut off with some of these records planned: --resume goes on with one. */
  readonly unfinished: readonly string[];
}

/** What a redrive did. What `redrive --yes --json` prints. */
export interface RedriveReport {
  readonly run: string;
  readonly account: string;
  readonly target: string;
  readonly planned: number;
  readonly succeeded: number;
  readonly failedAgain: number;
  readonly skipped: number;
  /** How many were skipped, by why. */
  readonly skip: Readonly<Record<string, number>>;
  /** Planned and not sent, because the run stopped. */
  readonly open: number;
  /** Objects and messages that are no dead letters, and were left out. */
  readonly unreadable: number;
  /** Sent more than once: the run was cut off before it could write down what became of them, or their batch failed as a whole. */
  readonly maybeTwice: number;
  readonly resolvedPlaces: number;
  /** What the destination says: records that arrived, and those that arrived more than once; null for a function. */
  readonly readBack: { readonly arrived: number; readonly twice: number } | null;
  readonly stopped: string | null;
  /** The first reasons why records failed again. */
  readonly reasons: readonly string[];
}

/** What a redrive works with. */
export interface RedriveContext {
  readonly options: DeadLettersOptions;
  readonly clients: Clients;
  readonly view: View;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly onProgress: (text: string) => void;
}

/** The records that were asked for. */
export function toChosen({ chosen }: View): readonly FailedRecord[] {
  return chosen.map(({ failed }) => failed);
}

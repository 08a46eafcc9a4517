// The account of a redrive: an append-only file, a line of JSON for each step. What is under way is written before it is sent, and what
// became of it afterwards, so that a run that was killed goes on from its file and does nothing twice that it knows of.
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DeadLettersError } from '../error.ts';

/** What became of a record. */
export type Outcome = 'succeeded' | 'failed again' | 'skipped';

/** A line of an account. */
export type Entry =
  | {
      readonly step: 'plan';
      readonly run: string;
      readonly at: string;
      readonly target: string;
      readonly ids: readonly string[];
    }
  /** About to be sent. Without an outcome behind it nobody knows whether it arrived. */
  | { readonly step: 'sending'; readonly at: string; readonly ids: readonly string[] }
  | {
      readonly step: 'outcome';
      readonly at: string;
      readonly id: string;
      readonly outcome: Outcome;
      readonly why?: string;
    }
  /** Moved or deleted where it was kept. */
  | { readonly step: 'resolved'; readonly at: string; readonly place: string }
  | { readonly step: 'end'; readonly at: string; readonly why: string };

/** What an account says so far. */
export interface AccountState {
  readonly run: string;
  readonly target: string;
  readonly planned: readonly string[];
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Sent, with no outcome: they may have arrived, and are sent once more. */
  readonly unknown: ReadonlySet<string>;
  readonly resolved: ReadonlySet<string>;
}

/** An account that is written to. */
export interface Account {
  readonly file: string;
  readonly write: (entry: Entry) => void;
  readonly close: () => void;
}

/** Opens an account for appending; makes its folder. @throws {DeadLettersError} `NO_ACCOUNT` */
export function openAccount(file: string, folder: string): Account {
  let descriptor: number;
  try {
    mkdirSync(folder, { recursive: true });
    descriptor = openSync(file, 'a');
  } catch (cause) {
    throw new DeadLettersError(
      'NO_ACCOUNT',
      `the account cannot be written, got ${(cause as Error).message}; choose --account`,
      { cause },
    );
  }
  return {
    file,
    write(entry) {
      writeSync(descriptor, `${JSON.stringify(entry)}\n`);
      // What is about to be sent must be on disk first: the machine may go, too.
      if (entry.step === 'plan' || entry.step === 'sending') fsyncSync(descriptor);
    },
    close: () => closeSync(descriptor),
  };
}

/** Reads an account. @throws {DeadLettersError} `NO_ACCOUNT` */
export function readAccount(file: string): AccountState {
  const entries = readEntries(file);
  const [plan] = entries;
  if (plan?.step !== 'plan')
    throw new DeadLettersError(
      'NO_ACCOUNT',
      `${file} is no account of a redrive, got no plan in its first line`,
    );
  const outcomes = new Map<string, Outcome>();
  const unknown = new Set<string>();
  const resolved = new Set<string>();
  for (const entry of entries) {
    if (entry.step === 'sending') for (const id of entry.ids) unknown.add(id);
    if (entry.step === 'outcome') {
      outcomes.set(entry.id, entry.outcome);
      unknown.delete(entry.id);
    }
    if (entry.step === 'resolved') resolved.add(entry.place);
  }
  return { run: plan.run, target: plan.target, planned: plan.ids, outcomes, unknown, resolved };
}

function readEntries(file: string): readonly Entry[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new DeadLettersError(
      'NO_ACCOUNT',
      `the account cannot be read, got ${(cause as Error).message}; check --resume`,
      { cause },
    );
  }
  const lines = text.split('\n');
  // A run that was killed may have left half a line; what it stood for was not done.
  return lines.flatMap((line, index) => {
    if (line === '') return [];
    try {
      return [JSON.parse(line) as Entry];
    } catch (cause) {
      if (index === lines.length - 1) return [];
      throw new DeadLettersError('NO_ACCOUNT', `${file} is damaged, got no JSON in line ${index + 1}`, {
        cause,
      });
    }
  });
}

/** Ids that any account of the folder says succeeded: what an on-failure topic still holds is not planned again. */
export function readSucceeded(folder: string): ReadonlySet<string> {
  const succeeded = new Set<string>();
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    // No folder, no account.
    return succeeded;
  }
  for (const name of names.filter((each) => each.endsWith('.ndjson')))
    for (const [id, outcome] of readAccount(join(folder, name)).outcomes)
      if (outcome === 'succeeded') succeeded.add(id);
  return succeeded;
}

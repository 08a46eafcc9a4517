// The account of a redrive: an append-only file, a line of JSON for each step. What is under way is written before it is sent, and what
// became of it afterwards, so that a run that was killed goes on from its file and does nothing twice that it knows of.
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  writeSync,
} from 'node:fs';
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
      /** Why some of them are not sent, by id: in the same line, so that no kill comes between. */
      readonly skip: Readonly<Record<string, string>>;
      /** Where topics ended before the first record was sent, by topic and partition; none for a function. */
      readonly ends?: Readonly<Record<string, Readonly<Record<string, number>>>>;
    }
  /** About to be sent. Without an outcome behind it nobody knows whether it arrived. */
  | { readonly step: 'sending'; readonly at: string; readonly ids: readonly string[] }
  /** The target has refused what was about to be sent: none of it arrived. */
  | { readonly step: 'refused'; readonly at: string; readonly ids: readonly string[] }
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
  /** Why records were skipped or failed again, by id. */
  readonly whys: ReadonlyMap<string, string>;
  /** Sent, with no outcome: they may have arrived, and are sent once more. */
  readonly unknown: ReadonlySet<string>;
  /** Sent more than once, for whatever reason. */
  readonly sentAgain: ReadonlySet<string>;
  readonly ends: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Whether a run sent to a topic, where every consumer of it sees the record again. */
export function isToTopic({ target }: Pick<AccountState, 'target'>): boolean {
  return !target.startsWith('function ');
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
    descriptor = openSync(file, 'a+');
    // A line that a kill has cut off would swallow the next one.
    const bytes = readFileSync(file);
    if (bytes.length > 0) ftruncateSync(descriptor, bytes.lastIndexOf(0x0a) + 1);
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
      try {
        writeSync(descriptor, `${JSON.stringify(entry)}\n`);
        // What is about to be sent must be on disk first: the machine may go, too.
        if (entry.step === 'plan' || entry.step === 'sending') fsyncSync(descriptor);
      } catch (cause) {
        throw new DeadLettersError(
          'NO_ACCOUNT',
          `the account ${file} cannot be written, got ${(cause as Error).message}; make room, then go on with --resume`,
          { cause },
        );
      }
    },
    close: () => closeSync(descriptor),
  };
}

/** Reads an account. @throws {DeadLettersError} `NO_ACCOUNT` */
export function readAccount(file: string): AccountState {
  return toState(file, readEntries(file));
}

function toState(file: string, entries: readonly Entry[]): AccountState {
  const [plan] = entries;
  if (plan?.step !== 'plan')
    throw new DeadLettersError(
      'NO_ACCOUNT',
      `${file} is not an account of a redrive, got no plan in its first line`,
    );
  const whys = new Map<string, string>(Object.entries(plan.skip));
  const outcomes = new Map<string, Outcome>([...whys.keys()].map((id) => [id, 'skipped']));
  const unknown = new Set<string>();
  const sendings = new Map<string, number>();
  const count = (id: string, more: number): void => void sendings.set(id, (sendings.get(id) ?? 0) + more);
  for (const entry of entries) {
    if (entry.step === 'sending')
      for (const id of entry.ids) {
        unknown.add(id);
        count(id, 1);
      }
    if (entry.step === 'refused')
      for (const id of entry.ids) {
        unknown.delete(id);
        count(id, -1);
      }
    if (entry.step === 'outcome') {
      outcomes.set(entry.id, entry.outcome);
      if (entry.why !== undefined) whys.set(entry.id, entry.why);
      unknown.delete(entry.id);
    }
  }
  const { run, target, ids: planned, ends = {} } = plan;
  const sentAgain = new Set([...sendings].flatMap(([id, times]) => (times > 1 ? id : [])));
  return { run, target, planned, outcomes, whys, unknown, sentAgain, ends };
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

/** Accounts of a folder. A run that was killed while it wrote its plan has sent nothing, and has none. @throws {DeadLettersError} `NO_ACCOUNT` */
export function readAccounts(folder: string): readonly (AccountState & { readonly file: string })[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    // No folder, no account.
    return [];
  }
  return names
    .filter((each) => each.endsWith('.ndjson'))
    .flatMap((name) => {
      const file = join(folder, name);
      const entries = readEntries(file);
      return entries.length === 0 ? [] : [{ ...toState(file, entries), file }];
    });
}

/** Ids that an account has planned, and that have no outcome. @throws {DeadLettersError} `NO_ACCOUNT` */
export function readUnfinished(file: string): readonly string[] {
  const { planned, outcomes } = readAccount(file);
  return planned.filter((id) => !outcomes.has(id));
}

// The doing of a redrive, from its account on: send what has no outcome yet, read back, mark as resolved.
import { DeadLettersError } from '../error.ts';
import type { FailedRecord } from '../failed-record.ts';
import { locate } from '../originals.ts';
import { readAccount, readAccounts, readUnfinished, type Account, type Outcome } from './account.ts';
import { findDone } from './done.ts';
import { toKeyName } from './plan.ts';
import { openTarget } from './send/find-target.ts';
import { countArrived, findNewLetters, type TopicEnds } from './read-back.ts';
import { toChosen, type RedriveContext, type RedriveReport } from './reports.ts';
import { resolveAll } from './resolve.ts';
import { heldBack, sendAll } from './send/send.ts';
import type { Target } from './send/target.ts';

/** Carries out what an account has planned, and closes it. @throws {DeadLettersError} what was not resolved is where it was */
export async function carryOut(
  run: string,
  account: Account,
  context: RedriveContext,
): Promise<RedriveReport> {
  const { options, clients, view, signal, now } = context;
  let target: Target | undefined;
  try {
    const { ends, target: planned } = readAccount(account.file);
    if (options.target.kind === 'topic') await settleArrived(run, account, context);
    const open = await toOpen(account, context);
    target = await openTarget(run, open, context);
    if (open.length > 0 && target.name !== planned)
      throw new DeadLettersError(
        'NO_TARGET',
        `${account.file} was sent to ${planned}, got ${target.name}, expected the same target; give the same --to`,
      );
    context.onProgress(`sending ${open.length} records to ${target.name}`);
    const sent = await sendAll(open, {
      ...options,
      target,
      account,
      signal,
      now,
      onProgress: ({ succeeded, failedAgain }) =>
        context.onProgress(
          `${succeeded.length + failedAgain.length} of ${open.length} sent, ${failedAgain.length} failed again`,
        ),
    });
    await writeAgain(run, account, context);
    const done = findDone(view.all, [...toChosen(view), ...open], readAccounts(options.accountFolder));
    const copyFile = account.file.replace(/ndjson$/, 'messages.jsonl');
    const resolvedPlaces = options.keeps
      ? 0
      : await resolveAll(done, view.all, {
          clients,
          account,
          copyFile,
          now,
          onProgress: (taken, of) => context.onProgress(`marking ${taken} of ${of} places as resolved`),
        });
    account.write({ step: 'end', at: now().toISOString(), why: sent.stopped ?? 'everything was sent' });
    return {
      ...toCounts(account.file),
      run,
      target: target.name,
      unreadable: context.view.unreadable.length,
      resolvedPlaces,
      readBack: options.target.kind === 'topic' ? await toReadBack(ends, run, context) : null,
      stopped: sent.stopped ?? null,
    };
  } finally {
    account.close();
    await target?.close();
  }
}

// A topic itself says which of the records that were under way have arrived.
async function settleArrived(run: string, account: Account, { clients, now }: RedriveContext): Promise<void> {
  const { unknown, ends } = readAccount(account.file);
  if (unknown.size === 0 || clients.kafka === undefined) return;
  const arrived = await countArrived(clients.kafka, ends, run);
  for (const id of unknown)
    if (arrived.has(toPlaceOf(id)))
      account.write({ step: 'outcome', at: now().toISOString(), id, outcome: 'succeeded' });
}

// An id ends with the record's place in Kafka.
function toPlaceOf(id: string): string {
  return id.slice(id.lastIndexOf('#') + 1);
}

// What is planned and has no outcome; records are found again by their ids, since an account holds no payload.
async function toOpen(
  account: Account,
  { view, clients, now }: RedriveContext,
): Promise<readonly FailedRecord[]> {
  const byId = new Map(view.all.map((each) => [each.id, each]));
  const wanted = readUnfinished(account.file);
  const known = wanted.flatMap((id) => byId.get(id) ?? []);
  if (known.length < wanted.length)
    throw new DeadLettersError(
      'NO_SUCH_PLACE',
      `${wanted.length - known.length} planned records are not where they were, got ${known.length} of ${wanted.length}, expected all; name the same places, or plan anew`,
    );
  const { outcomes } = readAccount(account.file);
  const failedAgain = view.all.filter(({ id }) => outcomes.get(id) === 'failed again');
  const located = await locate([...failedAgain, ...known], clients.kafka);
  const failedKeys = new Set(located.slice(0, failedAgain.length).map(({ failed }) => toKeyName(failed)));
  return located.slice(failedAgain.length).flatMap(({ failed, lost }) => {
    // A run that was killed right after a failure has not written down what waits behind it.
    const why = lost ?? (failedKeys.has(toKeyName(failed)) ? heldBack : undefined);
    if (why === undefined) return failed;
    account.write({ step: 'outcome', at: now().toISOString(), id: failed.id, outcome: 'skipped', why });
    return [];
  });
}

// A function may answer "done" and keep a new dead letter.
async function writeAgain(run: string, account: Account, context: RedriveContext): Promise<void> {
  const { clients, view, now, options } = context;
  if (options.target.kind === 'topic') return;
  const letters = await findNewLetters(clients.s3, view.buckets, { run, known: view.all });
  for (const [id, outcome] of readAccount(account.file).outcomes)
    if (outcome === 'succeeded' && letters.has(toPlaceOf(id)))
      account.write({
        step: 'outcome',
        at: now().toISOString(),
        id,
        outcome: 'failed again',
        why: 'dead-lettered again',
      });
}

async function toReadBack(
  before: TopicEnds,
  run: string,
  { clients }: RedriveContext,
): Promise<RedriveReport['readBack']> {
  const { kafka } = clients;
  if (kafka === undefined) return null;
  const arrived = await countArrived(kafka, before, run);
  return { arrived: arrived.size, twice: [...arrived.values()].filter((count) => count > 1).length };
}

function toCounts(
  file: string,
): Omit<RedriveReport, 'run' | 'target' | 'unreadable' | 'resolvedPlaces' | 'readBack' | 'stopped'> {
  const { planned, outcomes, whys, sentAgain } = readAccount(file);
  const byWhy = (outcome: Outcome): Map<string, readonly string[]> =>
    Map.groupBy(
      planned.filter((id) => outcomes.get(id) === outcome),
      (id) => whys.get(id) ?? '',
    );
  const count = (outcome: Outcome): number =>
    [...outcomes.values()].filter((each) => each === outcome).length;
  return {
    account: file,
    planned: planned.length,
    succeeded: count('succeeded'),
    failedAgain: count('failed again'),
    skipped: count('skipped'),
    skip: Object.fromEntries([...byWhy('skipped')].map(([why, { length }]) => [why, length])),
    reasons: [...byWhy('failed again').keys()].slice(0, 5),
    open: planned.filter((id) => !outcomes.has(id)).length,
    maybeTwice: sentAgain.size,
  };
}

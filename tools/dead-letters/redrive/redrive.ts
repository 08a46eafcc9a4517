// `dead-letters redrive`: plan, send, read back, mark as resolved; or go on where a run was cut off.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DeadLettersError } from '../error.ts';
import { toPlaceName, type FailedRecord } from '../failed-record.ts';
import type { DeadLettersOptions } from '../options.ts';
import { findOvertaken, locate } from '../originals.ts';
import type { Clients, View } from '../places.ts';
import {
  openAccount,
  readAccount,
  readSucceeded,
  type Account,
  type AccountState,
  type Outcome,
} from './account.ts';
import { countPlan, toPlan, type Planned } from './plan.ts';
import { countArrived, findNewLetters, readEnds, type TopicEnds } from './read-back.ts';
import { resolveAll } from './resolve.ts';
import { sendAll, type Sent } from './send.ts';
import { createFunctionTarget, createTopicTarget, type Target } from './target.ts';

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
  /** Messages that would be deleted from queues, each after a copy of it is safe. */
  readonly deletesMessages: number;
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
  /** Planned and not sent, because the run stopped. */
  readonly open: number;
  /** Sent more than once: an earlier run was cut off before it could write down what became of them. */
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

/** Plans; sends nothing. @throws {DeadLettersError} */
export async function plan(
  context: RedriveContext,
): Promise<{ readonly plan: readonly Planned[]; readonly report: PlanReport }> {
  const { options, clients, view } = context;
  const overtaken = await findOvertaken(
    view.chosen.map(({ failed }) => failed),
    clients.kafka,
  );
  const succeeded = readSucceeded(options.accountFolder);
  const planned = toPlan(view.chosen, overtaken, { ...options, succeeded });
  const { send, skip } = countPlan(planned);
  const messages = planned.flatMap(({ failed, skip: why }) =>
    failed.place.kind === 'message' && why === undefined ? [failed.place.messageId] : [],
  );
  const report = {
    target: toTargetName(context, planned),
    send,
    skip: Object.fromEntries(skip),
    uncertain: planned.filter(({ failed, skip: why }) => why === undefined && !failed.isCertain).length,
    overtaken: planned.filter(({ isOvertaken }) => isOvertaken).length,
    overtakenUnknown: overtaken.unknown ?? null,
    deletesMessages: options.keeps ? 0 : new Set(messages).size,
  };
  return { plan: planned, report };
}

/** Does what was planned. @throws {DeadLettersError} nothing is lost: what was not resolved is where it was */
export async function redrive(planned: readonly Planned[], context: RedriveContext): Promise<RedriveReport> {
  const { options, now } = context;
  const run = `${now().toISOString().replaceAll(/[:.]/g, '-')}-${randomUUID().slice(0, 8)}`;
  const account = openAccount(join(options.accountFolder, `${run}.ndjson`), options.accountFolder);
  const target = toTargetName(context, planned);
  account.write({
    step: 'plan',
    run,
    at: now().toISOString(),
    target,
    ids: planned.map(({ failed }) => failed.id),
  });
  for (const { failed, skip } of planned)
    if (skip !== undefined)
      account.write({
        step: 'outcome',
        at: now().toISOString(),
        id: failed.id,
        outcome: 'skipped',
        why: skip,
      });
  return await carryOut(run, account, context);
}

/** Goes on with an account that was cut off. @throws {DeadLettersError} `NO_ACCOUNT` */
export async function resume(file: string, context: RedriveContext): Promise<RedriveReport> {
  const { run } = readAccount(file);
  return await carryOut(run, openAccount(file, context.options.accountFolder), context);
}

async function carryOut(run: string, account: Account, context: RedriveContext): Promise<RedriveReport> {
  const { options, clients, view, signal, now } = context;
  const state = readAccount(account.file);
  const startedMs = now().getTime();
  const open = await toOpen(state, context);
  const target = await openTarget(run, open, context);
  try {
    const before = options.target.kind === 'topic' ? await toEnds(context) : undefined;
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
    const again =
      before === undefined ? await findAgain(sent, startedMs, { account, context }) : new Set<string>();
    const succeeded = new Set(
      [...toSucceeded(state), ...sent.succeeded.map(({ id }) => id)].filter((id) => !again.has(id)),
    );
    const done = new Set([...succeeded, ...readSucceeded(options.accountFolder)]);
    const copyFile = account.file.replace(/ndjson$/, 'messages.jsonl');
    const resolvedPlaces = options.keeps
      ? 0
      : await resolveAll(done, view.all, { clients, account, copyFile, now });
    account.write({ step: 'end', at: now().toISOString(), why: sent.stopped ?? 'everything was sent' });
    const readBack = before === undefined ? null : await toReadBack(before, run, context);
    return {
      ...toCounts(account.file),
      run,
      target: target.name,
      maybeTwice: state.unknown.size,
      resolvedPlaces,
      readBack,
      stopped: sent.stopped ?? null,
      reasons: toReasons(sent),
    };
  } finally {
    account.close();
    await target.close();
  }
}

// What is planned and has no outcome; records are found again by their ids, since an account holds no payload.
async function toOpen(
  state: AccountState,
  { view, clients }: RedriveContext,
): Promise<readonly FailedRecord[]> {
  const byId = new Map(view.all.map((each) => [each.id, each]));
  const wanted = state.planned.filter((id) => !state.outcomes.has(id));
  const known = wanted.flatMap((id) => byId.get(id) ?? []);
  const located = await locate(known, clients.kafka);
  const lost = located.filter((each) => each.lost !== undefined);
  if (known.length < wanted.length || lost.length > 0)
    throw new DeadLettersError(
      'NO_SUCH_PLACE',
      `${wanted.length - known.length + lost.length} planned records are no longer where they were, expected all of them; name the same places, or plan anew`,
    );
  return located.map(({ failed }) => failed);
}

function toSucceeded({ outcomes }: AccountState): readonly string[] {
  return [...outcomes].flatMap(([id, outcome]) => (outcome === 'succeeded' ? id : []));
}

async function findAgain(
  sent: Sent,
  startedMs: number,
  { account, context }: { readonly account: Account; readonly context: RedriveContext },
): Promise<ReadonlySet<string>> {
  const { clients, view, now } = context;
  const letters = await findNewLetters(clients.s3, view.buckets, startedMs);
  const again = sent.succeeded.filter((each) => letters.has(toPlaceName(each)));
  for (const { id } of again)
    account.write({
      step: 'outcome',
      at: now().toISOString(),
      id,
      outcome: 'failed again',
      why: 'dead-lettered again',
    });
  return new Set(again.map(({ id }) => id));
}

async function toEnds({ options, view, clients }: RedriveContext): Promise<TopicEnds> {
  const { kafka } = clients;
  if (kafka === undefined) return new Map();
  const topics =
    options.target.name === undefined ? view.chosen.map(({ failed }) => failed.topic) : [options.target.name];
  return await readEnds(kafka, [...new Set(topics)]);
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
): Pick<RedriveReport, 'account' | 'planned' | 'succeeded' | 'failedAgain' | 'skipped' | 'open'> {
  const { planned, outcomes } = readAccount(file);
  const count = (outcome: Outcome): number =>
    [...outcomes.values()].filter((each) => each === outcome).length;
  return {
    account: file,
    planned: planned.length,
    succeeded: count('succeeded'),
    failedAgain: count('failed again'),
    skipped: count('skipped'),
    open: planned.filter((id) => !outcomes.has(id)).length,
  };
}

function toReasons({ failedAgain }: Sent): readonly string[] {
  return [...new Set(failedAgain.map(({ why }) => why))].slice(0, 5);
}

function toTargetName({ options, view }: RedriveContext, planned: readonly Planned[]): string {
  const { kind, name } = options.target;
  if (kind === 'topic') return name === undefined ? "each record's own topic" : `topic ${name}`;
  return `function ${
    name ??
    findFunction(
      view,
      planned.map(({ failed }) => failed),
    )
  }`;
}

async function openTarget(
  run: string,
  open: readonly FailedRecord[],
  { options, clients, view }: RedriveContext,
): Promise<Target> {
  const { kind, name } = options.target;
  if (kind === 'function') return createFunctionTarget(name ?? findFunction(view, open), run);
  if (clients.kafka === undefined)
    throw new DeadLettersError('NO_TARGET', 'a topic cannot be written to, got no --brokers');
  return await createTopicTarget(clients.kafka, name, run);
}

// A letter names its consumer, whose function a stack knows; a mapping's document names the function.
function findFunction({ stack }: View, records: readonly FailedRecord[]): string {
  const names = new Set(
    records.map(({ consumer, place }) =>
      place.kind === 'letter' ? stack?.functions.get(consumer) : consumer,
    ),
  );
  const [name] = names;
  if (names.size === 1 && name !== undefined) return name;
  if (names.size === 0) return 'of nothing';
  throw new DeadLettersError(
    'NO_TARGET',
    `no one function to send to, got records of ${names.size} consumers or of one that no stack knows, expected one; say --to function=NAME and --consumer NAME`,
  );
}

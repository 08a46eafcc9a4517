// `dead-letters redrive`: plan, send, read back, mark as resolved; or go on where a run was cut off.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openAccount, readAccount, readAccounts } from './account.ts';
import { carryOut } from './carry-out.ts';
import { findDone } from './done.ts';
import { toTargetName } from './send/find-target.ts';
import { findOvertaken } from './overtaken.ts';
import { countPlan, toPlan, type Planned } from './plan.ts';
import { readEnds, type TopicEnds } from './read-back.ts';
import { toChosen, type PlanReport, type RedriveContext, type RedriveReport } from './reports.ts';

/** Plans; sends nothing. @throws {DeadLettersError} */
export async function plan(
  context: RedriveContext,
): Promise<{ readonly plan: readonly Planned[]; readonly report: PlanReport }> {
  const { options, clients, view } = context;
  const accounts = readAccounts(options.accountFolder);
  const succeeded = findDone(view.all, toChosen(view), accounts);
  // A record that was sent again with success counts as processed, although its place still holds it.
  const open = view.all.filter(({ id }) => !succeeded.has(id));
  const overtaken = await findOvertaken(toChosen(view), open, clients.kafka);
  const planned = toPlan(view.chosen, overtaken, { ...options, succeeded });
  const { send, skip } = countPlan(planned);
  const chosenIds = new Set(toChosen(view).map(({ id }) => id));
  const messages = planned.flatMap(({ failed, skip: why }) =>
    failed.place.kind === 'message' && why === undefined ? [failed.place.messageId] : [],
  );
  const report = {
    target: toTargetName(
      context,
      open.filter((each) => chosenIds.has(each.id)),
    ),
    send,
    skip: Object.fromEntries(skip),
    uncertain: planned.filter(({ failed, skip: why }) => why === undefined && !failed.isCertain).length,
    overtaken: planned.filter(({ isOvertaken }) => isOvertaken).length,
    overtakenUnknown: overtaken.unknown ?? null,
    unreadable: view.unreadable.length,
    deletesMessages: options.keeps ? 0 : new Set(messages).size,
    unfinished: findUnfinished(accounts, planned),
  };
  return { plan: planned, report };
}

function findUnfinished(
  accounts: ReturnType<typeof readAccounts>,
  planned: readonly Planned[],
): readonly string[] {
  const ids = new Set(planned.flatMap(({ failed, skip }) => (skip === undefined ? failed.id : [])));
  return accounts.filter(({ unknown }) => [...unknown].some((id) => ids.has(id))).map(({ file }) => file);
}

/** Does what was planned. @throws {DeadLettersError} nothing is lost: what was not resolved is where it was */
export async function redrive(planned: readonly Planned[], context: RedriveContext): Promise<RedriveReport> {
  const { options, now } = context;
  const run = `${now().toISOString().replaceAll(/[:.]/g, '-')}-${randomUUID().slice(0, 8)}`;
  const target = toTargetName(
    context,
    planned.flatMap(({ failed, skip }) => (skip === undefined ? failed : [])),
  );
  const ends = options.target.kind === 'topic' ? await toEnds(context) : undefined;
  const account = openAccount(join(options.accountFolder, `${run}.ndjson`), options.accountFolder);
  account.write({
    step: 'plan',
    run,
    at: now().toISOString(),
    target,
    ids: planned.map(({ failed }) => failed.id),
    skip: Object.fromEntries(
      planned.flatMap(({ failed, skip }) => (skip === undefined ? [] : [[failed.id, skip]])),
    ),
    ...(ends && { ends }),
  });
  return await carryOut(run, account, context);
}

/** Goes on with an account that was cut off. @throws {DeadLettersError} `NO_ACCOUNT`, `NO_TARGET` when it had another target */
export async function resume(file: string, context: RedriveContext): Promise<RedriveReport> {
  const { run } = readAccount(file);
  return await carryOut(run, openAccount(file, context.options.accountFolder), context);
}

async function toEnds({ options, view, clients }: RedriveContext): Promise<TopicEnds> {
  const { kafka } = clients;
  if (kafka === undefined) return {};
  const topics =
    options.target.name === undefined ? view.chosen.map(({ failed }) => failed.topic) : [options.target.name];
  return await readEnds(kafka, [...new Set(topics)]);
}

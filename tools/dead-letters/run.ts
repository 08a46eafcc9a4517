// Runs one action on dead letters: reads the places, does it, prints, and lets go of everything.
import type { CommandIo } from '../command.ts';
import { toPrintable } from '../terminal/printable.ts';
import { createLive } from '../terminal/live.ts';
import { createStyle } from '../terminal/style.ts';
import { toCount } from '../terminal/table.ts';
import { wrap } from '../terminal/wrap.ts';
import { toListLines, toListReport } from './list.ts';
import { toChoiceLines, toShowLines, toShowReport } from './show.ts';
import type { DeadLettersOptions } from './options.ts';
import type { Located } from './originals.ts';
import { createClients, readPlaces, type Clients, type View } from './places.ts';
import { readAccounts } from './redrive/account.ts';
import { findDone } from './redrive/done.ts';
import { plan, redrive, resume } from './redrive/redrive.ts';
import { hasLost, toPlanLines, toRedriveLines } from './redrive/report-lines.ts';
import type { RedriveContext, RedriveReport } from './redrive/reports.ts';
import { takeTurn } from './redrive/turn.ts';
import { toTriedLines, tryRecords, withBytes } from './try.ts';

/** Does what is asked for and gives the exit code. @throws {DeadLettersError} @throws {BrokerError} */
export async function run(options: DeadLettersOptions, io: CommandIo): Promise<number> {
  await using parts = new AsyncDisposableStack();
  const sends = options.action === 'redrive' && (options.says === 'yes' || options.resume !== undefined);
  if (sends) parts.defer(await takeTurn(options.accountFolder));
  const clients = createClients(options);
  parts.defer(async () => clients.close());
  const view = await readPlaces(options, clients);
  parts.defer(view.release);
  warnOfUnreadable(view, io);
  switch (options.action) {
    case 'list':
      return list(view, options, io);
    case 'show':
      return show(view, options, io);
    case 'try':
      return await tryAll(view, options, io);
    case 'redrive':
      return await redriveAll(view, { options, io, clients });
  }
}

const mostNamed = 5;

function warnOfUnreadable({ unreadable }: View, { stderr }: CommandIo): void {
  const count = unreadable.length;
  const rest = count > mostNamed ? [`and ${toCount(count - mostNamed)} more that are no dead letters`] : [];
  for (const problem of [...unreadable.slice(0, mostNamed), ...rest])
    stderr.write(`tailrace: left out: ${toPrintable(problem)}\n`);
}

// A record of a queue's message or of an on-failure topic stays there when it is done; accounts say so.
function splitDone(
  { all, chosen }: View,
  { accountFolder }: DeadLettersOptions,
): { readonly open: readonly Located[]; readonly done: number } {
  const done = findDone(
    all,
    chosen.map(({ failed }) => failed),
    readAccounts(accountFolder),
  );
  const open = chosen.filter(({ failed }) => !done.has(failed.id));
  return { open, done: chosen.length - open.length };
}

function list(view: View, options: DeadLettersOptions, io: CommandIo): number {
  const { open, done } = splitDone(view, options);
  const report = { ...toListReport(open, options), done, unreadable: view.unreadable.length };
  print(io, options, report, () => toListLines(report, { nowMs: Date.now(), style: createStyle(io.stdout) }));
  return 0;
}

function show(view: View, options: DeadLettersOptions, io: CommandIo): number {
  const payload = options.showsPayload && io.stdout.isTTY && !options.json;
  if (options.showsPayload && !payload)
    io.stderr.write('tailrace: --payload shows values on a terminal only, so that no log ever holds one\n');
  const { chosen } = view;
  if (chosen.length === 0 && !options.json) {
    io.stderr.write('tailrace: no such dead letter; see tailrace dead-letters list\n');
    return 1;
  }
  const isNamed = options.filter.records.length > 0 || chosen.length === 1;
  print(io, options, chosen.map(toShowReport), () =>
    isNamed
      ? chosen.flatMap((each, index) => [...(index === 0 ? [] : ['']), ...toShowLines(each, { payload })])
      : toChoiceLines(chosen, { nowMs: Date.now() }),
  );
  return chosen.length === 0 ? 1 : 0;
}

async function tryAll(view: View, options: DeadLettersOptions, io: CommandIo): Promise<number> {
  const { open } = splitDone(view, options);
  const records = withBytes(open.map(({ failed }) => failed)).slice(0, options.most);
  const screen = options.json ? io.stderr : io.stdout;
  let row = 'preparing the function';
  const live = createLive(screen, () => [row]);
  try {
    const tried = await tryRecords(records, options, {
      signal: io.signal,
      onProgress: (count) => (row = `${toCount(count)} of ${toCount(records.length)} records tried`),
    });
    live.close();
    print(io, options, tried, () => toTriedLines(tried));
    return tried.every(({ now }) => now === 'succeeds') ? 0 : 1;
  } finally {
    live.close();
  }
}

async function redriveAll(
  view: View,
  {
    options,
    io,
    clients,
  }: { readonly options: DeadLettersOptions; readonly io: CommandIo; readonly clients: Clients },
): Promise<number> {
  const screen = options.json ? io.stderr : io.stdout;
  let row = 'planning';
  const live = createLive(screen, () => [row]);
  const context: RedriveContext = {
    options,
    clients,
    view,
    signal: io.signal,
    now: () => new Date(),
    onProgress: (text) => (row = text),
  };
  try {
    if (options.resume !== undefined) return finish(await resume(options.resume, context));
    const { plan: planned, report } = await plan(context);
    if (options.says === 'plan' || report.send === 0) {
      live.close();
      print(io, options, report, () => toPlanLines(report, options));
      return options.says === 'yes' && (hasLost(report) || report.unreadable > 0) ? 1 : 0;
    }
    return finish(await redrive(planned, context));
  } finally {
    live.close();
  }

  function finish(report: RedriveReport): number {
    live.close();
    print(io, options, report, () => toRedriveLines(report));
    if (io.signal.aborted) return 130;
    const isDoubled = (report.readBack?.twice ?? 0) > report.maybeTwice;
    const isWhole = report.open === 0 && report.unreadable === 0 && !hasLost(report);
    return report.failedAgain === 0 && isWhole && !isDoubled ? 0 : 1;
  }
}

function print(
  io: CommandIo,
  { json }: DeadLettersOptions,
  report: unknown,
  toLines: () => readonly string[],
): void {
  // A terminal that nobody has told its size says 0.
  const columns = io.stdout.isTTY && io.stdout.columns > 0 ? io.stdout.columns : 80;
  const text = json
    ? JSON.stringify(report, undefined, 2)
    : toLines()
        .flatMap((line) => wrap(toPrintable(line), columns))
        .join('\n');
  io.stdout.write(`${text}\n`);
}

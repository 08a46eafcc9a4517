// Runs one action on dead letters: reads the places, does it, prints, and lets go of everything.
import type { CommandIo } from '../command.ts';
import { toPrintable } from '../terminal/printable.ts';
import { createLive } from '../terminal/live.ts';
import { createStyle } from '../terminal/style.ts';
import { toCount } from '../terminal/table.ts';
import { wrap } from '../terminal/wrap.ts';
import { toListLines, toListReport, toShowLines, toShowReport } from './list.ts';
import type { DeadLettersOptions } from './options.ts';
import { createClients, readPlaces, type Clients, type View } from './places.ts';
import {
  plan,
  redrive,
  resume,
  type PlanReport,
  type RedriveContext,
  type RedriveReport,
} from './redrive/redrive.ts';
import { toTriedLines, tryRecords, withBytes } from './try.ts';

/** Does what is asked for and gives the exit code. @throws {DeadLettersError} @throws {BrokerError} */
export async function run(options: DeadLettersOptions, io: CommandIo): Promise<number> {
  await using parts = new AsyncDisposableStack();
  const clients = createClients(options);
  parts.defer(async () => clients.close());
  const view = await readPlaces(options, clients);
  parts.defer(view.release);
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

function list(view: View, options: DeadLettersOptions, io: CommandIo): number {
  const report = toListReport(view.chosen, options);
  print(io, options, report, () => toListLines(report, { nowMs: Date.now(), style: createStyle(io.stdout) }));
  return 0;
}

function show(view: View, options: DeadLettersOptions, io: CommandIo): number {
  const payload = options.showsPayload && io.stdout.isTTY && !options.json;
  if (options.showsPayload && !payload)
    io.stderr.write('tailrace: --payload shows values on a terminal only, so that no log ever holds one\n');
  print(io, options, view.chosen.map(toShowReport), () =>
    view.chosen.flatMap((each, index) => [...(index === 0 ? [] : ['']), ...toShowLines(each, { payload })]),
  );
  if (view.chosen.length > 0) return 0;
  io.stderr.write(
    `tailrace: no dead letter at ${options.filter.records.join(', ')}; see tailrace dead-letters list\n`,
  );
  return 1;
}

async function tryAll(view: View, options: DeadLettersOptions, io: CommandIo): Promise<number> {
  const records = withBytes(view.chosen.map(({ failed }) => failed)).slice(0, options.most);
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
      return 0;
    }
    return finish(await redrive(planned, context));
  } finally {
    live.close();
  }

  function finish(report: RedriveReport): number {
    live.close();
    print(io, options, report, () => toRedriveLines(report));
    if (io.signal.aborted) return 130;
    return report.failedAgain > 0 || report.open > 0 || (report.readBack?.twice ?? 0) > report.maybeTwice
      ? 1
      : 0;
  }
}

function toPlanLines(report: PlanReport, { says }: DeadLettersOptions): readonly string[] {
  const skipped = Object.entries(report.skip).map(([why, count]) => `  ${toCount(count)} not: ${why}`);
  return [
    `plan: ${toCount(report.send)} records to ${report.target}, each key in the order of its offsets`,
    ...skipped,
    ...(report.uncertain === 0
      ? []
      : [
          `${toCount(report.uncertain)} of them may not have failed: their document names a range of offsets`,
        ]),
    ...(report.overtakenUnknown === null
      ? []
      : [`later records of the same keys were not looked for: ${report.overtakenUnknown}`]),
    ...(report.deletesMessages === 0
      ? []
      : [
          `${toCount(report.deletesMessages)} messages are deleted from their queue once all their records succeed; --keep leaves them`,
        ]),
    ...(report.send > 0 && says === 'plan' ? ['nothing was sent; do it with --yes'] : []),
    ...(report.send === 0 ? ['nothing to send'] : []),
  ];
}

function toRedriveLines(report: RedriveReport): readonly string[] {
  const { planned, succeeded, failedAgain, skipped, open, readBack } = report;
  return [
    `planned ${toCount(planned)} = succeeded ${toCount(succeeded)} + failed again ${toCount(failedAgain)} + skipped ${toCount(skipped)}` +
      (open === 0 ? '' : ` + not sent ${toCount(open)}`),
    ...(readBack === null
      ? []
      : [
          `read back: ${toCount(readBack.arrived)} of this run's records are in the topic, ${toCount(readBack.twice)} of them twice`,
        ]),
    ...(report.maybeTwice === 0
      ? []
      : [
          `${toCount(report.maybeTwice)} records were under way when an earlier run was cut off; they were sent once more`,
        ]),
    ...report.reasons.map((reason) => `failed again: ${reason}`),
    `${toCount(report.resolvedPlaces)} letters and messages are marked resolved`,
    ...(report.stopped === null ? [] : [`stopped: ${report.stopped}; go on with --resume ${report.account}`]),
    `account: ${report.account}`,
  ];
}

function print(
  io: CommandIo,
  { json }: DeadLettersOptions,
  report: unknown,
  toLines: () => readonly string[],
): void {
  // A terminal that nobody has told its size says 0.
  const columns = io.stdout.isTTY && io.stdout.columns > 0 ? io.stdout.columns : 100;
  const text = json
    ? JSON.stringify(report, undefined, 2)
    : toLines()
        .flatMap((line) => wrap(toPrintable(line), columns))
        .join('\n');
  io.stdout.write(`${text}\n`);
}

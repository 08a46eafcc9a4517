// A soak from start to end: endpoints and function up, the soak, the verdict, the holder where there is one to find, and
// the report. Owns what is started and takes it down again.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startAwsEndpoints } from '../aws/endpoints.ts';
import type { CommandIo } from '../command.ts';
import { toPrintable } from '../terminal/printable.ts';
import { createLive } from '../terminal/live.ts';
import { createStyle } from '../terminal/style.ts';
import { makeReportFolder, toReportFolder } from '../project/report-folder.ts';
import { toPicture } from './report/picture.ts';
import { findHolders, type HolderSearch, type HolderSearchOptions } from './holders/holder-search.ts';
import type { SoakOptions } from './options.ts';
import { toProgressRows, toReport, toReportLines, type SoakReport } from './report/report.ts';
import { chooseSource } from './workload/records.ts';
import { runSoak, type SoakRecord } from './soak.ts';
import { prepareSubject } from './target/soak-target.ts';
import { judgeSoak } from './trend/verdict.ts';
import { createWorkload, seedRecords, type WorkloadOptions } from './workload/workload.ts';

/** Runs a soak and gives its exit code. @throws {SoakError} @throws SynthError, LocalError, AwsResourceError */
export async function run(options: SoakOptions, io: CommandIo): Promise<number> {
  await using parts = new AsyncDisposableStack();
  parts.defer(await makeReportFolder(toReportFolder('soak', options)));
  const endpoints = await startAwsEndpoints();
  parts.defer(async () => await endpoints.close());
  const subject = await prepareSubject(options, endpoints, io.signal);
  parts.defer(subject.close);
  const source = await chooseSource(options, subject);
  const { envelope, batchSize } = subject;
  const { concurrency } = options;
  const recordsPerBatch = options.recordsPerBatch ?? batchSize;
  const workload: WorkloadOptions = { ...options, source, envelope, recordsPerBatch };
  const total = options.records ?? (options.traffic === undefined ? seedRecords : undefined);
  const every = options.every ?? toEvery(total, workload.recordsPerBatch);

  let soFar: SoakRecord | undefined;
  const startedMs = Date.now();
  const { fn } = subject;
  const screen = options.json ? io.stderr : io.stdout;
  const rows = (): readonly string[] =>
    toProgressRows(soFar, { total, memoryMb: fn.memoryMb, elapsedMs: Date.now() - startedMs });
  const live = createLive(screen, screen.isTTY ? rows : seldom(rows));
  io.signal.addEventListener('abort', () => live.close());
  parts.defer(async () => live.close());
  const style = createStyle(screen);
  // Metrics say what the log line before them says, for CloudWatch.
  const onLog = (line: string): void => (line.startsWith('{"_aws"') ? undefined : live.line(style.dim(line)));
  const record = await runSoak({
    fn,
    endpoints,
    signal: io.signal,
    every,
    workload: createWorkload(workload),
    concurrency,
    onProgress: (now) => (soFar = now),
    onNotice: (message) => live.line(message),
    ...(options.showsLogs ? { onLog } : {}),
  });
  const verdict = judgeSoak(record, fn.memoryMb, options);
  live.close();
  const search =
    verdict.isSuspect && options.findsHolder
      ? await lookForHolder(screen, {
          fn,
          endpoints,
          signal: io.signal,
          createEvents: () => createWorkload(workload),
          concurrency,
          invocations: record.invocations,
          growthBytes: verdict.trend?.kind === 'growing' ? verdict.trend.slope : undefined,
        })
      : { holders: [], problem: null };
  const report = toReport({
    options,
    fn,
    record,
    verdict,
    search,
    every,
    durationMs: Date.now() - startedMs,
  });
  const folder = await writeReport(options, report);
  if (options.json) io.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  else io.stdout.write(`${toPrintable(toPage(report, folder, io.stdout).join('\n'))}\n`);
  return report.exitCode;
}

// About 200 floors show any trend; each costs 20 ms and more, and a process that is collected too often is not itself.
// A short soak is measured more often, or it would have too few floors for a verdict.
function toEvery(records: number | undefined, recordsPerBatch: number): number {
  if (records === undefined) return 4;
  const invocations = records / recordsPerBatch;
  const least = Math.min(4, Math.max(1, Math.floor(invocations / 12)));
  return Math.max(least, Math.round(invocations / 200));
}

function toPage(report: SoakReport, folder: string, stdout: NodeJS.WriteStream): readonly string[] {
  // A terminal that nobody has told its size says 0.
  const columns = stdout.isTTY && stdout.columns > 0 ? stdout.columns : Infinity;
  return toReportLines(report, { folder, style: createStyle(stdout), columns });
}

async function lookForHolder(
  screen: NodeJS.WriteStream,
  options: HolderSearchOptions,
): Promise<HolderSearch> {
  let row = 'looking for the holder';
  const live = screen.isTTY ? createLive(screen, () => [row]) : undefined;
  const clear = (): void => live?.close();
  options.signal.addEventListener('abort', clear);
  try {
    return await findHolders({
      ...options,
      onProgress(step) {
        row = `looking for the holder: ${step}`;
        if (live === undefined) screen.write(`${row}\n`);
      },
    });
  } finally {
    clear();
  }
}

// A log need not tell every two seconds what a terminal draws over.
function seldom(rows: () => readonly string[]): () => readonly string[] {
  let [lastMs, last] = [Number.NEGATIVE_INFINITY, rows()];
  return () => {
    if (Date.now() - lastMs < 20_000) return last;
    [lastMs, last] = [Date.now(), rows()];
    return last;
  };
}

async function writeReport(options: SoakOptions, report: SoakReport): Promise<string> {
  const folder = toReportFolder('soak', options);
  await writeFile(join(folder, 'floor.svg'), toPicture(report));
  await writeFile(join(folder, 'soak.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  return folder;
}

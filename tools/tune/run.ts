// A tuning from start to end: endpoints and function up, the sweep, the look for growth, the report. Owns what is started and takes it
// down again.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConsumerDefinition } from '../../lib/definition/define-consumer.ts';
import { startAwsEndpoints } from '../aws/endpoints.ts';
import type { CommandIo } from '../command.ts';
import { canCapCpu } from '../local/sandbox/memory/memory-cap.ts';
import { makeReportFolder, toReportFolder } from '../project/report-folder.ts';
import { readDefinition } from '../project/definition.ts';
import { findProject } from '../run/synth.ts';
import { chooseSource, type RecordSource } from '../soak/workload/records.ts';
import { prepareSubject, type Subject } from '../soak/target/soak-target.ts';
import type { LambdaFunction } from '../template/topology.ts';
import { createStyle } from '../terminal/style.ts';
import { judge, recommend, type Candidate, type Judged, type Requirements } from './sweep/candidate.ts';
import { checkProfile } from './check.ts';
import { TuneError } from './error.ts';
import { createSeriesEvents, type EventsOptions } from './events/events.ts';
import { findGrowth } from './growth.ts';
import { memoryFile, writeProfile } from './memory-file.ts';
import type { TuneOptions } from './options.ts';
import { toPage } from './report/page.ts';
import { createProgress } from './report/progress.ts';
import { fromRecommendation, toReportLines, type TuneReport } from './report/report.ts';
import { sweep, type HeaviestPeak, type Smallest } from './sweep/sweep.ts';
import { startSlowEndpoints } from './sweep/slow-endpoints.ts';
import type { Tuning } from './tuning.ts';

/** Runs a tuning and gives its exit code. @throws {TuneError} @throws {SoakError} @throws SynthError, LocalError, AwsResourceError */
export async function run(options: TuneOptions, io: CommandIo): Promise<number> {
  await using parts = new AsyncDisposableStack();
  if (!options.checks) parts.defer(await makeReportFolder(toReportFolder('tune', options)));
  const hasDefinition = options.entry === undefined && options.cdkOut === undefined;
  const { definition, folder } = hasDefinition
    ? await readDefinition(findProject(), options.consumer)
    : { definition: undefined, folder: undefined };
  const fast = await startAwsEndpoints();
  parts.defer(async () => await fast.close());
  const subject = await prepareSubject(toSubjectOptions(options), fast, io.signal);
  parts.defer(subject.close);
  const { handlerLatencyMs } = options;
  const endpoints = handlerLatencyMs === 0 ? fast : await startSlowEndpoints(fast, handlerLatencyMs);
  if (endpoints !== fast) parts.defer(async () => await endpoints.close());
  const source = await chooseSource(options, subject);
  const progress = createProgress(options.json ? io.stderr : io.stdout, options);
  parts.defer(async () => progress.close());
  io.signal.addEventListener('abort', () => progress.close());
  const tuning: Tuning = {
    options,
    subject,
    endpoints,
    definition,
    folder,
    requirements: toRequirements(options, { definition, fn: subject.fn }),
    events: toEventsOptions(options, { subject, definition, source }),
    cpuShare: canCapCpu(),
    progress,
    io,
  };
  try {
    return options.checks ? await checkProfile(tuning) : await tune(tuning);
  } catch (error) {
    if (!(error instanceof TuneError) || !['TOO_SMALL', 'TOO_SLOW'].includes(error.code)) throw error;
    // An answer, and no failure of the tool: no size serves.
    progress.close();
    io.stderr.write(`tailrace: ${error.message}\n`);
    return 1;
  }
}

async function tune(tuning: Tuning): Promise<number> {
  const { options, subject, io, progress, requirements } = tuning;
  const startedMs = Date.now();
  const batchSizes = options.maxRecords ?? defaultBatchSizes(subject.batchSize);
  const candidates: Candidate[] = [];
  const heaviest: HeaviestPeak[] = [];
  const smallest: Smallest[] = [];
  let isComplete = true;
  try {
    const series = batchSizes.flatMap((maxRecords) =>
      (options.concurrency ?? [undefined]).map((concurrency) => ({ maxRecords, concurrency })),
    );
    await sweep({
      ...tuning,
      fn: subject.fn,
      series,
      toEvents: async (each) => await createSeriesEvents(each, tuning.events),
      sizes: options.sizes,
      headroom: requirements.headroom,
      signal: io.signal,
      onTrial: progress.onTrial,
      onHeaviest: (each) => heaviest.push(each),
      onSmallest: (each) => smallest.push(each),
      onCandidate: (candidate) => candidates.push(candidate),
      ...(options.showsLogs ? { onLog: progress.line } : {}),
    });
  } catch (error) {
    // Ctrl-C shows what is known so far; without a setting there is nothing to show.
    if (!io.signal.aborted || candidates.length === 0) throw error;
    isComplete = false;
  }
  const settings = candidates.map((candidate) => judge(candidate, requirements));
  const found = recommend(settings, options.goal);
  let growth: string | null = null;
  try {
    if (found !== undefined && isComplete) growth = await findGrowth(tuning, found.choice);
  } catch (error) {
    if (!io.signal.aborted) throw error;
    isComplete = false;
  }
  progress.close();
  const exitCode = isComplete ? Number(found === undefined || growth !== null) : 130;
  const report: TuneReport = {
    ...toHead(tuning),
    heaviest,
    smallest,
    settings,
    ...fromRecommendation(growth === null ? found : undefined),
    growth,
    isComplete,
    durationMs: Date.now() - startedMs,
    exitCode,
  };
  await publish(report, tuning);
  if (options.writes && exitCode === 0 && report.choice !== null) await write(report, report.choice, tuning);
  return exitCode;
}

function toHead({
  options,
  cpuShare,
}: Tuning): Pick<
  TuneReport,
  'consumer' | 'goal' | 'command' | 'node' | 'measuredAt' | 'cpuShare' | 'seed' | 'rate' | 'headroom'
> {
  const { consumer, goal, seed, rate = null, headroom } = options;
  return {
    consumer,
    goal,
    command: toCommand(options),
    node: process.versions.node,
    measuredAt: new Date().toISOString(),
    cpuShare,
    seed,
    rate,
    headroom,
  };
}

/** The command that measured, as `memory.json` names it. */
export function toCommand({
  consumer,
  goal,
  rate,
  maxRecords,
  concurrency,
  handlerLatencyMs,
}: TuneOptions): string {
  const parts = [
    `tailrace tune ${consumer} --goal ${goal}`,
    rate === undefined ? '' : `--rate ${rate}`,
    maxRecords === undefined ? '' : `--max-records ${maxRecords.join(',')}`,
    concurrency === undefined ? '' : `--concurrency ${concurrency.join(',')}`,
    handlerLatencyMs === 0 ? '' : `--handler-latency ${handlerLatencyMs}ms`,
  ];
  return parts.filter((part) => part !== '').join(' ');
}

async function publish(report: TuneReport, { options, io }: Tuning): Promise<void> {
  const folder = toReportFolder('tune', options);
  await writeFile(join(folder, 'tune.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(join(folder, 'tune.html'), toPage(report));
  if (options.json) io.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  else {
    // A terminal that nobody has told its size says 0.
    const columns = io.stdout.isTTY && io.stdout.columns > 0 ? io.stdout.columns : 100;
    const lines = toReportLines(report, { style: createStyle(io.stdout), columns, folder });
    io.stdout.write(`${lines.join('\n')}\n`);
  }
}

async function write(
  report: TuneReport,
  choice: Judged,
  { definition, folder, options, io }: Tuning,
): Promise<void> {
  const file = memoryFile(folder, options.consumer);
  if (definition === undefined) return; // there is one wherever there is a folder
  await writeProfile(file, choice, { definition, command: report.command });
  const { maxRecords, concurrency = definition.concurrency } = choice;
  const changes = [
    maxRecords === definition.batch.maxRecords ? '' : `batch.maxRecords to ${maxRecords}`,
    concurrency === definition.concurrency ? '' : `concurrency to ${concurrency}`,
  ].filter((change) => change !== '');
  const hint =
    changes.length > 0 ? `; set ${changes.join(' and ')} in its consumer.ts, it was measured with that` : '';
  (options.json ? io.stderr : io.stdout).write(`wrote ${file}${hint}\n`);
}

function defaultBatchSizes(own: number): readonly number[] {
  const sizes = [Math.ceil(own / 5), own, Math.min(10_000, own * 2)];
  return [...new Set(sizes)];
}

function toRequirements(
  { headroom, rate, coldStartShare, partitions }: TuneOptions,
  { definition, fn }: { readonly definition: ConsumerDefinition | undefined; readonly fn: LambdaFunction },
): Requirements {
  // A poller has five invocations at once at most, a partition one (Lambda guide, Kafka scaling modes).
  const provisioned = definition?.provisionedPollers;
  const pollers = provisioned === false ? 1 : (provisioned?.max ?? 4);
  const slots = Math.min(5 * pollers, partitions);
  return { headroom, rate, coldStartShare, slots, timeoutMs: fn.timeoutSeconds * 1000 };
}

function toEventsOptions(
  options: TuneOptions,
  {
    subject,
    definition,
    source,
  }: {
    readonly subject: Subject;
    readonly definition: ConsumerDefinition | undefined;
    readonly source: RecordSource;
  },
): EventsOptions {
  return {
    ...options,
    envelope: subject.envelope,
    source,
    definition,
    windowSeconds: definition?.batch.maximumBatchingWindowSeconds ?? 1,
  };
}

// The function is prepared as a soak's is; what else a soak is asked for does not matter to that.
function toSubjectOptions(options: TuneOptions): Parameters<typeof prepareSubject>[0] {
  const { consumer, entry, cdkOut, environment, parameters } = options;
  return { consumer, entry, cdkOut, environment, parameters, memoryMb: undefined };
}

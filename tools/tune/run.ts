// A tuning from start to end: endpoints and function up, the sweep, the look for growth, the report. Owns what is started and takes it
// down again.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConsumerDefinition } from '../../lib/definition/define-consumer.ts';
import { startAwsEndpoints } from '../aws/endpoints.ts';
import type { CommandIo } from '../command.ts';
import { canCapCpu } from '../local/sandbox/memory-cap.ts';
import { readDefinition } from '../plan/options.ts';
import { projectRoot } from '../run/synth.ts';
import { prepareSubject, type Subject } from '../soak/soak-target.ts';
import { createStyle } from '../terminal/style.ts';
import { judge, recommend, type Candidate, type Judged, type Requirements } from './candidate.ts';
import { checkProfile } from './check.ts';
import { TuneError } from './error.ts';
import { createBatchEvents, type EventsOptions } from './events.ts';
import { findGrowth } from './growth.ts';
import { memoryFile, writeProfile } from './memory-file.ts';
import type { TuneOptions } from './options.ts';
import { toPage } from './page.ts';
import { createProgress } from './progress.ts';
import { fromRecommendation, toReportLines, type TuneReport } from './report.ts';
import { sweep, type BatchResult } from './sweep.ts';
import { handlersFolder, type Tuning } from './tuning.ts';

/** Runs a tuning and gives its exit code. @throws {TuneError} @throws {SoakError} @throws SynthError, LocalError, AwsResourceError */
export async function run(options: TuneOptions, io: CommandIo): Promise<number> {
  await using parts = new AsyncDisposableStack();
  const hasDefinition = options.entry === undefined && options.cdkOut === undefined;
  const definition = hasDefinition ? await readDefinition(options.consumer, handlersFolder) : undefined;
  const endpoints = await startAwsEndpoints();
  parts.defer(async () => await endpoints.close());
  const subject = await prepareSubject(toSubjectOptions(options), endpoints, io.signal);
  parts.defer(subject.close);
  const progress = createProgress(options.json ? io.stderr : io.stdout, options);
  parts.defer(async () => progress.close());
  io.signal.addEventListener('abort', () => progress.close());
  const tuning: Tuning = {
    options,
    subject,
    endpoints,
    definition,
    requirements: toRequirements(options, definition),
    events: toEventsOptions(options, subject, definition),
    cpuShare: canCapCpu(),
    progress,
    io,
  };
  try {
    return options.checks ? await checkProfile(tuning) : await tune(tuning);
  } catch (error) {
    if (!(error instanceof TuneError) || error.code !== 'TOO_SMALL') throw error;
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
  let results: readonly BatchResult[] = [];
  let isComplete = true;
  try {
    const batches = await Promise.all(batchSizes.map((size) => createBatchEvents(size, tuning.events)));
    results = await sweep({
      ...tuning,
      fn: subject.fn,
      batches,
      sizes: options.sizes,
      signal: io.signal,
      onTrial: progress.onTrial,
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
  const growth = found !== undefined && isComplete ? await findGrowth(tuning, found.choice) : null;
  progress.close();
  const exitCode = isComplete ? Number(found === undefined || growth !== null) : 130;
  const report: TuneReport = {
    ...toHead(tuning),
    smallest: results.map(({ maxRecords, smallestMb }) => ({ maxRecords, memoryMb: smallestMb ?? null })),
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
export function toCommand({ consumer, goal, rate }: TuneOptions): string {
  return `tailrace tune ${consumer} --goal ${goal}${rate === undefined ? '' : ` --rate ${rate}`}`;
}

async function publish(report: TuneReport, { options, io }: Tuning): Promise<void> {
  const folder =
    options.reportFolder ?? join(projectRoot, '.cache', 'tune', options.consumer.replaceAll('/', '-'));
  await mkdir(folder, { recursive: true });
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

async function write(report: TuneReport, choice: Judged, { definition, options, io }: Tuning): Promise<void> {
  if (definition === undefined)
    throw new TuneError(
      'NO_PROFILE',
      `${options.consumer} has no memory.json here, expected a consumer of handlers/`,
    );
  const file = memoryFile(handlersFolder, options.consumer);
  await writeProfile(file, choice, { definition, command: report.command });
  const differs = choice.maxRecords !== definition.batch.maxRecords;
  const hint = differs
    ? `; set batch.maxRecords to ${choice.maxRecords} in its consumer.ts, it was measured with that`
    : '';
  (options.json ? io.stderr : io.stdout).write(`wrote ${file}${hint}\n`);
}

function defaultBatchSizes(own: number): readonly number[] {
  const sizes = [Math.ceil(own / 5), own, Math.min(10_000, own * 2)];
  return [...new Set(sizes)];
}

function toRequirements(
  { headroom, rate, coldStartShare, partitions }: TuneOptions,
  definition: ConsumerDefinition | undefined,
): Requirements {
  // A poller has five invocations at once at most, a partition one (Lambda guide, Kafka scaling modes).
  const provisioned = definition?.provisionedPollers;
  const pollers = provisioned === false ? 1 : (provisioned?.max ?? 4);
  return { headroom, rate, coldStartShare, slots: Math.min(5 * pollers, partitions) };
}

function toEventsOptions(
  options: TuneOptions,
  { envelope }: Subject,
  definition: ConsumerDefinition | undefined,
): EventsOptions {
  return {
    ...options,
    envelope,
    windowSeconds: definition?.batch.maximumBatchingWindowSeconds ?? 1,
    maxDecompressedBytesPerRecord: definition?.limits.maxDecompressedBytesPerRecord ?? 1_048_576,
  };
}

// The function is prepared as a soak's is; what else a soak is asked for does not matter to that.
function toSubjectOptions(options: TuneOptions): Parameters<typeof prepareSubject>[0] {
  const { consumer, entry, cdkOut, environment, parameters } = options;
  return { consumer, entry, cdkOut, environment, parameters, memoryMb: undefined };
}

// What a soak says: the rows while it runs, the document for programs, the page for people. The page is made from the
// document alone, so that they cannot differ.
import type { Style } from '../../terminal/style.ts';
import { toAmount, toCount } from '../../terminal/table.ts';
import { wrap } from '../../terminal/wrap.ts';
import type { TrendKind } from '../../../lib/retention/trend.ts';
import type { LambdaFunction } from '../../template/topology.ts';
import { toTerminalChart } from './chart.ts';
import type { Floor } from '../sandbox/floor.ts';
import { toThreads } from '../sandbox/managed-instances.ts';
import type { HolderSearch } from '../holders/holder-search.ts';
import type { Holder } from '../holders/holder.ts';
import type { SoakOptions } from '../options.ts';
import { pieces, toRemedy } from '../holders/remedy.ts';
import type { SoakEnd, SoakRecord } from '../soak.ts';
import { leastConfidence, toKb, toPercent, type SoakVerdict } from '../trend/verdict.ts';

/** The result of a soak; what `--json` prints. Sizes in bytes unless their name says otherwise. */
export interface SoakReport {
  readonly consumer: string;
  readonly memoryMb: number;
  /** Invocations at once. */
  readonly concurrency: number;
  readonly invocations: number;
  readonly records: number;
  readonly failedInvocations: number;
  readonly reportedRecords: number;
  /** Those among them that were not started because memory was near its limit. */
  readonly declinedRecords: number;
  readonly durationMs: number;
  /** null: too few floors to tell. */
  readonly verdict: TrendKind | null;
  /** 0..1; null without a verdict. */
  readonly confidence: number | null;
  readonly growthBytesPerInvocation: number | null;
  /** 95 % interval of the growth. */
  readonly growthRange: readonly [number, number] | null;
  readonly growthThreshold: number | null;
  /** How resident memory grows beside the floor, where that alone grows: memory that V8 does not account for. */
  readonly outsideGrowthBytesPerInvocation: number | null;
  /** Flat, but it grows all the same, by less than a soak of this length can tell from warm-up. */
  readonly isTooShort: boolean;
  readonly invocationsLeft: number | null;
  readonly peakMb: number;
  readonly end: SoakEnd;
  /** 0, 1 or 4. */
  readonly exitCode: number;
  /** Reasons for exit code 1. */
  readonly failures: readonly string[];
  /** Reasons for exit code 4. */
  readonly doubts: readonly string[];
  /** Why the holder could not be looked for to the end; null when it was, or need not be. */
  readonly holderProblem: string | null;
  /** Who holds what grows, largest first; empty when nothing grows or nobody was looked for. */
  readonly holders: readonly (Holder & { readonly remedy: string })[];
  readonly measuredEvery: number;
  readonly floors: readonly Floor[];
}

/** Puts a report together. */
export function toReport(parts: {
  readonly options: SoakOptions;
  readonly fn: LambdaFunction;
  readonly record: SoakRecord;
  readonly verdict: SoakVerdict;
  readonly search: HolderSearch;
  readonly every: number;
  readonly durationMs: number;
}): SoakReport {
  const { options, fn, record, verdict, search, every, durationMs } = parts;
  const { trend } = verdict;
  return {
    consumer: options.consumer,
    memoryMb: fn.memoryMb,
    concurrency: options.concurrency,
    invocations: record.invocations,
    records: record.records,
    failedInvocations: record.failedInvocations,
    reportedRecords: record.reportedRecords,
    declinedRecords: record.declinedRecords,
    durationMs,
    verdict: trend?.kind ?? null,
    confidence: trend?.confidence ?? null,
    growthBytesPerInvocation: trend?.slope ?? null,
    growthRange: trend?.range ?? null,
    growthThreshold: trend?.leastSlope ?? null,
    outsideGrowthBytesPerInvocation: verdict.outside?.slope ?? null,
    isTooShort: trend?.isTooShort ?? false,
    invocationsLeft: verdict.invocationsLeft ?? null,
    peakMb: record.peakMb,
    end: record.end,
    exitCode: toExitCode(verdict),
    failures: verdict.failures,
    doubts: verdict.doubts,
    holderProblem: search.problem,
    holders: search.holders.map((holder) => ({ ...holder, remedy: toRemedy(holder) })),
    measuredEvery: every,
    floors: record.floors,
  };
}

// What is wrong is wrong however short the soak was.
function toExitCode({ failures, doubts }: SoakVerdict): number {
  if (failures.length > 0) return 1;
  return doubts.length > 0 ? 4 : 0;
}

/** Rows to show while a soak runs. */
export function toProgressRows(
  soFar: SoakRecord | undefined,
  {
    total,
    memoryMb,
    elapsedMs,
  }: { readonly total: number | undefined; readonly memoryMb: number; readonly elapsedMs: number },
): readonly string[] {
  if (soFar === undefined) return ['starting'];
  const { records, invocations, peakMb, floors } = soFar;
  const part = total === undefined ? '' : ` of ${toCount(total)}`;
  const leftMs = total === undefined ? 0 : (elapsedMs / records) * (total - records);
  const eta = total === undefined ? '' : `, ${toCount(leftMs / 1000)} s left`;
  const floor = ((floors.at(-1)?.floorBytes ?? 0) / 1_048_576).toFixed(1);
  return [
    `${toCount(records)}${part} records${eta}`,
    `floor ${floor} MB, peak ${peakMb} of ${memoryMb} MB, ${toAmount(invocations, 'invocation')}`,
  ];
}

/** The page for a person, line by line; `columns` is Infinity where lines may have any length. */
export function toReportLines(
  report: SoakReport,
  page: { readonly folder: string; readonly style: Style; readonly columns: number },
): readonly string[] {
  const chart = toTerminalChart(report.floors, { width: toChartWidth(page.columns) });
  return [...chart, ...toTextLines(report, page).flatMap((line) => wrap(line, page.columns))];
}

// Beside a chart stand its names and numbers.
function toChartWidth(columns: number): number {
  return Math.max(6, Math.min(60, columns - 36));
}

function toTextLines(
  report: SoakReport,
  { folder, style }: { readonly folder: string; readonly style: Style },
): readonly string[] {
  const { doubts, failures, holderProblem } = report;
  const growth = toGrowthLine(report);
  const tone = failures.length > 0 ? 'bad' : doubts.length > 0 ? 'warn' : 'good';
  return [
    '',
    `${style.strong(report.consumer)}: ${style[tone](toHead(report))}`,
    `  ${toAmount(report.records, 'record')} in ${toAmount(report.invocations, 'invocation')}${toAtOnce(report)}, peak ${report.peakMb} of ${report.memoryMb} MB, ${(report.durationMs / 1000).toFixed(0)} s`,
    ...(growth === undefined
      ? []
      : [
          `  ${growth}`,
          style.dim(
            '  live set: what is still reachable after a full garbage collection, without compiled code',
          ),
          style.dim(
            '  counts as none: growth that needs 100,000 invocations to fill the memory, or adds less than 0.5 MB in half of this soak',
          ),
        ]),
    ...(report.failedInvocations > 0
      ? [
          style.warn(
            `  ${toAmount(report.failedInvocations, 'invocation')} ended in an error of the function`,
          ),
        ]
      : []),
    ...toReportedLines(report),
    ...failures.map((failure) => style.bad(`  ${failure}`)),
    ...doubts.map((doubt) => style.warn(`  ${doubt}`)),
    ...(holderProblem === null ? [] : [style.warn(`  ${holderProblem}`)]),
    ...report.holders.flatMap((holder) => toHolderLines(holder, style)),
    ...(report.holders.length === 0
      ? []
      : [
          '',
          style.dim('  kept: bytes that the code refers to; pinned: bytes that stay alive because of them'),
        ]),
    style.dim(`  report: ${folder}`),
  ];
}

function toAtOnce({ concurrency }: SoakReport): string {
  return concurrency === 1 ? '' : `, ${concurrency} at once in ${toThreads(concurrency)} threads`;
}

function toReportedLines({ reportedRecords, declinedRecords }: SoakReport): readonly string[] {
  if (reportedRecords === 0) return [];
  const declined = declinedRecords === 0 ? '' : `, ${toCount(declinedRecords)} of them for lack of memory`;
  return [`  ${toAmount(reportedRecords, 'record')} reported for another delivery${declined}`];
}

/** The consumer and its verdict. */
export function toHeadline(report: SoakReport): string {
  return `${report.consumer}: ${toHead(report)}`;
}

function toHead(report: SoakReport): string {
  const { end, outsideGrowthBytesPerInvocation: outside } = report;
  const growth = toVerdictWords(report);
  if (end.kind !== 'done')
    return `${endWords[end.kind]} in invocation ${end.atInvocation}; live set ${growth}`;
  return outside === null ? growth : `resident memory grows; live set ${growth}`;
}

const endWords: Readonly<Record<Exclude<SoakEnd['kind'], 'done'>, string>> = {
  killed: 'killed for its memory',
  declined: 'declines its records for lack of memory, from',
  full: 'ended itself because its memory was full,',
  crashed: 'ended',
};

/** An answer that is less sure than this is none: one soak in five would be judged differently. */
function toVerdictWords({ verdict, confidence }: SoakReport): string {
  if (verdict === null) return 'without a verdict';
  const percent = toPercent(confidence ?? 0);
  return (confidence ?? 0) < leastConfidence
    ? `undecided (${verdict} with a confidence of ${percent})`
    : `${verdict} (confidence ${percent})`;
}

/** The growth and what it leads to; undefined without a verdict. */
export function toGrowthLine(report: SoakReport): string | undefined {
  const {
    growthBytesPerInvocation: growth,
    growthRange: range,
    growthThreshold: threshold,
    invocationsLeft,
  } = report;
  if (growth === null || range === null || threshold === null) return undefined;
  const left =
    invocationsLeft === null
      ? ''
      : `; the memory size is reached in about ${toCount(invocationsLeft)} invocations`;
  return `growth ${toKb(growth)} KB per invocation, 95 % between ${toKb(range[0])} and ${toKb(range[1])}; less than ${toKb(threshold)} counts as none${left}`;
}

/** Who holds, where, how much of the growth, and what. */
export function toHolderLine(holder: Holder): string {
  return `${toHolderName(holder)} ${toHolderPlace(holder)}`;
}

function toHolderName({ expression, className }: Holder): string {
  return `held by ${expression} (${className})`;
}

function toHolderPlace({ kind, place, share }: Holder): string {
  const where = place === null ? 'in code without a source map' : `${place.file}:${place.line}`;
  return `${where}, ${toPercent(share)} of the growth: ${pieces[kind].name}`;
}

function toHolderLines(holder: SoakReport['holders'][number], style: Style): readonly string[] {
  const { expression, path, amplification, remedy } = holder;
  const times = amplification < 1.05 ? '' : `, ${toCount(amplification)} times as much`;
  return [
    '',
    `  ${style.strong(toHolderName(holder))} ${toHolderPlace(holder)}`,
    `    ${expression}${path}`,
    `    ${toPieces(holder.piecesPerInvocation)}: keeps ${toSize(holder.keptBytesPerInvocation)}, pins ${toSize(holder.pinnedBytesPerInvocation)}${times}`,
    `    ${remedy}`,
  ];
}

// A slice of eight bytes is not to read as none.
function toSize(bytes: number): string {
  return bytes < 1000 ? toAmount(Math.round(bytes), 'byte') : `${toKb(bytes)} KB`;
}

function toPieces(perInvocation: number): string {
  const rounded = Math.round(perInvocation);
  return rounded > 0
    ? `${toAmount(rounded, 'piece')} per invocation`
    : `1 piece in ${toAmount(Math.round(1 / perInvocation), 'invocation')}`;
}

// What a tuning found, as plain data and as lines for a terminal of 80 columns.
import { toCount, toTable } from '../../terminal/table.ts';
import type { Style } from '../../terminal/style.ts';
import { wrap } from '../../terminal/wrap.ts';
import { toSeriesName } from '../sweep/series.ts';
import type { HeaviestPeak, Smallest } from '../sweep/sweep.ts';
import { toPeakMb, type Goal, type Judged, type Recommendation } from '../sweep/candidate.ts';

/** The result of a tuning; what `--json` prints and `tune.json` holds. */
export interface TuneReport {
  readonly consumer: string;
  readonly goal: Goal;
  readonly command: string;
  readonly node: string;
  readonly measuredAt: string;
  /** Whether durations were measured with the CPU share of each memory size; else they are estimates from a full CPU. */
  readonly cpuShare: boolean;
  readonly seed: number;
  readonly rate: number | null;
  /** Peak over memory size at most, 0..1. */
  readonly headroom: number;
  /** Every size at which the heaviest events were tried. */
  readonly heaviest: readonly HeaviestPeak[];
  /** The smallest size that survives the heaviest event, MB, by batch size; null when none does. */
  readonly smallest: readonly Smallest[];
  readonly settings: readonly Judged[];
  readonly choice: Judged | null;
  readonly cheapest: Judged | null;
  readonly fastest: Judged | null;
  readonly knee: Judged | null;
  readonly reason: string;
  /** Growth after the typical events at the chosen size, in words; null when nothing grew or nothing was chosen. */
  readonly growth: string | null;
  /** Whether every batch size was measured; false when it was stopped. */
  readonly isComplete: boolean;
  readonly durationMs: number;
  readonly exitCode: number;
}

/** Fills the recommendation in. */
export function fromRecommendation(
  found: Recommendation | undefined,
): Pick<TuneReport, 'choice' | 'cheapest' | 'fastest' | 'knee' | 'reason'> {
  const { choice = null, cheapest = null, fastest = null, knee = null } = found ?? {};
  return { choice, cheapest, fastest, knee, reason: found?.reason ?? 'no setting serves' };
}

/** Dollars with three digits that count: enough to tell two settings apart. */
export function toDollars(dollars: number): string {
  return Number(dollars.toPrecision(3)).toString();
}

/** The report as lines; the chosen row has a mark. */
export function toReportLines(
  report: TuneReport,
  { style, columns, folder }: { readonly style: Style; readonly columns: number; readonly folder: string },
): readonly string[] {
  const hasLanes = report.settings.some(({ concurrency }) => concurrency !== undefined);
  const head = [
    '',
    'MB',
    'batch',
    ...(hasLanes ? ['lanes'] : []),
    'peak MB',
    'ms',
    'records/s',
    '$/million',
    '',
  ];
  const rows = report.settings.map((each) => [
    each === report.choice ? '>' : '',
    String(each.memoryMb),
    toCount(each.maxRecords),
    ...(hasLanes ? [toCount(each.concurrency ?? 0)] : []),
    toCount(toPeakMb(each)),
    ...(isMeasured(each)
      ? [toCount(each.durationMs), toCount(each.recordsPerSecond), toDollars(each.dollarsPerMillion)]
      : ['-', '-', '-']),
    toNote(each, report),
  ]);
  const table = toTable(head, rows).map((line, index) => {
    if (index === 0) return style.dim(line);
    return line.startsWith('>') ? style.good(line) : line;
  });
  return [...table, '', ...toWords(report, folder).flatMap((line) => wrap(line, columns))];
}

function toNote(each: Judged, { cheapest, fastest, knee }: TuneReport): string {
  if (each.excluded !== undefined) return `no: ${shorten(each.excluded)}`;
  const names = [
    each === cheapest ? 'cheapest' : '',
    each === fastest ? 'fastest' : '',
    each === knee ? 'knee' : '',
  ];
  return names.filter((name) => name !== '').join(', ');
}

function shorten(reason: string): string {
  return reason
    .replace(/^peak \d+ MB leaves/, 'leaves')
    .replace(/^takes .*/, 'too slow')
    .replace(' event', '');
}

/** Whether there are durations: a setting that was killed may have none. */
export function isMeasured({ samplesMs }: Judged): boolean {
  return samplesMs.length > 0;
}

function isKilledByTypical({ heaviestOutcome, typicalOutcome }: Judged): boolean {
  return heaviestOutcome === 'survived' && typicalOutcome !== 'survived' && typicalOutcome !== 'timed out';
}

function toWords(report: TuneReport, folder: string): readonly string[] {
  const { choice, settings, smallest, cpuShare, growth, isComplete } = report;
  const survive = smallest
    .map(
      ({ memoryMb, ...series }) =>
        `${memoryMb === null ? 'none' : `${memoryMb} MB`} with ${toSeriesName(series)}`,
    )
    .join('; ');
  return [
    `smallest that survives the heaviest event: ${survive}`,
    choice === null
      ? `recommended: nothing; ${growth === null ? 'no setting leaves enough memory or keeps up' : 'no memory size is enough for long'}`
      : `recommended: ${choice.memoryMb} MB with ${toSeriesName(choice)} an event, ${report.reason}`,
    ...(choice === null
      ? []
      : [
          `peak ${toPeakMb(choice)} MB, ` +
            `${toDollars(choice.dollarsPerMillion)} $ for a million records, ${toCount(choice.durationMs)} ms an event`,
        ]),
    ...(settings.some(isKilledByTypical)
      ? [
          `typical events end it where the heaviest does not: memory may grow; run tailrace soak ${report.consumer}`,
        ]
      : []),
    ...(cpuShare
      ? []
      : ['durations are estimates: CPU time cannot be bounded here, so each size had a full CPU']),
    ...(growth === null
      ? []
      : [`memory grows: ${growth}; run tailrace soak ${report.consumer} to find who holds it`]),
    ...(isComplete ? [] : ['stopped before the end: what is above is what was measured so far']),
    `report: ${folder}/tune.html`,
  ];
}

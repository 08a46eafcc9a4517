// The report as one HTML page without a network: cost and duration against memory, peak against batch size with the limit, and every sample.
import { element, polyline, text } from '../../terminal/svg.ts';
import type { Judged } from '../sweep/candidate.ts';
import { isSameSeries, toSeriesName } from '../sweep/series.ts';
import { isMeasured, toDollars, type TuneReport } from './report.ts';

const [left, top, plotWidth, plotHeight] = [64, 34, 620, 220];
const width = left + plotWidth + 170;
const height = top + plotHeight + 52;
const [ink, grid] = ['#1f2328', '#d0d7de'];
/** One for each batch size; told apart by people who see no red or green. */
const colors = ['#0969da', '#bc4c00', '#8250df', '#1a7f37', '#57606a'];

/** Memory sizes stand on a logarithmic axis: small steps matter where sizes are small. */
interface Axis {
  readonly low: number;
  readonly high: number;
}

/** The page as an HTML document. */
export function toPage(report: TuneReport): string {
  const { consumer, heaviest, choice } = report;
  const measured = report.settings.filter(isMeasured);
  const series = [...new Set(heaviest.map(toSeriesName))];
  const title =
    choice === null
      ? `${consumer}: no setting serves`
      : `${consumer}: ${choice.memoryMb} MB, ${toSeriesName(choice)} an event`;
  const charts = [
    toChart('dollars for a million records', measured, {
      series,
      value: (each) => each.dollarsPerMillion,
      format: toDollars,
      choice,
    }),
    toChart('milliseconds for a typical event, mean and samples', measured, {
      series,
      value: (each) => each.durationMs,
      samples: (each) => each.samplesMs,
      format: (ms) => ms.toFixed(0),
      choice,
    }),
    toPeakChart(report, series),
  ];
  const facts = [
    `<code>${escape(report.command)}</code>`,
    `${escape(report.measuredAt)}, Node ${escape(report.node)}, seed ${report.seed}`,
    report.cpuShare
      ? 'CPU time in proportion to the memory size'
      : 'durations are estimates: each size had a full CPU',
    escape(report.reason),
  ];
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<title>${escape(title)}</title><style>${css}</style>`,
    `<h1>${escape(title)}</h1><ul>${facts.map((fact) => `<li>${fact}</li>`).join('')}</ul>`,
    ...charts.map((chart) => `<figure>${chart}</figure>`),
    toTable(report),
    '</html>',
  ].join('\n');
}

const css =
  'body{font:15px system-ui,sans-serif;color:#1f2328;background:#fff;max-width:900px;margin:2rem auto;padding:0 1rem}' +
  'h1{font-size:1.4rem}figure{margin:1.5rem 0}svg{max-width:100%;height:auto}table{border-collapse:collapse}' +
  'td,th{padding:.3rem .7rem;text-align:right;border-bottom:1px solid #d0d7de}tr.choice{background:#dafbe1;font-weight:600}' +
  'td:last-child,th:last-child{text-align:left}';

interface ChartOptions {
  readonly series: readonly string[];
  readonly value: (each: Judged) => number;
  readonly samples?: (each: Judged) => readonly number[];
  readonly format: (value: number) => string;
  readonly choice: Judged | null;
}

function toChart(title: string, settings: readonly Judged[], options: ChartOptions): string {
  const { series, value, samples, format, choice } = options;
  const xAxis = toAxis(settings.map(({ memoryMb }) => memoryMb));
  const yAxis = {
    low: 0,
    high: Math.max(1e-9, ...settings.map(value), ...settings.flatMap((each) => samples?.(each) ?? [])) * 1.08,
  };
  const at = (each: Judged, y: number): readonly [number, number] => [
    toX(each.memoryMb, xAxis),
    toY(y, yAxis),
  ];
  const lines = series.flatMap((name, index) => {
    const color = colors[index % colors.length] ?? ink;
    const points = settings.filter((each) => toSeriesName(each) === name);
    return [
      polyline(
        points.map((each) => at(each, value(each))),
        color,
      ),
      ...points.flatMap((each) => [
        ...(samples?.(each) ?? []).map((sample) =>
          dot(at(each, sample), { r: 1.6, fill: color, opacity: 0.5 }),
        ),
        dot(at(each, value(each)), {
          r: each === choice ? 6 : 3.5,
          fill: color,
          stroke: each === choice ? ink : undefined,
        }),
      ]),
      text(left + plotWidth + 14, top + 14 + index * 18, name, { fill: color }),
    ];
  });
  return frame(title, 'memory size, MB', [...toGrid(settings, { xAxis, yAxis }, format), ...lines]);
}

function toPeakChart({ heaviest, headroom, choice }: TuneReport, series: readonly string[]): string {
  const xAxis = toAxis(heaviest.map(({ memoryMb }) => memoryMb));
  const yAxis = { low: 0, high: 110 };
  const limit = (percent: number, color: string, name: string): readonly string[] => [
    polyline(
      [left, left + plotWidth].map((x) => [x, toY(percent, yAxis)] as const),
      color,
    ),
    text(left + plotWidth + 14, toY(percent, yAxis) + 4, name, { fill: color }),
  ];
  const dots = heaviest.map((each) => {
    const color = colors[series.indexOf(toSeriesName(each)) % colors.length] ?? ink;
    const isChoice = choice !== null && isSameSeries(each, choice) && each.memoryMb === choice.memoryMb;
    return dot([toX(each.memoryMb, xAxis), toY((each.peakMb / each.memoryMb) * 100, yAxis)], {
      r: isChoice ? 6 : 4,
      fill: each.outcome === 'survived' ? color : '#fff',
      stroke: isChoice ? ink : color,
    });
  });
  const names = series.map((name, index) =>
    text(left + plotWidth + 14, top + 90 + index * 18, name, {
      fill: colors[index % colors.length],
    }),
  );
  const limits = [
    ...limit(100, '#cf222e', 'memory size'),
    ...limit(headroom * 100, '#9a6700', `${Math.round(headroom * 100)} % of it`),
  ];
  const title = 'peak of the heaviest event, % of the memory size (hollow: killed, declined or timed out)';
  const grid = toGrid(heaviest, { xAxis, yAxis }, (percent) => percent.toFixed(0));
  return frame(title, 'memory size, MB', [...grid, ...limits, ...dots, ...names]);
}

function frame(title: string, below: string, parts: readonly string[]): string {
  const body = [
    text(left, 18, title, { 'font-weight': 'bold' }),
    ...parts,
    text(left + plotWidth / 2, height - 8, below, { 'text-anchor': 'middle' }),
  ];
  const attributes = {
    viewBox: `0 0 ${width} ${height}`,
    'font-family': 'sans-serif',
    'font-size': 12,
    fill: ink,
    role: 'img',
    'aria-label': title,
  };
  return element('svg', { xmlns: 'http://www.w3.org/2000/svg', ...attributes }, body.join('\n'));
}

function toGrid(
  settings: readonly { readonly memoryMb: number }[],
  { xAxis, yAxis }: { readonly xAxis: Axis; readonly yAxis: Axis },
  format: (value: number) => string,
): readonly string[] {
  const lines = [0, 0.25, 0.5, 0.75, 1].flatMap((part) => {
    const value = yAxis.low + part * (yAxis.high - yAxis.low);
    const y = toY(value, yAxis);
    return [
      element('line', { x1: left, x2: left + plotWidth, y1: y, y2: y, stroke: grid }),
      text(left - 8, y + 4, format(value), { 'text-anchor': 'end' }),
    ];
  });
  let free = 0;
  const ticks = [...new Set(settings.map(({ memoryMb }) => memoryMb))]
    .toSorted((a, b) => a - b)
    .flatMap((mb) => {
      const x = toX(mb, xAxis);
      if (x < free) return [];
      free = x + 36;
      return [text(x, top + plotHeight + 18, String(mb), { 'text-anchor': 'middle' })];
    });
  return [...lines, ...ticks];
}

function dot([cx, cy]: readonly [number, number], attributes: Parameters<typeof element>[1]): string {
  return element('circle', { cx, cy, ...attributes });
}

function toAxis(values: readonly number[]): Axis {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? { low: low / 1.2, high: high * 1.2 } : { low, high };
}

function toX(mb: number, { low, high }: Axis): number {
  return left + (Math.log(mb / low) / Math.log(high / low)) * plotWidth;
}

function toY(value: number, { low, high }: Axis): number {
  return top + plotHeight * (1 - (value - low) / (high - low));
}

function toTable({ settings, choice }: TuneReport): string {
  const rows = settings.map((each) => {
    const cells = [
      each.memoryMb,
      toSeriesName(each),
      each.typicalPeakMb,
      each.heaviestPeakMb,
      ...(isMeasured(each)
        ? [each.durationMs.toFixed(1), each.recordsPerSecond.toFixed(0), toDollars(each.dollarsPerMillion)]
        : ['-', '-', '-']),
      escape(each.excluded ?? ''),
    ];
    return `<tr${each === choice ? ' class="choice"' : ''}>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  const head = [
    'MB',
    'an event',
    'peak, typical',
    'peak, heaviest',
    'ms',
    'records/s',
    '$/million',
    'not taken because',
  ];
  return `<table><tr>${head.map((name) => `<th scope="col">${name}</th>`).join('')}</tr>${rows.join('\n')}</table>`;
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

// A soak as a drawing: what it says, the floor on a scale of its own, where even slow growth is to be seen, and beneath it
// everything against the memory size.
import { wrap } from '../../terminal/wrap.ts';
import { element, polyline, text, widthOf } from '../../terminal/svg.ts';
import { components, toMb, toRange, type Component } from './chart.ts';
import type { Floor } from '../sandbox/floor.ts';
import { toGrowthLine, toHeadline, toHolderLine, type SoakReport } from './report.ts';

const megabyte = 1_048_576;
const [left, right, plotWidth, plotHeight] = [60, 30, 760, 190];
const width = left + plotWidth + right;
const [ink, gridColor, badColor] = ['#1f2328', '#d0d7de', '#d1242f'];
const lineHeight = 18;
/** What fits into the width at the usual size. */
const columns = 118;

/** Where a panel is, and what its axes reach. */
interface Panel {
  readonly top: number;
  readonly lowBytes: number;
  readonly highBytes: number;
  readonly lastInvocation: number;
}

/** The drawing as an SVG document. */
export function toPicture(report: SoakReport): string {
  const { floors, end, memoryMb, holders } = report;
  const words = [toGrowthLine(report), ...holders.slice(0, 1).map(toHolderLine), ...report.doubts].flatMap(
    (line) => (line === undefined ? [] : wrap(line, columns)),
  );
  const lastInvocation = Math.max(
    2,
    floors.at(-1)?.invocation ?? 2,
    'atInvocation' in end ? end.atInvocation : 0,
  );
  const [lowBytes, highBytes] = toRange(floors.map(({ floorBytes }) => floorBytes));
  const above = { top: 76 + words.length * lineHeight, lowBytes, highBytes, lastInvocation };
  const highest = Math.max(memoryMb * megabyte, ...floors.map(({ rssBytes }) => rssBytes));
  const below = { top: above.top + plotHeight + 104, lowBytes: 0, highBytes: highest * 1.05, lastInvocation };
  const height = below.top + plotHeight + 40;
  const parts = [
    element('rect', { width, height, fill: '#ffffff' }),
    text(left, 28, toHeadline(report), { 'font-size': 16, 'font-weight': 'bold', fill: toTone(report) }),
    ...words.map((line, index) => text(left, 48 + index * lineHeight, line)),
    text(left, above.top - 14, 'live set: what is still reachable after a full collection, MB', {
      'font-weight': 'bold',
    }),
    ...toGrid(above, [lowBytes, (lowBytes + highBytes) / 2, highBytes]),
    ...components.slice(0, 1).map((component) => toLine(component, floors, above)),
    ...toEnd(report, above),
    text(left, below.top - 54, 'all of it, MB', { 'font-weight': 'bold' }),
    ...toLegend(below.top - 30),
    ...toGrid(
      below,
      [0, 0.25, 0.5, 0.75, 1].map((part) => part * memoryMb * megabyte),
    ),
    ...toMemorySize(below, memoryMb),
    ...components.map((component) => toLine(component, floors, below)),
    ...toEnd(report, below),
  ];
  const frame = {
    viewBox: `0 0 ${width} ${height}`,
    'font-family': 'sans-serif',
    'font-size': 12,
    fill: ink,
  };
  return `${element('svg', { xmlns: 'http://www.w3.org/2000/svg', ...frame }, parts.join('\n'))}\n`;
}

function toTone({ failures, doubts }: SoakReport): string {
  if (failures.length > 0) return badColor;
  return doubts.length > 0 ? '#9a6700' : '#1a7f37';
}

function toX(invocation: number, { lastInvocation }: Panel): number {
  return left + ((invocation - 1) / (lastInvocation - 1)) * plotWidth;
}

function toY(bytes: number, { top, lowBytes, highBytes }: Panel): number {
  return top + plotHeight * (1 - (bytes - lowBytes) / (highBytes - lowBytes));
}

function toGrid(panel: Panel, ticks: readonly number[]): readonly string[] {
  const foot = panel.top + plotHeight + 18;
  return [
    ...ticks.flatMap((bytes) => {
      const y = toY(bytes, panel);
      return [
        element('line', { x1: left, x2: left + plotWidth, y1: y, y2: y, stroke: gridColor }),
        text(left - 6, y + 4, toMb(bytes), { 'text-anchor': 'end' }),
      ];
    }),
    text(left, foot, 'invocation 1'),
    text(left + plotWidth, foot, String(panel.lastInvocation), { 'text-anchor': 'end' }),
  ];
}

function toLine({ color, read }: Component, floors: readonly Floor[], panel: Panel): string {
  return polyline(
    floors.map((floor) => [toX(floor.invocation, panel), toY(read(floor), panel)]),
    color,
  );
}

function toLegend(y: number): readonly string[] {
  let x = left;
  return components.flatMap(({ name, color }) => {
    const at = x;
    x += 40 + widthOf(name, 12);
    return [element('rect', { x: at, y: y - 6, width: 12, height: 4, fill: color }), text(at + 18, y, name)];
  });
}

function toMemorySize(panel: Panel, memoryMb: number): readonly string[] {
  const y = toY(memoryMb * megabyte, panel);
  return [
    element('line', { x1: left, x2: left + plotWidth, y1: y, y2: y, stroke: ink, 'stroke-dasharray': '6 4' }),
    text(left + 4, y + 15, `memory size, ${memoryMb} MB`),
  ];
}

/** Where a soak ended before its workload did. */
function toEnd({ end }: SoakReport, panel: Panel): readonly string[] {
  if (end.kind === 'done') return [];
  const x = toX(end.atInvocation, panel);
  const y2 = panel.top + plotHeight;
  return [
    element('line', { x1: x, x2: x, y1: panel.top, y2, stroke: badColor, 'stroke-dasharray': '3 3' }),
    text(x, panel.top - 14, `${end.kind} in invocation ${end.atInvocation}`, {
      'text-anchor': 'end',
      fill: badColor,
    }),
  ];
}

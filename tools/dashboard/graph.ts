// One graph of the dashboard: title, axes, lines, and a legend as wide as it needs to be.

import { points, toSample } from './sample.ts';
import { toScale, toTickText, type Scale } from './scale.ts';
import { element, polyline, text, widthOf } from '../terminal/svg.ts';
import type { Series, Widget } from './widget.ts';

/** A rectangle in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Graph = Extract<Widget, { readonly type: 'metric' }>;

const palette = ['#1f77b4', '#ff7f0e', '#2ca02c', '#d62728', '#9467bd', '#8c564b', '#e377c2', '#7f7f7f'];
const grey = '#5f6b7a';
const legendSize = 10;
const legendLine = 14;
const firstHour = 6;
const hours = 8;

interface Line {
  readonly series: Series;
  readonly color: string;
  readonly values: readonly number[] | undefined;
}

/** Draws a graph into its box, with sample data. */
export function drawGraph(graph: Graph, box: Box): string {
  const lines = graph.series.map((series, index): Line => ({
    series,
    color: series.color ?? palette[index % palette.length] ?? grey,
    values: toSample(series),
  }));
  const legend = wrapLegend(lines, box.width - 20);
  const isSecond = lines.some(({ series }) => series.axis === 'right');
  const plot: Box = {
    x: box.x + 46,
    y: box.y + 42,
    width: box.width - 46 - (isSecond ? 46 : 22),
    height: box.height - 42 - 22 - legend.length * legendLine,
  };
  return [
    element('rect', { ...box, fill: '#ffffff', stroke: '#d5dbdb', rx: 4 }),
    text(box.x + 10, box.y + 18, graph.title, { class: 'title' }),
    drawSide(graph, lines, plot, 'left'),
    isSecond ? drawSide(graph, lines, plot, 'right') : '',
    drawHours(plot),
    drawLegend(legend, { x: box.x + 10, y: box.y + box.height - 8 - (legend.length - 1) * legendLine }),
  ].join('\n');
}

/** The lines of one axis, its ticks, and the levels to compare with. */
function drawSide(graph: Graph, lines: readonly Line[], plot: Box, side: 'left' | 'right'): string {
  const own = lines.filter(({ series }) => series.axis === side);
  const levels = side === 'left' ? graph.lines : [];
  const unit = graph.units[side];
  const highest = Math.max(
    0,
    ...own.flatMap(({ values = [] }) => values),
    ...levels.map(({ value }) => value),
  );
  const scale = toScale(highest, unit);
  const toY = (value: number): number => plot.y + plot.height * (1 - value / scale.max);
  const toX = (point: number): number => plot.x + (plot.width * point) / (points - 1);
  return [
    drawTicks(scale, unit, plot, side),
    ...levels.map(({ value, label, color }) =>
      [
        element('line', {
          x1: plot.x,
          x2: plot.x + plot.width,
          y1: toY(value),
          y2: toY(value),
          stroke: color,
          'stroke-dasharray': '4 3',
        }),
        text(plot.x + 4, toY(value) - 4, label, { class: 'small', fill: color }),
      ].join(''),
    ),
    ...own.map(({ values = [], color }) =>
      polyline(
        values.map((value, point) => [toX(point), toY(value)] as const),
        color,
      ),
    ),
  ].join('\n');
}

function drawTicks({ max, ticks }: Scale, unit: string, plot: Box, side: 'left' | 'right'): string {
  const isLeft = side === 'left';
  const anchor = isLeft ? 'end' : 'start';
  const x = isLeft ? plot.x - 5 : plot.x + plot.width + 5;
  return [
    text(isLeft ? plot.x - 36 : plot.x + plot.width + 40, plot.y - 8, unit, {
      class: 'small',
      'text-anchor': isLeft ? 'start' : 'end',
    }),
    ...ticks.map((tick) => {
      const y = plot.y + plot.height * (1 - tick / max);
      const line = element('line', { x1: plot.x, x2: plot.x + plot.width, y1: y, y2: y, stroke: '#eaeded' });
      const label = text(x, y + 3.5, toTickText(tick, unit), { class: 'small', 'text-anchor': anchor });
      return isLeft ? line + label : label;
    }),
  ].join('\n');
}

function drawHours(plot: Box): string {
  const step = plot.width < 250 ? 4 : 2;
  const marks: string[] = [];
  for (let hour = 0; hour <= hours; hour += step) {
    const x = plot.x + (plot.width * hour) / hours;
    const label = `${String(firstHour + hour).padStart(2, '0')}:00`;
    marks.push(text(x, plot.y + plot.height + 13, label, { class: 'small', 'text-anchor': 'middle' }));
  }
  return marks.join('\n');
}

function wrapLegend(lines: readonly Line[], width: number): readonly (readonly Line[])[] {
  const rows: Line[][] = [];
  let used = Infinity;
  for (const line of lines) {
    const needed = legendWidth(line);
    if (used + needed > width) {
      rows.push([]);
      used = 0;
    }
    rows.at(-1)?.push(line);
    used += needed;
  }
  return rows;
}

function legendWidth({ series }: Line): number {
  return 14 + widthOf(series.label, legendSize) + 10;
}

function drawLegend(
  rows: readonly (readonly Line[])[],
  { x, y }: { readonly x: number; readonly y: number },
): string {
  return rows
    .flatMap((row, index) => {
      let left = x;
      return row.map((line) => {
        const at = left;
        left += legendWidth(line);
        const top = y + index * legendLine;
        const square = element('rect', { x: at, y: top - 8, width: 9, height: 9, fill: line.color });
        return square + text(at + 13, top, line.series.label, { class: 'small' });
      });
    })
    .join('\n');
}

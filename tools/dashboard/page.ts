// A dashboard as one picture: every widget at its place in 24 columns.

import { drawGraph, type Box } from './graph.ts';
import { element, text } from '../terminal/svg.ts';
import type { Widget } from './widget.ts';

const columnPx = 54;
const rowPx = 40;
const gapPx = 8;
const marginPx = 12;
const columns = 24;

const style = [
  'text { font-family: Helvetica, Arial, "DejaVu Sans", sans-serif; fill: #16191f; }',
  '.page { font-size: 20px; font-weight: bold; }',
  '.heading { font-size: 17px; font-weight: bold; }',
  '.title { font-size: 12.5px; font-weight: bold; }',
  '.facts { font-size: 12px; fill: #5f6b7a; }',
  '.small { font-size: 10px; fill: #5f6b7a; }',
  '.state { font-size: 11px; fill: #ffffff; }',
].join('\n');

/** Draws the widgets as an SVG document; alarms in `ringing` are red. */
export function drawPage(widgets: readonly Widget[], ringing: readonly string[] = []): string {
  const rows = Math.max(0, ...widgets.map(({ y, height }) => y + height));
  const size = { width: columns * columnPx + 2 * marginPx, height: rows * rowPx + 2 * marginPx };
  const content = [
    element('style', {}, style),
    element('rect', { ...size, fill: '#f2f3f3' }),
    ...widgets.map((widget) => drawWidget(widget, toBox(widget), ringing)),
  ];
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${size.width} ${size.height}`,
    ...size,
  };
  return `${element('svg', attributes, `\n${content.join('\n')}\n`)}\n`;
}

function toBox({ x, y, width, height }: Widget): Box {
  return {
    x: marginPx + x * columnPx + gapPx / 2,
    y: marginPx + y * rowPx + gapPx / 2,
    width: width * columnPx - gapPx,
    height: height * rowPx - gapPx,
  };
}

function drawWidget(widget: Widget, box: Box, ringing: readonly string[]): string {
  switch (widget.type) {
    case 'text':
      return drawText(widget.markdown, box);
    case 'alarm':
      return drawAlarms(widget.title, widget.alarms, box, ringing);
    case 'metric':
      return drawGraph(widget, box);
  }
}

/** A heading, and one line under it: all the Markdown that the dashboard has. */
function drawText(markdown: string, box: Box): string {
  const [heading = '', ...rest] = markdown.split('\n');
  const isPage = heading.startsWith('# ');
  return [
    text(box.x + 4, box.y + 30, heading.replace(/^#+ /, ''), { class: isPage ? 'page' : 'heading' }),
    ...rest.map((line, index) =>
      text(box.x + 4, box.y + 54 + index * 16, line.replaceAll('`', ''), { class: 'facts' }),
    ),
  ].join('\n');
}

const alarmsPerRow = 6;
const alarmPx = 30;

function drawAlarms(title: string, alarms: readonly string[], box: Box, ringing: readonly string[]): string {
  const width = (box.width - 20) / alarmsPerRow;
  return [
    element('rect', { ...box, fill: '#ffffff', stroke: '#d5dbdb', rx: 4 }),
    text(box.x + 10, box.y + 18, title, { class: 'title' }),
    ...alarms.map((name, index) => {
      const x = box.x + 10 + (index % alarmsPerRow) * width;
      const y = box.y + 28 + Math.floor(index / alarmsPerRow) * alarmPx;
      const fill = ringing.includes(name) ? '#d13212' : '#1d8102';
      const mark = element('rect', { x, y, width: width - 6, height: alarmPx - 6, fill, rx: 3 });
      return mark + text(x + 8, y + 16, name, { class: 'state' });
    }),
  ].join('\n');
}

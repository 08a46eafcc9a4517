// The floors as a picture: blocks for a terminal, SVG for the report. Own file: pure text from numbers.
import type { Floor } from './floor.ts';

/** One line of a picture. */
export interface Component {
  readonly name: string;
  readonly color: string;
  readonly read: (floor: Floor) => number;
}

/** What is drawn, the floor first. */
const components: readonly Component[] = [
  { name: 'floor', color: '#d1242f', read: (floor) => floor.floorBytes },
  { name: 'heap', color: '#0969da', read: (floor) => floor.heapBytes },
  { name: 'external', color: '#8250df', read: (floor) => floor.externalBytes },
  { name: 'array buffers', color: '#bf8700', read: (floor) => floor.arrayBufferBytes },
  { name: 'compiled code', color: '#1a7f37', read: (floor) => floor.codeBytes },
  { name: 'resident', color: '#57606a', read: (floor) => floor.rssBytes },
];

const blocks = ' ▁▂▃▄▅▆▇█';
const megabyte = 1_048_576;

/** Lines for a terminal: the floor as a chart of `height` rows, every component as one row of blocks, `width` columns. */
export function toTerminalChart(
  floors: readonly Floor[],
  { width = 60, height = 8 }: { readonly width?: number; readonly height?: number } = {},
): readonly string[] {
  const [floor, ...others] = components;
  if (floor === undefined || floors.length === 0) return [];
  const values = toColumns(floors.map(floor.read), width);
  const [low, high] = toRange(values);
  const eighths = values.map((value) => 1 + Math.round(((value - low) / (high - low)) * (height * 8 - 1)));
  const rows = Array.from({ length: height }, (_, row) => {
    const below = (height - 1 - row) * 8;
    const bar = eighths.map((level) => blocks[Math.max(0, Math.min(8, level - below))] ?? '').join('');
    const label = row === 0 ? toMb(high) : row === height - 1 ? toMb(low) : '';
    return `${label.padStart(8)} │${bar}`;
  });
  const last = String(floors.at(-1)?.invocation ?? 0);
  const axis = `${''.padStart(8)} └${'─'.repeat(values.length)}`;
  const places = `${''.padStart(9)} ${'invocation 1'.padEnd(Math.max(13, values.length - last.length))}${last}`;
  return [
    'floor: live after a full collection, MB',
    ...rows,
    axis,
    places,
    ...others.map((component) => toSparkline(component, floors, width)),
  ];
}

function toSparkline({ name, read }: Component, floors: readonly Floor[], width: number): string {
  const values = toColumns(floors.map(read), width);
  const [low, high] = toRange(values);
  const bar = values.map((value) => blocks[1 + Math.round(((value - low) / (high - low)) * 7)]).join('');
  return `${name.padEnd(14)}${bar}  ${toMb(values[0] ?? 0)} → ${toMb(values.at(-1) ?? 0)} MB`;
}

/** At most `width` values: the lowest of each group, since a floor is what stays. */
function toColumns(values: readonly number[], width: number): readonly number[] {
  const columns = Math.min(width, values.length);
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * values.length) / columns);
    return Math.min(...values.slice(from, Math.floor(((column + 1) * values.length) / columns)));
  });
}

// A flat line is drawn flat: less than 2 MB of difference is not blown up to the chart's height.
function toRange(values: readonly number[]): readonly [low: number, high: number] {
  const low = Math.min(...values);
  return [low, Math.max(low + 2 * megabyte, ...values)];
}

function toMb(bytes: number): string {
  return (bytes / megabyte).toFixed(1);
}

/** The same as an SVG document, from 0 to the memory size, with the memory size as a line. */
export function toSvgChart(
  floors: readonly Floor[],
  { title, memoryMb }: { readonly title: string; readonly memoryMb: number },
): string {
  const [width, height, left, top] = [760, 360, 60, 50];
  const lastInvocation = Math.max(2, floors.at(-1)?.invocation ?? 2);
  const highest = Math.max(memoryMb * megabyte, ...floors.map(({ rssBytes }) => rssBytes)) * 1.05;
  const x = (invocation: number): string =>
    (left + ((invocation - 1) / (lastInvocation - 1)) * width).toFixed(1);
  const y = (bytes: number): string => (top + height - (bytes / highest) * height).toFixed(1);
  const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const bytes = part * memoryMb * megabyte;
    const line = part === 1 ? 'stroke="#1f2328" stroke-dasharray="6 4"' : 'stroke="#d0d7de"';
    return `<line x1="${left}" x2="${left + width}" y1="${y(bytes)}" y2="${y(bytes)}" ${line}/><text x="${left - 6}" y="${Number(y(bytes)) + 4}" text-anchor="end">${Math.round(part * memoryMb)}</text>`;
  });
  const lines = components.map(({ color, read }) => {
    const points = floors.map((floor) => `${x(floor.invocation)},${y(read(floor))}`).join(' ');
    return `<polyline points="${points}" fill="none" stroke="${color}" stroke-width="1.5"/>`;
  });
  const legend = components.map(({ name, color }, index) => {
    const at = left + index * 130;
    return `<rect x="${at}" y="32" width="12" height="4" fill="${color}"/><text x="${at + 18}" y="38">${name}</text>`;
  });
  const foot = top + height + 20;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 30} ${foot + 20}" font-family="sans-serif" font-size="12" fill="#1f2328">
<rect width="100%" height="100%" fill="#ffffff"/><text x="${left}" y="20" font-size="14">${toXmlText(title)}</text>
${[...legend, ...grid, ...lines].join('\n')}
<text x="${left}" y="${foot}">invocation 1</text><text x="${left + width}" y="${foot}" text-anchor="end">${lastInvocation}</text><text x="${left + width / 2}" y="${foot}" text-anchor="middle">MB after a full collection; dashed: the memory size</text>
</svg>
`;
}

function toXmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

// The floors as rows of blocks for a terminal, and what both pictures of a soak draw.
import type { Floor } from '../sandbox/floor.ts';

/** One line of a picture. */
export interface Component {
  readonly name: string;
  readonly color: string;
  readonly read: (floor: Floor) => number;
}

/** What is drawn, the floor first. */
export const components: readonly Component[] = [
  { name: 'live set', color: '#d1242f', read: (floor) => floor.floorBytes },
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
    'live set, MB',
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

/** The least and the most; a flat line is drawn flat: less than 2 MB of difference is not blown up to the chart's height. */
export function toRange(values: readonly number[]): readonly [low: number, high: number] {
  const low = Math.min(...values);
  return [low, Math.max(low + 2 * megabyte, ...values)];
}

/** Bytes as MB with one decimal. */
export function toMb(bytes: number): string {
  return (bytes / megabyte).toFixed(1);
}

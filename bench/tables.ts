// The tables of figures in docs/explanation, rendered from bench/results: `npm run bench -- --tables`. Each stands between two comments,
// with the machine, the date, the commit and what was measured above it.
import { readFileSync } from 'node:fs';
import { candidates, type Candidate } from './candidate.ts';
import type { Shape } from './heavy-events.ts';

/** What every saved result has. */
interface Saved<Row> {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  readonly date: string;
  readonly commit: string;
  /** What was measured, in words. */
  readonly note: string;
  readonly results: readonly Row[];
  /** Of the second row to the first, median of all rounds. */
  readonly ratio?: number;
  /** The same by processor time. */
  readonly cpuRatio?: number;
}

type Cells = readonly (string | number)[];

interface Table<Row> {
  readonly head: Cells;
  readonly rows: (results: readonly Row[], saved: Saved<Row>) => readonly Cells[];
}

const contents: Readonly<Record<Shape, string>> = {
  small: 'documents of 800 bytes',
  large: 'documents of 1 MB',
  mixed: 'documents of log-normal sizes, mean 800 bytes',
  declared: 'documents of 800 bytes in frames that declare 4 MB blocks, as lz4-java writes them',
};

const shortly: Readonly<Record<Shape, string>> = {
  small: '800-byte documents',
  large: '1 MB documents',
  mixed: 'log-normal sizes',
  declared: "800 bytes, lz4-java's frames",
};

/** A table of each bench, by its name. */
const tables = {
  memory: () =>
    render<{ shape: Shape; records: number; limitMb: Readonly<Record<Candidate, number>> }>('memory', {
      head: ['MB for', ...names.map((name) => candidates[name])],
      rows: (results) =>
        results.map(({ shape, records, limitMb }) => [
          `${toCount(records)} ${contents[shape]}`,
          ...names.map((name) => limitMb[name]),
        ]),
    }),
  throughput: () =>
    render<{ shape: Shape; name: Candidate; perSecond: number; ratio: number; totalRatio: number }>(
      'throughput',
      {
        head: ['Event', 'Candidate', 'Records a second', 'Ratio, turn by turn', 'Ratio of the whole time'],
        rows: (results) =>
          results.map(({ shape, name, perSecond, ratio, totalRatio }, row) => [
            shape === results[row - 1]?.shape ? '' : shortly[shape],
            candidates[name],
            toCount(perSecond),
            toRatio(ratio),
            toRatio(totalRatio),
          ]),
      },
    ),
  init: () =>
    render<{ memoryMb: number; name: string; cpuMs: number; rssMb: number }>('init', {
      head: ['Function', 'Memory size, MB', 'Processor time, ms', 'Resident after it, MB'],
      rows: (results) =>
        results.map(({ memoryMb, name, cpuMs, rssMb }) => [
          name,
          toCount(memoryMb),
          cpuMs.toFixed(1),
          rssMb.toFixed(1),
        ]),
    }),
  runner: () =>
    render<{ name: string; perSecond: number; cpuMicrosPerRecord: number }>('runner', {
      head: [
        'Consumer',
        'Records a second',
        'Ratio',
        'Processor time a record, µs',
        'Ratio by processor time',
      ],
      rows: (results, { ratio = NaN, cpuRatio = NaN }) =>
        results.map(({ name, perSecond, cpuMicrosPerRecord }) => [
          name === 'bare' ? 'bare kafkajs' : 'the runner',
          toCount(perSecond),
          toRatio(name === 'bare' ? 1 : ratio),
          cpuMicrosPerRecord.toFixed(2),
          toRatio(name === 'bare' ? 1 : cpuRatio),
        ]),
    }),
  retention: () =>
    render<{ name: string; meanUs: number; share: number }>('retention', {
      head: ['Event and consumer', 'In the watch, µs', 'Share of the invocation'],
      rows: (results) =>
        results.map(({ name, meanUs, share }) => [name, meanUs.toFixed(0), `${(share * 100).toFixed(2)} %`]),
    }),
} as const;

const names = Object.keys(candidates) as readonly Candidate[];
const place = /(<!-- bench (\w+): .*? -->\n)(?:.*?)(<!-- \/bench -->)/gs;

/** The pages that have tables, and of which benches. */
export const pages: readonly (readonly [page: URL, benches: readonly string[]])[] = [
  [toPage('benchmarks'), ['memory', 'throughput', 'init', 'runner']],
  [toPage('retention'), ['retention']],
];

/**
 * The text of a page with its tables as bench/results has them now.
 *
 * @throws Error where it has a place for another bench, or none for one of these
 */
export function renderTables(text: string, benches: readonly string[]): string {
  const left = new Set(benches);
  const rendered = text.replaceAll(place, (_, start: string, name: string, end: string) => {
    if (!left.delete(name)) throw new Error(`the page asks for a table of ${name}, once more or unknown`);
    return `${start}\n${tables[name as keyof typeof tables]()}\n${end}`;
  });
  if (left.size > 0) throw new Error(`the page has no place for ${[...left].join(', ')}`);
  return rendered;
}

function toPage(name: string): URL {
  return new URL(`../docs/explanation/${name}.md`, import.meta.url);
}

function render<Row>(name: string, { head, rows }: Table<Row>): string {
  const saved = JSON.parse(
    readFileSync(new URL(`results/${name}.json`, import.meta.url), 'utf8'),
  ) as Saved<Row>;
  const { cpu, cores, node, date, commit, note, results } = saved;
  const machine = `${cpu.replaceAll('(R)', '')}, ${cores} cores, Node ${node.slice(1)}, ${date}, commit ${commit}`;
  const cells = rows(results, saved);
  const align = head.map((_, column) =>
    cells.every((row) => /^[\d,.]+(?:x| %)?$/.test(String(row[column]))) ? '---:' : '---',
  );
  return [
    `${machine}; ${note}:`,
    '',
    ...[head, align, ...cells].map((row) => `| ${row.join(' | ')} |`),
    '',
  ].join('\n');
}

function toCount(value: number): string {
  return value.toLocaleString('en-US');
}

function toRatio(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)}x`;
}

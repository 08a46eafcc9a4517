// What a bench of tinybench prints: records a second and the ratio to the first row, measured in the same run. With --save
// any bench's result is kept in bench/results/, with the machine it was measured on.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Bench } from 'tinybench';

/** What one run of a bench's task stands for. */
export interface Work {
  /** Such as `records`. */
  readonly unit: string;
  /** How many of them one run handles. */
  readonly perRun: number;
  /** What was measured, in words. */
  readonly note: string;
}

/** Prints the rows of `bench`, the first one as baseline, and saves them when the command line says `--save`. */
export function report(name: string, bench: Bench, work: Work): void {
  const rows = bench.tasks.map((task) => {
    if (task.result.state !== 'completed')
      throw new Error(`bench row ${task.name} did not complete: ${task.result.state}`);
    const medianMs = task.result.latency.p50;
    return { name: task.name, medianMs, perSecond: (work.perRun / medianMs) * 1000 };
  });
  const [base] = rows;
  if (!base) throw new Error(`bench ${name} has no rows`);
  const results = rows.map((row) => ({ ...row, ratio: row.perSecond / base.perSecond }));
  process.stdout.write(`${name}: ${work.note}\n`);
  for (const { name: row, medianMs, perSecond, ratio } of results) {
    const rate = `${Math.round(perSecond).toLocaleString('en-US')} ${work.unit}/s`;
    process.stdout.write(
      `  ${row.padEnd(28)} ${medianMs.toFixed(2).padStart(9)} ms  ${rate.padStart(22)}  ${ratio.toFixed(2)}x\n`,
    );
  }
  if (process.argv.includes('--save')) saveResult(name, { note: work.note, results });
}

/** Keeps `result` as bench/results/<name>.json, with the machine it was measured on. */
export function saveResult(name: string, result: object): void {
  const folder = new URL('results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
    commit,
  };
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify({ ...machine, ...result }, null, 2)}\n`);
}

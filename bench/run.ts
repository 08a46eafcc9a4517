// `npm run bench [-- name ...] [--save]`: each bench in a process of its own, one after the other. `--tables` runs none and renders the saved
// results into the docs.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pages, renderTables } from './tables.ts';

const folder = new URL('.', import.meta.url);
const args = process.argv.slice(2);
const wanted = args.filter((arg) => !arg.startsWith('--'));
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.replace('.bench.ts', ''));
const unknown = wanted.filter((name) => !known.includes(name));

if (args.includes('--tables')) {
  for (const [page, benches] of pages) writeFileSync(page, renderTables(readFileSync(page, 'utf8'), benches));
} else if (unknown.length > 0) {
  process.stderr.write(`no such bench, got ${unknown.join(', ')}, expected ${known.join(', ')}\n`);
  process.exitCode = 2;
} else {
  for (const name of wanted.length > 0 ? wanted : known) {
    const file = fileURLToPath(new URL(`${name}.bench.ts`, folder));
    const flags = args.filter((arg) => arg.startsWith('--'));
    const { status } = spawnSync(process.execPath, [file, ...flags], { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
}

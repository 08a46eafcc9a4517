// The memory of `npm start`, sampled from /proc five times a second: `node bench/run-memory.ts [arguments of tailrace run]`. Linux only.
// Resident memory counts Node's executable, 45 MB, in each process; the proportional share counts it once over all that map it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const start = ['tools/setup/start.mjs', 'tools/cli.ts', 'run', ...process.argv.slice(2)];

interface Memory {
  readonly residentMb: number;
  readonly proportionalMb: number;
}

type Role = 'runner' | 'endpoints' | 'broker';

const signs: readonly (readonly [Role, RegExp])[] = [
  ['endpoints', /endpoints-process\.ts/],
  ['broker', /embedded-process\.ts|kafka\.Kafka /],
  ['runner', /--max-semi-space-size=\d+ tools\/cli\.ts run/],
];

const child = spawn(process.execPath, start, { cwd: root, stdio: 'inherit' });
const peaks = new Map<string, Memory>();
const timer = setInterval(() => sample(child.pid ?? 0), 200);
const [code] = (await once(child, 'exit')) as [number | null];
clearInterval(timer);
for (const [role, { residentMb, proportionalMb }] of peaks)
  process.stdout.write(`${role}: at most ${residentMb} MB resident, ${proportionalMb} MB proportional\n`);
process.exitCode = code ?? 1;

function sample(ancestor: number): void {
  const now = new Map<Role, Memory>();
  for (const id of findDescendants(ancestor)) {
    const command = read(`/proc/${id}/cmdline`).replaceAll('\0', ' ');
    const role = signs.find(([, sign]) => sign.test(command))?.[0];
    if (role !== undefined) now.set(role, readMemory(id));
  }
  for (const [role, memory] of now) note(role, memory);
  const [runner, endpoints] = [now.get('runner'), now.get('endpoints')];
  if (runner === undefined || endpoints === undefined) return;
  note('runner and endpoints together', {
    residentMb: runner.residentMb + endpoints.residentMb,
    proportionalMb: runner.proportionalMb + endpoints.proportionalMb,
  });
}

function note(role: string, { residentMb, proportionalMb }: Memory): void {
  const peak = peaks.get(role);
  peaks.set(role, {
    residentMb: Math.max(residentMb, peak?.residentMb ?? 0),
    proportionalMb: Math.max(proportionalMb, peak?.proportionalMb ?? 0),
  });
}

function findDescendants(ancestor: number): readonly number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((id) => [Number(id), Number(/.*\) \S (\d+)/.exec(read(`/proc/${id}/stat`))?.[1])] as const);
  const found = [ancestor];
  for (const each of found) for (const [id, parent] of parents) if (parent === each) found.push(id);
  return found;
}

function readMemory(id: number): Memory {
  const text = read(`/proc/${id}/smaps_rollup`);
  const megabytes = (name: string): number =>
    Math.round(Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(text)?.[1] ?? 0) / 1024);
  return { residentMb: megabytes('Rss'), proportionalMb: megabytes('Pss') };
}

/** A process may end at any moment. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

// `npm test`: format, lint, types, then the tests, then a look for payloads in all that the tests have printed. The first three
// finish in seconds, so they all run and all report before anything stops. `npm run test:unit` runs the quick tests alone.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { exitCode } from '../exit-code.ts';
import { watchParent } from '../parent-process.ts';
import { createTemporaryFolder } from '../temporary-folder.ts';
import { findPayloads } from './payload-dump.ts';
import { findUnitTests } from './unit-tests.ts';

const [first, ...rest] = process.argv.slice(2);
const isUnit = first === '--unit';
const files = [...(isUnit || first === undefined ? [] : [first]), ...rest];
const startedMs = Date.now();
let running: ChildProcess | undefined;
let isStopped = false;
// node --test ends its own children when it is told to end, and whatever they have started ends with them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
watchParent(stop);

const steps: readonly (readonly [name: string, command: string, args: readonly string[]])[] = [
  ['format', 'oxfmt', ['--check']],
  ['lint', 'oxlint', ['--type-aware', '--deny-warnings']],
  ['types', 'tsc', ['--project', '.']],
  ["types of the console's page", 'tsc', ['--project', 'tools/console/page']],
];

const patterns = files.length > 0 ? files : isUnit ? findUnitTests(process.cwd()) : ['test/**/*.test.ts'];
if (files.length === 0 && !isUnit)
  process.stdout.write(
    'npm test takes about 20 minutes on two cores, longer the first time; npm run test:unit answers in one minute\n',
  );

const failed: string[] = [];
for (const [name, command, args] of isUnit ? [] : steps) {
  const code = await run(command, args);
  process.stdout.write(`${code === 0 ? 'ok' : 'FAILED'}  ${name}: ${command} ${args.join(' ')}\n`);
  if (code !== 0) failed.push(name);
}
if (failed.length > 0) {
  process.stderr.write(
    `npm test: ${failed.join(', ')} failed, so no test was run; \`npm run format\` writes the format\n`,
  );
  process.exitCode = 1;
} else {
  process.exitCode = await runTests(patterns);
}
process.stdout.write(
  `${isUnit ? 'npm run test:unit' : 'npm test'} took ${Math.round((Date.now() - startedMs) / 1000)} s\n`,
);

async function runTests(patterns: readonly string[]): Promise<number> {
  const { path, remove } = await createTemporaryFolder('test-run');
  const dump = join(path, 'dump');
  mkdirSync(dump);
  // The tests' processes inherit both. Compiling the same modules in each takes 16 of 99 s of processor time (2026-11-30).
  process.env['TAILRACE_PAYLOAD_DUMP'] = dump;
  if (isUnit) process.env['NODE_COMPILE_CACHE'] = join(path, 'compiled');
  try {
    const code = await run(process.execPath, [
      `--import=${new URL('payload-tap.mjs', import.meta.url).href}`,
      '--test',
      `--test-concurrency=${Math.max(2, availableParallelism())}`,
      '--test-reporter=spec',
      ...patterns,
    ]);
    const finds = findPayloads(dump);
    for (const { command, excerpt } of finds.slice(0, 20))
      process.stderr.write(`npm test: payload in the output of ${command}: ${excerpt}\n`);
    process.stdout.write(
      `${finds.length === 0 ? 'ok' : 'FAILED'}  payload-free: ${finds.length} lines of output hold a payload\n`,
    );
    return code === 0 && finds.length > 0 ? 1 : code;
  } finally {
    await remove();
  }
}

function run(command: string, args: readonly string[]): Promise<number> {
  if (isStopped) return Promise.resolve(exitCode.stopped);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    running = child;
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? (isStopped ? exitCode.stopped : exitCode.wrong)));
  });
}

function stop(): void {
  isStopped = true;
  running?.kill('SIGTERM');
}

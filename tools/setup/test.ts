// `npm test`: format, lint, types, then the tests, then a look for payloads in all that the tests have printed. The first three
// finish in seconds, so they all run and all report before anything stops.

import { spawn, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { exitCode } from '../exit-code.ts';
import { watchParent } from '../parent-process.ts';
import { createTemporaryFolder } from '../temporary-folder.ts';
import { findPayloads } from './payload-dump.ts';

const files = process.argv.slice(2);
let running: ChildProcess | undefined;
let isStopped = false;
// node --test ends its own children when it is told to end, and whatever they have started ends with them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
watchParent(stop);

const steps: readonly (readonly [name: string, command: string, args: readonly string[]])[] = [
  ['format', 'oxfmt', ['--check']],
  ['lint', 'oxlint', ['--type-aware', '--deny-warnings']],
  ['types', 'tsc', ['--project', '.']],
];

const failed: string[] = [];
for (const [name, command, args] of steps) {
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
  process.exitCode = await runTests(files.length > 0 ? files : ['test/**/*.test.ts']);
}

async function runTests(patterns: readonly string[]): Promise<number> {
  const { path: dump, remove } = await createTemporaryFolder('payload-dump');
  process.env['TAILRACE_PAYLOAD_DUMP'] = dump; // the tests' processes inherit it
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

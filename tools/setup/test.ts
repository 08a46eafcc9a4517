// `npm test`: format, lint, types, then the tests, then a look for payloads in all that the tests have printed. The first three
// finish in seconds, so they all run and all report before anything stops.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPayloads } from './payload-dump.ts';

const files = process.argv.slice(2);
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
  const dump = mkdtempSync(join(tmpdir(), 'tailrace-payload-dump-'));
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
    rmSync(dump, { recursive: true, force: true });
  }
}

function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

// `npm test`: format, lint, types, then the tests. The first three finish in seconds, so they all run and all report
// before anything stops.

import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

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
  const concurrency = Math.max(2, availableParallelism());
  const patterns = files.length > 0 ? files : ['test/**/*.test.ts'];
  process.exitCode = await run(process.execPath, [
    '--test',
    `--test-concurrency=${concurrency}`,
    '--test-reporter=spec',
    ...patterns,
  ]);
}

function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

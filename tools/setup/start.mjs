// Every npm script goes through here: `node tools/setup/start.mjs <script> [arguments]` installs what is missing, says so,
// and runs the script under the pinned Node. Plain JavaScript, because the machine's own Node may be 20.

import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ensureInstalled } from './install.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [script, ...args] = process.argv.slice(2);

try {
  const node = await ensureInstalled(root, {
    onProgress: (message) => process.stderr.write(`tailrace: ${message}\n`),
  });
  const path = [join(root, 'node_modules', '.bin'), dirname(node), process.env.PATH].join(delimiter);
  const env = {
    // Types that were stripped once need not be again: 0.5 s and 30 MB less for each process (measured 2026-11-30).
    NODE_COMPILE_CACHE: join(root, '.cache', 'compile'),
    // glibc would keep an arena for each thread, with what was freed in it.
    MALLOC_ARENA_MAX: '2',
    ...process.env,
    PATH: path,
  };
  // The command line keeps no young objects for long; V8 would give them 48 MB.
  const flags = script === 'tools/cli.ts' ? ['--max-semi-space-size=4'] : [];
  const child = spawn(node, [...flags, script, ...args], { stdio: 'inherit', env });
  // A terminal sends Ctrl-C to the child as well; this process only has to outlive it, to pass on how it ended.
  for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  // Killed, npm leaves this process to another parent: nobody is left who could stop the child.
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 500).unref();
  child.once('error', (error) =>
    fail(`cannot start ${node}, got ${error.message}; delete node_modules and try again`),
  );
  child.once('exit', (code, signal) => {
    if (signal) dieOf(signal);
    else process.exitCode = code;
  });
} catch (error) {
  fail(error.message);
}

function fail(message) {
  process.stderr.write(`tailrace: ${message}\n`);
  process.exitCode = 3;
}

/** Ends this process as the child ended, so that a shell sees the same. */
function dieOf(signal) {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

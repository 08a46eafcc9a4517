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
  const child = spawn(node, [script, ...args], { stdio: 'inherit', env: { ...process.env, PATH: path } });
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

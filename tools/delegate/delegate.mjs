#!/usr/bin/env node
// The `tailrace` command of the runtime's package, so that `npx tailrace init` works where nothing is installed: it runs the
// command line that the project has, or else fetches the one of its own version. Plain JavaScript, for any Node from 20.19 on.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const installed = findCommandLine([join(process.cwd(), 'package.json'), fileURLToPath(import.meta.url)]);
if (installed !== undefined) await import(pathToFileURL(join(installed, 'tools/setup/launch.mjs')).href);
else runFromRegistry();

/** The folder of the installed command line, as the project or else this package sees it. */
function findCommandLine(places) {
  for (const place of places) {
    try {
      return dirname(createRequire(place).resolve('tailrace-cli/package.json'));
    } catch {
      // Node has no other way to ask.
    }
  }
  return undefined;
}

function runFromRegistry() {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const args = [
    'exec',
    '--yes',
    `--package=tailrace-cli@${version}`,
    '--',
    'tailrace',
    ...process.argv.slice(2),
  ];
  const child = spawn('npm', args, { stdio: 'inherit', shell: process.platform === 'win32' });
  // A terminal sends Ctrl-C to the child as well; this process only has to outlive it, to pass on how it ended.
  for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.once('error', (error) => {
    process.stderr.write(
      `tailrace: npm cannot be started, got ${error.message}; npm install --save-dev tailrace-cli\n`,
    );
    process.exitCode = 3;
  });
  child.once('exit', (code) => {
    process.exitCode = code ?? 130;
  });
}

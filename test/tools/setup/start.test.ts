// What npm starts ends with npm, whichever way that goes.

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isRunning } from '../../support/function-probe.ts';
import { until } from '../../support/until.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const start = join(root, 'tools/setup/start.mjs');
const folder = await mkdtemp(join(tmpdir(), 'tailrace-start-'));
after(() => rm(folder, { recursive: true }));

/** Starts `command` in the project; `pid` is the process that the started script names in its first line. */
async function startUntilPid(
  command: readonly string[],
): Promise<{ readonly child: ChildProcess; readonly pid: number }> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (part: Buffer) => (said += part.toString()));
  await until(() => said.includes('\n'), 'the script has named its process');
  return { child, pid: Number(said.split('\n')[0]) };
}

test('what start.mjs runs ends when its parent is killed', async () => {
  const script = join(folder, 'wait.mjs');
  await writeFile(script, 'console.log(process.pid); setInterval(() => {}, 1000);');
  const parent = `const { spawn } = require('node:child_process');
    spawn(process.execPath, ${JSON.stringify([start, script])}, { stdio: 'inherit' });`;
  const { child, pid } = await startUntilPid([process.execPath, '--eval', parent]);
  assert.ok(isRunning(pid));
  child.kill('SIGKILL');
  await until(() => !isRunning(pid), 'the script has ended');
});

test('the tests end when their runner is told to end', async (t) => {
  const file = join(folder, 'endless.test.mjs');
  await writeFile(
    file,
    `import { test } from 'node:test';
     test('endless', async () => {
       console.error('pid ' + process.pid + '.');
       await new Promise((resolve) => setTimeout(resolve, 600_000));
     });`,
  );
  // Format, lint and types are passed over: what is tested comes after them.
  const bin = join(folder, 'bin');
  await mkdir(bin);
  for (const name of ['oxfmt', 'oxlint', 'tsc'])
    await writeFile(join(bin, name), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  // Set, it would tell the inner runner that it is a test itself.
  const { NODE_TEST_CONTEXT: _context, ...environment } = process.env;
  const child = spawn(process.execPath, ['tools/setup/test.ts', file], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...environment, PATH: `${bin}:${process.env['PATH']}` },
  });
  t.after(() => child.kill('SIGTERM'));
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => (said += part.toString()));
  await until(() => /pid \d+\./.test(said), 'the test has started');
  const pid = Number(/pid (\d+)\./.exec(said)?.[1]);
  assert.ok(isRunning(pid));
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  assert.notEqual(code, 0);
  await until(() => !isRunning(pid), 'the test has ended');
});

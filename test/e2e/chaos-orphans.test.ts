// SIGKILL for whoever started it all: the runner's process, its sandboxes, the broker's Java machine and every helper end by
// themselves. Linux, where a process's children can be read from /proc.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { whyNoApache } from '../support/apache.ts';
import { isRunning } from '../support/function-probe.ts';
import { until } from '../support/until.ts';

const skip = process.platform === 'linux' ? await whyNoApache() : 'needs /proc';
const script = fileURLToPath(new URL('chaos/main.ts', import.meta.url));

/** The processes that a process has started, and theirs. */
function descendantsOf(pid: number): readonly number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        return [{ pid: Number(name), parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) }];
      } catch {
        // It has ended since the folder was listed.
        return [];
      }
    });
  const children = parents.filter(({ parent }) => parent === pid).map((each) => each.pid);
  return [...children, ...children.flatMap(descendantsOf)];
}

test('leaves no process behind when it is killed', { skip, timeout: 180_000 }, async () => {
  const chaos = spawn(process.execPath, [script, '--records', '200000', '--faults', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const { pid = 0 } = chaos;
  try {
    // Batches are in flight, so sandboxes are at work and frozen.
    const lines = createInterface({ input: chaos.stderr });
    for await (const line of lines) if (/: [1-9]\d* of 200000 committed/.test(line)) break;
    const started = descendantsOf(pid);
    assert.ok(
      started.length >= 6,
      `${started.length} processes: runner, sandboxes, their shells, supervisor, Java`,
    );
    const ended = once(chaos, 'exit');
    chaos.kill('SIGKILL');
    await ended;
    await until(() => !started.some(isRunning), 'every process has ended');
  } finally {
    chaos.kill('SIGKILL');
  }
});

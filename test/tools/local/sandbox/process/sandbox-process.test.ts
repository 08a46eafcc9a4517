// What happens to a function's processes between invocations, under a debugger, and when the runner dies. Linux tells a
// process's state and groups in files; the code is the same on macOS.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { skipUnless } from '../../../../support/control-groups.ts';
import { findCgroupPlaces } from '../../../../../tools/local/sandbox/memory/cgroup.ts';
import { canCapCpu } from '../../../../../tools/local/sandbox/memory/memory-cap.ts';
import type { SandboxOptions } from '../../../../../tools/local/sandbox/sandbox.ts';
import { account, bodyOf, isRunning, isStopped, startProbe } from '../../../../support/function-probe.ts';
import { until } from '../../../../support/until.ts';

const cleanups: (() => Promise<void>)[] = [];
after(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
});

const start = async (source: string, options?: Partial<SandboxOptions>, memoryMb = 128) => {
  const probe = await startProbe({ source, function: { MemorySize: memoryMb } }, options);
  cleanups.push(probe.close);
  return probe;
};
const isLinux = process.platform === 'linux';
const groupsOf = (folder: string, pid: number): readonly string[] =>
  readdirSync(folder).filter((name) => name.startsWith(`tailrace-${pid}-`));

test('freezes a function and what it has started between invocations', { skip: !isLinux }, async () => {
  const { host, close } = await start(`
    import { spawn } from 'node:child_process';
    const child = spawn('sleep', ['600']);
    let ticks = 0;
    setInterval(() => ticks++, 1);
    export const handler = async () => {
      const before = ticks;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { pids: [process.pid, child.pid], ran: ticks > before };
    };`);
  const first = bodyOf((await host.invoke({ event: '{}' })).result) as { pids: number[]; ran: boolean };
  await until(() => first.pids.every(isStopped), 'stopped after it has answered');
  const second = bodyOf((await host.invoke({ event: '{}' })).result);
  assert.deepEqual(second, { pids: first.pids, ran: true }, 'the same process goes on');
  await until(() => first.pids.every(isStopped), 'stopped again');
  await close();
  await until(() => !first.pids.some(isRunning), 'nothing is left of a closed sandbox');
});

test('ends what a crashed function has started, although it holds the output open', async () => {
  const { host, log } = await start(`
    import { spawn } from 'node:child_process';
    export const handler = async () => {
      const child = spawn('sleep', ['600'], { stdio: 'inherit' });
      process.stdout.write('child ' + child.pid + '\\n', () => process.exit(1));
      await new Promise(() => {});
    };`);
  const { result } = await host.invoke({ event: '{}' });
  assert.ok(result.kind === 'crash' && result.errorMessage.endsWith('exit status 1'));
  const pid = Number(/child (\d+)/.exec(log.join('\n'))?.[1]);
  assert.ok(pid > 0);
  await until(() => !isRunning(pid), 'the child has ended');
});

test('lets a debugger attach on 127.0.0.1 and stays awake for it', async () => {
  const { host, log } = await start(`export const handler = async () => process.pid;`, { inspectPort: 0 });
  const pid = bodyOf((await host.invoke({ event: '{}' })).result) as number;
  const line = log.find((text) => text.includes('Debugger listening on ws://127.0.0.1:'));
  const address = /ws:\/\/(127\.0\.0\.1:\d+)\//.exec(line ?? '')?.[1];
  assert.ok(address !== undefined, log.join('\n'));
  const targets = (await (await fetch(`http://${address}/json/list`)).json()) as readonly { type: string }[];
  assert.equal(targets[0]?.type, 'node');
  assert.equal(bodyOf((await host.invoke({ event: '{}' })).result), pid);
});

test(
  'bounds CPU time in proportion to memory when asked to',
  { skip: skipUnless(canCapCpu(), 'no control groups that bound the CPU can be made here') },
  async () => {
    const { host, close } = await start(
      `export const handler = async () => 'ok';`,
      { cpuShare: true, memoryCap: 'watchdog' },
      1769,
    );
    assert.equal(bodyOf((await host.invoke({ event: '{}' })).result), 'ok');
    const place = findCgroupPlaces().cpu;
    const [name] = groupsOf(place?.folder ?? '', process.pid);
    const folder = join(place?.folder ?? '', name ?? '');
    const read = (file: string): string => readFileSync(join(folder, file), 'utf8').trim();
    if (place?.version === 2) assert.equal(read('cpu.max'), '20000 20000');
    else assert.deepEqual([read('cpu.cfs_quota_us'), read('cpu.cfs_period_us')], ['20000', '20000']);
    assert.ok(read('cgroup.procs') !== '', 'the function is in it');
    await close();
    assert.equal(existsSync(folder), false);
  },
);

test('leaves no process and no control group behind when the runner itself is killed', async () => {
  const { fn } = await start(`export const handler = async () => process.pid;`);
  const script = `
    const { createFunctionHost } = await import(process.argv[1]);
    const host = createFunctionHost({ ...JSON.parse(process.argv[2]), onLog() {} });
    console.log((await host.invoke({ event: '{}' })).result.body);
    setInterval(() => {}, 1000);`;
  const module = fileURLToPath(
    new URL('../../../../../tools/local/sandbox/host/function-host.ts', import.meta.url),
  );
  const options = JSON.stringify({ fn, ...account, endpoints: {} });
  const runner = spawn(process.execPath, ['--input-type=module', '-e', script, module, options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(runner.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  if (isLinux) await until(() => isStopped(pid), 'the function is frozen');
  assert.equal(isRunning(pid), true);
  const folder = findCgroupPlaces().memory?.folder;
  if (folder !== undefined) assert.equal(groupsOf(folder, runner.pid ?? 0).length, 1);
  runner.kill('SIGKILL');
  await until(() => !isRunning(pid), 'the function has ended');
  if (folder !== undefined) {
    await until(() => groupsOf(folder, runner.pid ?? 0).length === 0, 'its group is removed');
  }
});

test(
  'removes the control groups of dead runners at start, and only those',
  { skip: findCgroupPlaces().memory === undefined ? 'no control groups here' : false },
  async () => {
    const parent = findCgroupPlaces().memory?.folder ?? '';
    const dead = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(dead, 'close');
    const stale = join(parent, `tailrace-${dead.pid}-1`);
    const living = join(parent, `tailrace-${process.ppid}-999`);
    mkdirSync(stale);
    mkdirSync(living);
    const module = fileURLToPath(
      new URL('../../../../../tools/local/sandbox/memory/cgroup.ts', import.meta.url),
    );
    const script = `(await import(process.argv[1])).findCgroupPlaces();`;
    try {
      const runner = spawn(process.execPath, ['--input-type=module', '-e', script, module]);
      assert.deepEqual(await once(runner, 'close'), [0, null]);
      assert.deepEqual([existsSync(stale), existsSync(living)], [false, true]);
    } finally {
      for (const folder of [stale, living]) if (existsSync(folder)) rmdirSync(folder);
    }
  },
);

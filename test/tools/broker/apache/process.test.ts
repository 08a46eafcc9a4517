// The broker's processes, with Node in the place of Java: what matters is who ends with whom, and that the folder goes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startBrokerProcess, type BrokerProcess } from '../../../../tools/broker/apache/process.ts';

const root = new URL('../../../../', import.meta.url);
const forever = 'setInterval(() => {}, 1000)';

async function start(
  scripts: readonly string[],
  revives = false,
): Promise<{ folder: string; broker: BrokerProcess }> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-process-'));
  const broker = await startBrokerProcess(folder, {
    java: process.execPath,
    commands: scripts.map((script) => ['-e', script]),
    stopTimeoutMs: 1_000,
    revives,
  });
  return { folder, broker };
}

async function waitUntilGone(folder: string, processId: number): Promise<void> {
  const deadline = Date.now() + 20_000;
  while ((await isThere(folder)) || isRunning(processId)) {
    assert.ok(Date.now() < deadline, `${folder} or process ${processId} is still there`);
    await delay(20);
  }
}

async function waitForWord(broker: BrokerProcess, word: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!broker.tail().includes(word)) {
    assert.ok(Date.now() < deadline, `the broker prints ${word}`);
    await delay(10);
  }
}

async function isThere(folder: string): Promise<boolean> {
  return await stat(folder).then(
    () => true,
    () => false,
  );
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false; // no such process: that is the answer
  }
}

test('runs one command after the other and keeps the last until it is closed', async () => {
  const { folder, broker } = await start(['console.error("formatted")', forever]);
  const processId = await broker.started;
  assert.equal(isRunning(processId), true);
  assert.equal(broker.isEnded(), false);
  await Promise.all([broker.close(), broker.close()]);
  assert.deepEqual([isRunning(processId), await isThere(folder), broker.isEnded()], [false, false, true]);
  assert.match(broker.tail(), /\nformatted/);
});

test('does not start the broker when the command before it fails, and keeps its last words', async () => {
  const { folder, broker } = await start(['console.error("no space"); process.exit(3)', forever]);
  await assert.rejects(broker.started, /exit code 3/);
  await broker.ended;
  assert.match(broker.tail(), /no space/);
  assert.equal(await isThere(folder), false);
});

test('kills a broker that does not stop when asked to', async () => {
  const { folder, broker } = await start([
    `process.on("SIGTERM", () => console.error("asked")); console.error("deaf"); ${forever}`,
  ]);
  const processId = await broker.started;
  await waitForWord(broker, 'deaf');
  await broker.close();
  assert.deepEqual([isRunning(processId), await isThere(folder)], [false, false]);
  assert.match(broker.tail(), /asked/);
});

test('ends, and clears up, when the broker dies', async () => {
  const { folder, broker } = await start([forever]);
  process.kill(await broker.started, 'SIGKILL');
  await broker.ended;
  assert.equal(await isThere(folder), false);
});

test('starts a broker again that was killed, if it is to revive, but not one that gives up', async () => {
  const life = `process.on("SIGHUP", () => process.exit(4)); console.error("life " + process.pid); ${forever}`;
  const { folder, broker } = await start([life], true);
  const first = await broker.started;
  process.kill(first, 'SIGKILL');
  const deadline = Date.now() + 20_000;
  while (broker.processId() === first) {
    assert.ok(Date.now() < deadline, 'the broker comes back');
    await delay(10);
  }
  const second = broker.processId() ?? 0;
  await waitForWord(broker, `life ${second}`);
  assert.deepEqual([isRunning(first), isRunning(second), await isThere(folder)], [false, true, true]);
  process.kill(second, 'SIGHUP');
  await broker.ended;
  assert.equal(await isThere(folder), false);
});

test('takes the broker with it when the supervisor is killed', async () => {
  const { folder, broker } = await start([`console.error("parent " + process.ppid); ${forever}`]);
  const processId = await broker.started;
  await waitForWord(broker, 'parent ');
  process.kill(Number(/parent (\d+)/.exec(broker.tail())?.[1]), 'SIGKILL');
  await broker.ended;
  await waitUntilGone(folder, processId);
});

test('outlives a Ctrl-C of the process group and dies with a killed parent', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-process-'));
  const script = `
    import { startBrokerProcess } from './tools/broker/apache/process.ts';
    process.on('SIGINT', () => console.log('interrupted'));
    const broker = await startBrokerProcess(${JSON.stringify(folder)}, {
      java: process.execPath, commands: [['-e', ${JSON.stringify(forever)}]], stopTimeoutMs: 1000,
    });
    console.log(await broker.started);
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    let output = '';
    parent.stdout.on('data', (part: Buffer) => (output += part.toString()));
    while (!output.includes('\n')) await once(parent.stdout, 'data');
    const processId = Number(output);
    process.kill(-(parent.pid ?? 0), 'SIGINT');
    while (!output.includes('interrupted')) await once(parent.stdout, 'data');
    assert.equal(isRunning(processId), true);
    assert.match(await readFile(join(folder, 'plan.json'), 'utf8'), /commands/);
    process.kill(-(parent.pid ?? 0), 'SIGKILL');
    await waitUntilGone(folder, processId);
  } finally {
    parent.kill('SIGKILL');
  }
});

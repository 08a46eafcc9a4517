import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startAwsEndpoints } from '../../../tools/aws/endpoints.ts';
import { toSoakOptions } from '../../../tools/soak/options.ts';
import { runSoak, type SoakRecord } from '../../../tools/soak/soak.ts';
import { prepareSubject, type Subject } from '../../../tools/soak/target/soak-target.ts';
import { toOrders } from '../../../tools/soak/workload/records.ts';
import { createWorkload, type WorkloadEvent } from '../../../tools/soak/workload/workload.ts';

const parts = new AsyncDisposableStack();
after(async () => await parts.disposeAsync());
const signal = new AbortController().signal;
const folder = await mkdtemp(join(tmpdir(), 'tailrace-soak-'));
parts.defer(async () => await rm(folder, { recursive: true }));
const endpoints = await startAwsEndpoints();
parts.defer(async () => await endpoints.close());
const subject = await prepare('misbehaving');

async function prepare(name: string): Promise<Subject> {
  const entry = `test/tools/soak/${name}.ts`;
  const prepared = await prepareSubject(toSoakOptions({ consumer: name, entry }), endpoints, signal);
  parts.defer(prepared.close);
  return prepared;
}

async function soak(behaviour: string, beforeSecond: () => Promise<void> = async () => {}) {
  const environment = { BEHAVIOUR: behaviour, PID_FILE: join(folder, behaviour) };
  const fn = { ...subject.fn, environment, timeoutSeconds: 1 };
  const record: SoakRecord = await runSoak({
    fn,
    endpoints,
    signal,
    every: 100,
    workload: send(beforeSecond),
  });
  return record;
}

async function* send(beforeSecond: () => Promise<void>): AsyncGenerator<WorkloadEvent, void> {
  for (let at = 0; at < 4; at++) {
    if (at === 1) await beforeSecond();
    yield { event: '{"records":{}}', records: 0 };
  }
}

/** Waits until the function's process, which says its id, has ended. */
async function ended(behaviour: string): Promise<void> {
  const file = join(folder, behaviour);
  const deadline = Date.now() + 20_000;
  while (!existsSync(file) || isRunning(Number(readFileSync(file, 'utf8')))) {
    assert.ok(Date.now() < deadline, 'the function has ended');
    await delay(10);
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // No such process, which is the answer.
    return false;
  }
}

test('says of a function that is too slow by how much it was', async () => {
  const { end, invocations } = await soak('hangs');
  assert.deepEqual(end, {
    kind: 'crashed',
    atInvocation: 3,
    reason: 'Task timed out after 1.00 seconds',
  });
  assert.equal(invocations, 3);
});

test('does not call a process that aborts killed for its memory', async () => {
  const { end } = await soak('aborts');
  assert.ok(end.kind === 'crashed');
  assert.match(end.reason, /signal: aborted$/);
});

test('tells a function that was killed between two invocations from one that ended there by itself', async () => {
  const killed = await soak('takes 400 MB afterwards', async () => await ended('takes 400 MB afterwards'));
  assert.deepEqual(killed.end, { kind: 'killed', atInvocation: 1 });
  const exited = await soak('ends afterwards', async () => await ended('ends afterwards'));
  assert.deepEqual(exited.end, {
    kind: 'crashed',
    atInvocation: 1,
    reason: 'its process ended between two invocations, exit status 7',
  });
  assert.deepEqual([killed.invocations, exited.invocations], [1, 1]);
});

test('ends where a consumer ends itself, its memory full', async () => {
  const { fn, envelope } = await prepare('hoarding');
  const options = toSoakOptions({ consumer: 'hoarding', records: 1000 });
  const workload = createWorkload({ ...options, source: toOrders(options), envelope, recordsPerBatch: 10 });
  const { end, invocations, declinedRecords, peakMb } = await runSoak({
    fn,
    endpoints,
    signal,
    every: 1,
    workload,
  });
  assert.ok(invocations > 10 && invocations < 60, `${invocations}`);
  assert.deepEqual(end, { kind: 'full', atInvocation: invocations });
  assert.equal(declinedRecords, 0);
  assert.ok(peakMb > 95 && peakMb < 128, `${peakMb}`);
});

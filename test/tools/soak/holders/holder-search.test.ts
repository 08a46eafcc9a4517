import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startAwsEndpoints } from '../../../../tools/aws/endpoints.ts';
import { findCgroupPlaces } from '../../../../tools/local/sandbox/memory/cgroup.ts';
import { findHolders, type HolderSearch } from '../../../../tools/soak/holders/holder-search.ts';
import { toSoakOptions } from '../../../../tools/soak/options.ts';
import { prepareSubject } from '../../../../tools/soak/target/soak-target.ts';
import type { WorkloadEvent } from '../../../../tools/soak/workload/workload.ts';

const parts = new AsyncDisposableStack();
after(async () => await parts.disposeAsync());
const folder = await mkdtemp(join(tmpdir(), 'tailrace-search-'));
parts.defer(async () => await rm(folder, { recursive: true }));
const pidFile = join(folder, 'pid');
const endpoints = await startAwsEndpoints();
parts.defer(async () => await endpoints.close());
const subject = await prepareSubject(
  toSoakOptions({ consumer: 'm', entry: 'test/tools/soak/misbehaving.ts' }),
  endpoints,
  new AbortController().signal,
);
parts.defer(subject.close);

async function* send(): AsyncGenerator<WorkloadEvent, void> {
  for (;;) yield { event: '{"records":{}}', records: 0 };
}

function search(
  behaviour: string,
  onProgress: (step: string, stop: () => void) => void,
  judged: { readonly invocations: number; readonly growthBytes?: number } = { invocations: 18 },
) {
  const stop = new AbortController();
  const found: Promise<HolderSearch> = findHolders({
    fn: { ...subject.fn, environment: { BEHAVIOUR: behaviour, PID_FILE: pidFile } },
    endpoints,
    signal: stop.signal,
    createEvents: send,
    ...judged,
    onProgress: (step) => onProgress(step, () => stop.abort()),
  });
  return found;
}

/** Child processes of this one, and control groups of its making. */
function leftovers(): readonly string[] {
  const { memory } = findCgroupPlaces();
  const groups = memory === undefined ? [] : readdirSync(memory.folder);
  return [
    ...process.getActiveResourcesInfo().filter((kind) => kind === 'ProcessWrap'),
    ...groups.filter((name) => name.startsWith(`tailrace-${process.pid}-`)),
  ];
}

test('stops wherever it is told to, and leaves no process and no control group behind', async () => {
  const steps = ['heap snapshot 1 of 3', 'heap snapshot 3 of 3', 'comparing them'];
  const before = leftovers(); // the endpoints' process
  for (const at of steps) {
    let seen: readonly string[] = [];
    const found = search('leaks', (step, stop) => {
      if (step !== at) return;
      seen = leftovers();
      stop();
    });
    await assert.rejects(found, { name: 'AbortError' }, at);
    assert.ok(seen.length > before.length, at);
    assert.deepEqual(leftovers(), before, at);
  }
});

test('says that a function ended while it was searched, in an invocation or a snapshot', async () => {
  const exits = await search('exits', () => {});
  assert.deepEqual(exits.holders, []);
  assert.match(
    exits.problem ?? '',
    /^the holder was not found: the function ended in invocation [34] of 18, with 1024 MB more/,
  );
  const inSnapshot = await search('leaks', (step) => {
    if (step === 'heap snapshot 2 of 3') process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
  });
  assert.deepEqual(inSnapshot, {
    holders: [],
    problem: 'the holder was not found: the process of the function has ended',
  });
});

test('finds a list that is made anew in every invocation', async () => {
  const { holders, problem } = await search('makes a longer list', () => {});
  assert.equal(problem, null);
  assert.equal(holders[0]?.expression, 'numbers');
});

test('leaves out a buffer that was merely replaced', async () => {
  const { holders } = await search('leaks beside a buffer', () => {});
  assert.deepEqual(
    holders.map(({ expression }) => expression),
    ['held'],
  );
});

test('searches longer for what comes too rarely, rather than naming what holds next to nothing', async () => {
  const judged = { invocations: 300, growthBytes: 20_000 };
  const { holders, problem } = await search('leaks rarely', () => {}, judged);
  assert.equal(problem, null);
  assert.deepEqual(
    holders.map(({ expression }) => expression),
    ['rare'],
  );
});

test('says that what it found is not what makes the growth', async () => {
  const { holders, problem } = await search('leaks', () => {}, { invocations: 18, growthBytes: 8_000_000 });
  assert.deepEqual(
    holders.map(({ expression }) => expression),
    ['held'],
  );
  assert.match(problem ?? '', /^what follows holds only 97\d\.\d of the 7812\.5 KB per invocation/);
});

test('says so when nothing is held', async () => {
  const { holders, problem } = await search('none', () => {});
  assert.deepEqual(holders, []);
  assert.match(problem ?? '', /^the holder was not found: nothing that came between the heap snapshots/);
});

// What a chaos run is judged by: each test plants one fault in a sound run and sees it found, and nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  openAccount,
  type AccountOptions,
  type ChaosAccount,
  type StoredNote,
} from './chaos/account/account.ts';
import { findFaults } from './chaos/account/verdict.ts';
import type { NotedRecord } from './chaos/app/note.ts';
import { readNote, writeNote } from './chaos/app/note.ts';
import { expectedDigest, isPoison, keyCount, toMessage } from './chaos/app/record.ts';
import type { ChaosResult, InjectedFault } from './chaos/chaos.ts';
import { faultKinds } from './chaos/faults/plan.ts';

const records = 3 * keyCount;
const calmFrom = records - 100;
const poison = 17;
const all = Array.from({ length: records }, (_, n) => n);
const partitionOf = (n: number): number => toMessage(n).partition;
const index = new Map(
  Array.from(Map.groupBy(all, partitionOf), ([partition, list]) => [partition, Uint32Array.from(list)]),
);
const fault = { startMs: 500, endMs: 600 };
const note = (n: number): NotedRecord => ({ n, digest: expectedDigest(n) });
const noted = (numbers: readonly number[], startedMs = 900, storedMs = 1000): StoredNote => ({
  startedMs,
  storedMs,
  records: numbers.filter((n) => !isPoison(n)).map(note),
});

/** A run in which all went well, but for what a test changes. */
function account(
  change: {
    readonly notes?: readonly StoredNote[];
    readonly letters?: readonly number[];
    readonly options?: Partial<AccountOptions>;
  } = {},
): ChaosAccount {
  const ledger = openAccount({
    records,
    calmFrom,
    index,
    commits: Array.from(index, ([partition, list]) => ({ partition, offset: list.length, atMs: 1001 })),
    disturbances: [fault],
    ...change.options,
  });
  for (const each of change.notes ?? [noted(all)]) ledger.note(each);
  for (const n of change.letters ?? [poison])
    ledger.deadLetter({ n, digest: n < records ? expectedDigest(n) : Buffer.alloc(8) });
  return ledger.close();
}

const sound: ChaosAccount = {
  records,
  landed: records - 1,
  deadLettered: 1,
  missing: 0,
  firstMissing: [],
  corrupt: 0,
  writtenTwice: 0,
  duplicates: 0,
  unexplained: 0,
  outOfOrder: 0,
  commits: index.size,
  early: 0,
  strange: 0,
};

test('finds nothing in a sound run', () => {
  assert.deepEqual(account(), sound);
});

test('finds a record that is lost, and a letter', () => {
  const lost = account({ notes: [noted(all.filter((n) => n !== 5))] });
  // Its partition was committed all the same.
  assert.deepEqual(lost, { ...sound, landed: records - 2, missing: 1, firstMissing: [5], early: 1 });
  assert.deepEqual(account({ letters: [] }), {
    ...sound,
    deadLettered: 0,
    missing: 1,
    firstMissing: [poison],
  });
});

test('finds two records of a key that changed places', () => {
  // Key 0 has records 0, keyCount and 2 * keyCount.
  const swapped = all.map((n) => (n === 0 ? keyCount : n === keyCount ? 0 : n));
  assert.deepEqual(account({ notes: [noted(swapped)] }), { ...sound, outOfOrder: 1 });
});

test('finds one byte that is another', () => {
  const [first, second] = [noted([6]), noted(all.filter((n) => n !== 6))];
  const digest = Buffer.from(expectedDigest(6));
  digest[3] = (digest[3] ?? 0) ^ 1;
  const flipped = { ...first, records: [{ n: 6, digest }] };
  const { corrupt, missing } = account({ notes: [flipped, second] });
  assert.deepEqual([corrupt, missing], [1, 1]);
  const ledger = openAccount({ records, calmFrom, index, commits: [], disturbances: [] });
  ledger.deadLetter({ n: poison, digest });
  const { corrupt: letters, deadLettered } = ledger.close();
  assert.deepEqual([letters, deadLettered], [1, 0]);
});

test('finds a commit that came before a record in front of it had landed', () => {
  const [first = 0] = index.get(3) ?? [];
  const commits = [
    { partition: 3, offset: 1, atMs: 999 },
    ...Array.from(index, ([partition, list]) => ({ partition, offset: list.length, atMs: 1000 })),
  ];
  assert.equal(account({ options: { commits } }).early, 1);
  // It had landed before, and came again.
  const notes = [noted([first], 700, 800), noted(all)];
  assert.equal(account({ notes, options: { commits } }).early, 0);
});

test('explains what comes again by a fault that met it uncommitted, and by nothing else', () => {
  const again = noted([6], 900, 1000);
  const counts = (first: StoredNote, options: Partial<AccountOptions> = {}): readonly number[] => {
    const { duplicates, unexplained } = account({ notes: [first, noted(all), again], options });
    return [duplicates, unexplained];
  };
  assert.deepEqual(counts(noted([7], 450, 480)), [2, 0]);
  // Committed before anything was hit.
  const partition = partitionOf(7);
  const at = (index.get(partition) ?? Uint32Array.of()).indexOf(7);
  const commits = [{ partition, offset: at + 1, atMs: 490 }];
  assert.deepEqual(counts(noted([7], 450, 480), { commits }), [2, 1]);
  // Long after the fault.
  assert.deepEqual(
    counts(noted([7], 450, 480), { disturbances: [{ startMs: -90_000, endMs: -80_000 }] }),
    [2, 2],
  );
  assert.deepEqual(counts(noted([7], 450, 480), { disturbances: [] }), [2, 2]);
  // In the calm at the end, and twice in one note.
  assert.deepEqual(counts(noted([calmFrom], 450, 480)), [2, 1]);
  const { unexplained } = account({ notes: [noted([...all, 8])] });
  assert.equal(unexplained, 1);
});

test('takes a record that is in the topic twice for written twice', () => {
  const twice = new Map(index);
  const partition = partitionOf(6);
  twice.set(partition, Uint32Array.from([...(index.get(partition) ?? []), 6]));
  assert.deepEqual(account({ notes: [noted(all), noted([6])], options: { index: twice } }), {
    ...sound,
    writtenTwice: 1,
  });
});

test('finds notes and letters of records that were never written, or are of the other sort', () => {
  const notes = [
    noted(all),
    { ...noted([]), records: [{ n: records, digest: Buffer.alloc(8) }, note(poison)] },
  ];
  assert.deepEqual(account({ notes, letters: [poison, 18, Number.NaN] }), { ...sound, strange: 4 });
});

test('reads a note as it was written', () => {
  const list = [note(0), note(records - 1)];
  assert.deepEqual(readNote(writeNote(1_700_000_000_123.5, list)), {
    startedMs: 1_700_000_000_123.5,
    records: list,
  });
});

const met: InjectedFault = {
  kind: 'kill-runner',
  startMs: 0,
  endMs: 1,
  waiting: 9,
  inFlight: 1,
  answered: 0,
  commits: 1,
};
const result = (faults: readonly InjectedFault[], redelivered = 1): ChaosResult => ({
  records,
  seed: 1,
  seconds: 1,
  faults,
  isDrained: true,
  account: sound,
  runner: {
    invocations: {},
    redelivered,
    lost: 0,
    warnings: 0,
    lastWarning: '',
    peakMemoryMb: 100,
    lives: 1,
    deaths: 0,
  },
});
const everyKind = faultKinds.map((kind) => ({ ...met, kind }));

test('refuses a run whose faults met nothing, or after which nothing came again', () => {
  assert.deepEqual(findFaults(result(everyKind)), []);
  assert.match(findFaults(result(everyKind, 0)).join(), /nothing was delivered again/);
  const idle = everyKind.map((each) => (each.kind === 'kill-broker' ? { ...each, inFlight: 0 } : each));
  assert.match(findFaults(result(idle)).join('\n'), /at any kill-broker\n5 of 6 faults/);
  // A second one of its kind met something, but too many did not.
  assert.match(findFaults(result([...idle, ...everyKind, ...idle])).join('\n'), /^16 of 18 faults/);
  assert.deepEqual(findFaults(result([...idle, ...everyKind])), []);
});

for (const [what, change, says] of [
  ['that has not drained', { isDrained: false }, /^not all was committed/],
  ['that has lost records', { missing: 2, firstMissing: [4, 9] }, /^2 records are lost, the first: 4, 9$/],
  ['that has lost a letter', { deadLettered: 0 }, /^0 dead letters, expected 1$/],
  ['with other bytes', { corrupt: 1 }, /^1 notes or letters have other bytes/],
  ['that is out of order', { outOfOrder: 1 }, /^1 records landed before an earlier one of their key$/],
  ['that has committed early', { early: 1 }, /^1 of \d+ commits came before their records landed$/],
  ['without a commit', { commits: 0 }, /^the broker has no commit of the group$/],
  ['with copies that nothing explains', { unexplained: 1 }, /^1 records came again without a fault/],
  ['with notes that no record explains', { strange: 1 }, /^1 notes or letters that no record explains$/],
  ['whose broker dropped records unread', { lost: 1 }, /^1 offsets were dropped by the broker/],
  ['whose runner died', { deaths: 1 }, /^the runner died 1 times by itself/],
  ['whose runner was too large', { peakMemoryMb: 400 }, /memory reached 400 MB, expected less than 400$/],
] as const)
  test(`refuses a run ${what}, in so many words`, () => {
    const good = result(everyKind);
    const bad = {
      ...good,
      ...('isDrained' in change && change),
      account: { ...good.account, ...(Object.keys(change).some((name) => name in sound) && change) },
      runner: { ...good.runner, ...(Object.keys(change).some((name) => name in good.runner) && change) },
    };
    const found = findFaults(bad);
    assert.equal(found.length, 1, found.join());
    assert.match(found[0] ?? '', says);
  });

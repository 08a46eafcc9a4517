// The redrive proof: dead letters of five causes in four kinds of places, two causes mended; tried, redriven, killed on the way and resumed.
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ListReport } from '../../../tools/dead-letters/list.ts';
import { readAccount } from '../../../tools/dead-letters/redrive/account.ts';
import type { PlanReport, RedriveReport } from '../../../tools/dead-letters/redrive/reports.ts';
import type { Tried } from '../../../tools/dead-letters/tried.ts';
import { runCli, startCli } from '../../support/cli.ts';
import { causes, consumerNames, fixed, letterBucket, type Cause, type ConsumerName } from './apps.ts';
import { openStage, type Arrival, type Stage } from './stage.ts';

/** What is played. */
export interface ProofOptions {
  /** A multiple of 20: four consumers of five causes. */
  readonly records: number;
  /** How often the redrive to each consumer's function is killed on its way. */
  readonly kills: Readonly<Record<ConsumerName, number>>;
  /** Records a second. */
  readonly rate: number;
  readonly onProgress: (line: string) => void;
}

/** What came of it. */
export interface Proof {
  readonly records: number;
  readonly redriven: number;
  readonly kills: number;
  /** Records that arrived at a function more than once; each is named by an account. */
  readonly arrivedTwice: number;
  readonly namedByAccounts: number;
  readonly left: number;
  readonly seconds: number;
}

/** Plays it. @throws AssertionError for a lost or doubled record, a wrong split or a broken order */
export async function prove(options: ProofOptions): Promise<Proof> {
  const startedMs = performance.now();
  const { records, onProgress } = options;
  const perCause = records / causes.length;
  onProgress(`making ${records} dead letters`);
  const stage = await openStage(records);
  try {
    await checkCounts(stage, perCause, causes);
    let namedByAccounts = 0;
    for (const name of consumerNames) {
      const tried = await tryBoth(stage, name);
      checkSplit(tried, perCause / consumerNames.length);
      const file = join(stage.accounts, `${name}.tried.json`);
      await writeFile(file, JSON.stringify(tried));
      onProgress(
        `${name}: ${tried.filter(({ now }) => now === 'succeeds').length} of ${tried.length} succeed now`,
      );
      const report = await redriveKilled(stage, name, { ...options, tried: file });
      onProgress(
        `${name}: ${report.succeeded} redriven, killed ${options.kills[name]} times, ${report.maybeTwice} named as sent twice`,
      );
      namedByAccounts += report.maybeTwice;
    }
    await checkCounts(
      stage,
      perCause,
      causes.filter((cause) => !fixed.has(cause)),
    );
    const arrivedTwice = await checkArrivals(stage, perCause * fixed.size);
    const kills = Object.values(options.kills).reduce((sum, each) => sum + each, 0);
    return {
      records,
      redriven: perCause * fixed.size,
      kills,
      arrivedTwice,
      namedByAccounts,
      left: perCause * (causes.length - fixed.size),
      seconds: Math.round((performance.now() - startedMs) / 1000),
    };
  } finally {
    await stage.close();
  }
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what the caller says the document is
async function tailrace<T>(stage: Stage, action: string, args: readonly string[]): Promise<T> {
  const { stdout, stderr } = await runCli(
    ['dead-letters', action, ...stage.places, ...args, '--json'],
    stage.environment,
  );
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout) as T;
}

const codes: Readonly<Record<Cause, string>> = {
  old: 'OLD_FORMAT',
  range: 'OUT_OF_STOCK',
  crash: 'RetryAttemptsExhausted',
  missing: 'RetryAttemptsExhausted',
  corrupt: 'INVALID_JSON',
};

async function checkCounts(stage: Stage, perCause: number, there: readonly Cause[]): Promise<void> {
  const expected: Record<string, number> = {};
  for (const cause of there) expected[codes[cause]] = (expected[codes[cause]] ?? 0) + perCause;
  const { groups, lost } = await tailrace<ListReport>(stage, 'list', ['--by', 'code']);
  assert.deepEqual(Object.fromEntries(groups.map(({ name, count }) => [name, count])), expected);
  assert.deepEqual(lost, {});
}

// The runtime's letters name the consumer, the mapping's documents the function.
async function tryBoth(stage: Stage, name: ConsumerName): Promise<readonly Tried[]> {
  const ask = async (consumer: string): Promise<readonly Tried[]> =>
    await tailrace<readonly Tried[]>(stage, 'try', [
      '--cdk-out',
      stage.cdkOut,
      '--as',
      name,
      '--consumer',
      consumer,
    ]);
  return [...(await ask(name)), ...(await ask(stage.functionNames[name]))];
}

function checkSplit(tried: readonly Tried[], each: number): void {
  const counts: Record<string, number> = {};
  for (const { before, now } of tried) counts[`${before}: ${now}`] = (counts[`${before}: ${now}`] ?? 0) + 1;
  assert.deepEqual(counts, {
    'OLD_FORMAT: succeeds': each,
    'OUT_OF_STOCK: dead-lettered again': each,
    'INVALID_JSON: dead-lettered again': each,
    'RetryAttemptsExhausted: succeeds': each,
    'RetryAttemptsExhausted: fails again': each,
  });
}

interface KilledOptions extends ProofOptions {
  readonly tried: string;
}

async function redriveKilled(
  stage: Stage,
  name: ConsumerName,
  { tried, kills, rate, records }: KilledOptions,
): Promise<RedriveReport> {
  const expected = (records / causes.length / consumerNames.length) * fixed.size;
  const chosen = ['--tried', tried, '--to', `function=${stage.functionNames[name]}`];
  const { send, skip, unfinished } = await tailrace<PlanReport>(stage, 'redrive', chosen);
  assert.deepEqual([send, skip, unfinished], [expected, {}, []]);
  const before = new Set(await readdir(stage.accounts));
  const go = [...chosen, '--rate', String(rate), '--records-per-batch', '10'];
  const start = stage.arrivals.length;
  let args = [...go, '--yes'];
  for (let kill = 1; kill <= kills[name]; kill++) {
    await killAt(stage, args, start + Math.floor((expected * kill) / (kills[name] + 1)));
    const files = await readdir(stage.accounts);
    const file = files.find((each) => each.endsWith('.ndjson') && !before.has(each)) ?? '';
    const account = join(stage.accounts, file);
    assert.ok(readAccount(account).unknown.size > 0, 'it was killed with records under way');
    args = [...go, '--resume', account];
  }
  const report = await tailrace<RedriveReport>(stage, 'redrive', args);
  assert.deepEqual(
    [report.planned, report.succeeded, report.failedAgain, report.skipped, report.open],
    [expected, expected, 0, 0, 0],
  );
  return report;
}

/** Kills a redrive while the function works on the batch with which so many records have arrived. */
async function killAt(stage: Stage, args: readonly string[], arrived: number): Promise<void> {
  const running = startCli(['dead-letters', 'redrive', ...stage.places, ...args], stage.environment);
  stage.onInvoke = () => {
    if (stage.arrivals.length >= arrived) running.child.kill('SIGKILL');
  };
  const { code, stdout, stderr } = await running.ended;
  stage.onInvoke = () => {};
  assert.equal(code, null, `it ended before it could be killed:\n${stdout}${stderr}`);
}

/** Every mended record once, others never; again only what an account names; each key in the order of its offsets. */
async function checkArrivals(stage: Stage, expected: number): Promise<number> {
  const byPlace = Map.groupBy(stage.arrivals, ({ place }) => place);
  assert.equal(byPlace.size, expected, 'records that arrived');
  const others = stage.arrivals.filter(({ cause }) => !fixed.has(cause));
  assert.deepEqual(others, [], 'records that are not mended');
  const named = new Set<string>();
  for (const file of (await readdir(stage.accounts)).filter((each) => each.endsWith('.ndjson')))
    for (const id of readAccount(join(stage.accounts, file)).sentAgain)
      named.add(id.slice(id.lastIndexOf('#') + 1));
  const twice = [...byPlace].filter(([, { length }]) => length > 1).map(([place]) => place);
  assert.deepEqual(
    twice.filter((place) => !named.has(place)),
    [],
    'records that arrived twice, and that no account names',
  );
  const firsts = [...byPlace.values()].map(([first]) => first as Arrival);
  for (const [key, chain] of Map.groupBy(firsts, (each) => each.key)) {
    const offsets = chain.map(({ offset }) => offset);
    assert.deepEqual(
      offsets,
      offsets.toSorted((a, b) => a - b),
      key,
    );
  }
  const moved = [...(await stage.cluster.readBucket(letterBucket)).keys()].filter((key) =>
    key.startsWith('resolved/'),
  );
  assert.equal(moved.length, expected / fixed.size, "the runtime's letters of the mended cause are marked");
  return twice.length;
}

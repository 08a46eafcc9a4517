import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startAwsEndpoints } from '../../../../tools/aws/endpoints.ts';
import { findHolders } from '../../../../tools/soak/holders/holder-search.ts';
import type { Holder } from '../../../../tools/soak/holders/holder.ts';
import { toRemedy } from '../../../../tools/soak/holders/remedy.ts';
import { toSoakOptions } from '../../../../tools/soak/options.ts';
import { prepareSubject } from '../../../../tools/soak/target/soak-target.ts';
import type { WorkloadEvent } from '../../../../tools/soak/workload/workload.ts';

const parts = new AsyncDisposableStack();
after(async () => await parts.disposeAsync());
const signal = new AbortController().signal;
const value = 'a'.repeat(200_000);
const event = JSON.stringify({
  eventSource: 'aws:kafka',
  records: { 'orders-0': [{ topic: 'orders', timestampType: 'CREATE_TIME', value }] },
});
const leakLines = readFileSync(new URL('leaks.ts', import.meta.url), 'utf8').split('\n');
let holders: readonly Holder[] = [];

// One process that leaks in every way: a process per way would take ten times as long.
before(async () => {
  const entry = fileURLToPath(new URL('leaks.ts', import.meta.url));
  const endpoints = await startAwsEndpoints();
  parts.defer(async () => await endpoints.close());
  const subject = await prepareSubject(toSoakOptions({ consumer: 'leaks', entry }), endpoints, signal);
  parts.defer(subject.close);
  const search = await findHolders({
    fn: subject.fn,
    endpoints,
    signal,
    createEvents: repeat,
    invocations: 30,
    leastShare: 0.01,
  });
  assert.equal(search.problem, null);
  holders = search.holders;
});

async function* repeat(): AsyncGenerator<WorkloadEvent, void> {
  for (;;) yield { event, records: 1 };
}

function find(expression: string): Holder {
  const holder = holders.find((each) => each.expression === expression);
  assert.ok(holder !== undefined, `${expression} among ${holders.map((each) => each.expression).join(', ')}`);
  return holder;
}

const isAbout = (actual: number, expected: number): boolean => Math.abs(actual / expected - 1) < 0.15;

test('tells a view from the buffer that it pins', () => {
  const { kind, className, path, keptBytesPerInvocation, pinnedBytesPerInvocation, amplification } =
    find('views');
  assert.equal(kind, 'array-buffer slice');
  assert.equal(className, 'Map');
  assert.equal(path, '[entry] → its array buffer → 200000 bytes');
  assert.ok(isAbout(keptBytesPerInvocation, 16), String(keptBytesPerInvocation));
  assert.ok(isAbout(pinnedBytesPerInvocation, 200_000));
  assert.ok(isAbout(amplification, 12_500));
});

test('tells a copy in a pool slab from a copy of its own', () => {
  const { kind, pinnedBytesPerInvocation, keptBytesPerInvocation } = find('slabs');
  assert.equal(kind, 'pool slab');
  assert.ok(isAbout(keptBytesPerInvocation, 3000));
  assert.ok(isAbout(pinnedBytesPerInvocation, 3 * 65_536));
});

test('tells whole buffers, slices of strings, external strings, events and objects', () => {
  assert.equal(find('buffers').kind, 'array buffer');
  assert.equal(find('slices').kind, 'sliced string');
  assert.ok(isAbout(find('slices').keptBytesPerInvocation, 32));
  assert.ok(find('slices').amplification > 1000);
  assert.equal(find('largeTexts').kind, 'external string');
  assert.equal(find('events').kind, 'event');
  assert.equal(find('chain').kind, 'object');
});

test('tells texts from objects that have texts, and counts the objects', () => {
  assert.equal(find('lines').kind, 'string');
  const history = find('client[Symbol(history)]');
  assert.equal(history.kind, 'object');
  assert.equal(history.path, '[n].text');
  assert.ok(isAbout(history.piecesPerInvocation, 250), String(history.piecesPerInvocation));
});

test('follows a key to its value in a WeakMap', () => {
  const { kind, place } = find('connection → its value in a WeakMap');
  assert.equal(kind, 'object');
  assert.equal(place?.file, 'test/tools/soak/holders/leaks.ts');
});

test('names a variable that its module exports, and its line', () => {
  const { kind, path, place } = find('exported.lists');
  assert.equal(kind, 'object');
  assert.equal(path, '[n].numbers');
  assert.ok(place !== null && place.file === 'test/tools/soak/holders/leaks.ts');
  assert.match(leakLines[place.line - 1] ?? '', /^export const exported/);
});

test('follows private fields and listeners, and names the function that a timer holds', () => {
  assert.equal(find('tracker.#seen').kind, 'object');
  assert.equal(find('bus._events.data').kind, 'function');
  // The list is held from both of its ends, and what the timers captured is text: still it is one holder, of functions.
  const timers = holders.filter(({ path }) => path.includes('_onTimeout'));
  assert.equal(timers.length, 1);
  assert.equal(timers[0]?.kind, 'function');
  assert.equal(timers[0]?.place?.file, 'test/tools/soak/holders/leaks.ts');
});

test('names the line of each variable in its source file', () => {
  for (const variable of ['views', 'slabs', 'buffers', 'slices', 'largeTexts', 'events', 'chain']) {
    const { place } = find(variable);
    assert.equal(place?.file, 'test/tools/soak/holders/leaks.ts');
    assert.match(leakLines[place.line - 1] ?? '', new RegExp(`(?:const|let) ${variable}\\b`));
  }
});

test('advises by what holds, and about pieces that pin more than they show', () => {
  for (const [expression, advice] of [
    ['views', /^entries are added and never deleted: .*; a view keeps the whole buffer/],
    ['buffers', /^entries are added and never deleted: [^;]*$/],
    ['lines', /^elements are added and never removed: [^;]*$/],
    ['bus._events.data', /^listeners are added and never removed/],
    ['connection → its value in a WeakMap', /^a value stays as long as its key/],
  ] as const)
    assert.match(toRemedy(find(expression)), advice, expression);
  const timer = holders.find(({ path }) => path.includes('_onTimeout'));
  assert.match(timer === undefined ? '' : toRemedy(timer), /^timers are set and never end/);
});

import assert from 'node:assert/strict';
import { Session } from 'node:inspector/promises';
import { after, before, test } from 'node:test';
import { findGrowth, lastId, type HeapGrowth } from '../../../tools/heap/snapshot-diff.ts';
import { describePath } from '../../../tools/heap/holder-path.ts';
import { edgesOf, tellPiece, type Held } from '../../../tools/heap/held-value.ts';
import { createSnapshotReader, type HeapSnapshot } from '../../../tools/heap/snapshot.ts';
import { largeBytes, piecesInStep, smallBytes, step } from './holders.ts';

const session = new Session();
const steps = 8;
const runtime = globalThis as { cache?: object[] };
let growth: HeapGrowth | undefined;

async function takeSnapshot(): Promise<HeapSnapshot> {
  const reader = createSnapshotReader();
  const read = ({ params }: { readonly params: { readonly chunk: string } }): void =>
    reader.push(params.chunk);
  session.on('HeapProfiler.addHeapSnapshotChunk', read);
  await session.post('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  session.off('HeapProfiler.addHeapSnapshotChunk', read);
  return reader.end();
}

async function grow(): Promise<void> {
  await step();
  const text = Array.from({ length: piecesInStep }, (_, index) => ({ index: index + 0.5 }));
  process.once('SIGUSR2', () => text.length);
  (runtime.cache ??= []).push(...text.map(({ index }) => ({ index })));
  for (const { index } of text) Symbol.for(`${index} of ${Math.random()} ${'and more text '.repeat(20)}`);
}

// One process for all: a snapshot of a test's process takes a second.
before(async () => {
  session.connect();
  process.setMaxListeners(0);
  await grow();
  await grow();
  const before = await takeSnapshot();
  for (let at = 0; at < steps; at++) await grow();
  const untilId = lastId(await takeSnapshot());
  growth = findGrowth(await takeSnapshot(), { before, untilId });
});
after(() => {
  session.disconnect();
  process.removeAllListeners('SIGUSR2');
});

async function find(
  expression: string,
): Promise<{ readonly path: string; readonly className: string; readonly held: Held }> {
  assert.ok(growth !== undefined);
  const expressions: string[] = [];
  for (const group of growth.groups.slice(0, 40)) {
    const path = describePath(growth, group);
    expressions.push(path.expression);
    if (path.expression !== expression) continue;
    const held = await tellPiece(growth, group, async (ids) => ids.map(measure));
    return { path: path.steps.join(''), className: path.className, held };
  }
  throw new Error(`no ${expression} among ${expressions.join(', ')}`);
}

/** The length of a view, by what the buffer below it is. */
function measure(id: number): number {
  assert.ok(growth !== undefined);
  const { heap } = growth;
  const view = heap.nodeId.indexOf(id);
  const buffer = edgesOf(heap, view, 'internal').find(({ name }) => name === 'buffer');
  const isSlab = edgesOf(heap, buffer?.to ?? 0, 'internal').some(({ to }) => heap.nodeSize[to] === 65_536);
  return isSlab ? smallBytes : largeBytes;
}

const isAbout = (actual: number, expected: number): boolean => Math.abs(actual / expected - 1) < 0.15;

test('calls what a generator or a waiting function keeps its variables', async () => {
  assert.match((await find('cursors')).path, /^\[n\] → its variables/);
  assert.match((await find('waiting')).path, /^\[n\] → its variables/);
});

test('names the object of the runtime that holds where no variable does', async () => {
  assert.match((await find('process._events.SIGUSR2')).path, /^\[n\]\.listener → captured text/);
  assert.match((await find('globalThis.cache')).path, /^\[n\]/);
  const symbols = await find('the registry of Symbol.for');
  assert.equal(symbols.held.kind, 'string');
});

test('goes into a map of a map, and down a list of links by one word', async () => {
  assert.match((await find('nested[entry]')).path, /^\[entry\]/);
  assert.match((await find('last')).path, /^\.parent….records/);
});

test('goes the way that most of the bytes have in common, past one large text on another', async () => {
  assert.equal((await find('rejections')).path, '[n].note');
  assert.equal((await find('documents')).path, '[n].lines');
});

test('counts what a person would: texts, not their parts; entries, not their fields; links of a list; a table of numbers', async () => {
  const { held: joined } = await find('joined');
  assert.deepEqual([joined.kind, joined.pieces], ['string', steps * piecesInStep]);
  const { held: totals } = await find('totals');
  assert.deepEqual([totals.kind, totals.pieces], ['object', steps * piecesInStep]);
  const { held: list } = await find('last');
  assert.equal(list.kind, 'object');
  assert.ok(Math.abs(list.pieces - steps) <= 1, String(list.pieces));
  const { held: numbers } = await find('numbers');
  assert.deepEqual([numbers.kind, numbers.pieces], ['object', 1]);
});

test('tells what keep() gives from a record as it was delivered', async () => {
  assert.equal((await find('kept')).held.kind, 'object');
  assert.equal((await find('delivered')).held.kind, 'event');
});

test('counts few large buffers among many slices for what they are', async () => {
  const { held } = await find('mixed');
  assert.ok(isAbout(held.keptBytes, 2 * largeBytes + steps * 60 * smallBytes), String(held.keptBytes));
});

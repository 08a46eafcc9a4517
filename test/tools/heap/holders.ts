// Holds on to things in ways whose words and counts are easy to get wrong, each way once a step.
import { AsyncLocalStorage } from 'node:async_hooks';

interface Trace {
  readonly parent: Trace | undefined;
  readonly records: readonly object[];
}

let calls = 0;
const cursors: Generator<object>[] = [];
const waiting: (() => void)[] = [];
const nested = new Map<number, Map<number, object>>([[0, new Map()]]);
const traces = new AsyncLocalStorage<Trace>();
let last: Trace | undefined;
const joined: string[] = [];
const totals: Record<string, { readonly last: Date }> = {};
const kept: object[] = [];
const delivered: object[] = [];
const rejections: { readonly note: string; readonly raw: string }[] = [];
const documents: (object | readonly object[])[] = [];
const mixed: Buffer[] = [];
const numbers: number[] = [];

/** What is held of each kind in a step. */
export const piecesInStep = 300;
/** The buffers in `mixed`: 60 small ones a step, and a large one every fourth step. */
export const smallBytes = 4000;
/** @see smallBytes */
export const largeBytes = 4_000_000;

/** Holds more. */
export async function step(): Promise<void> {
  calls++;
  const cursor = walk(toRecords());
  cursor.next();
  cursors.push(cursor);
  void wait(toRecords());
  nested.get(0)?.set(calls, toRecords()[0] ?? {});
  // The largest of the links is one far down.
  const records = toRecords(calls === 4 ? 2 * piecesInStep : piecesInStep);
  await traces.run({ parent: last, records }, async () => {
    await Promise.resolve();
    last = traces.getStore();
  });
  for (let index = 0; index < piecesInStep; index++) hold(index);
  if (calls % 4 === 0) mixed.push(Buffer.alloc(largeBytes, 1));
  for (let at = 0; at < 20_000; at++) numbers.push(at + 0.5);
}

function hold(index: number): void {
  joined.push(`order ${calls} of customer ${index} in partition ${index % 12}`);
  totals[`customer-${calls}-${index}`] = { last: new Date(calls) };
  const record = { topic: 'orders', partition: 0, timestampType: 'CREATE_TIME' };
  kept.push({ ...record, value: { at: index + calls / 2 } });
  const raw = calls === 4 && index === 0 ? 100_000 : 100;
  rejections.push({ note: toText(900), raw: toText(raw) });
  delivered.push({ ...record, value: toText(90) });
  // A few come as a list of one.
  const document = { lines: Array.from({ length: 20 }, (_, line) => line + index / 2) };
  documents.push(index % 100 === 0 ? [document] : document);
  // As a stream's chunks are: many small ones in slabs, few large ones that have most of the bytes.
  if (index % 5 === 0) mixed.push(Buffer.from('y'.repeat(smallBytes)));
}

function toText(length: number): string {
  return Buffer.alloc(length, 97).toString('latin1');
}

function* walk(records: readonly object[]): Generator<object> {
  for (const record of records) yield record;
}

async function wait(records: readonly object[]): Promise<number> {
  await new Promise<void>((resolve) => waiting.push(resolve));
  return records.length;
}

function toRecords(length = piecesInStep): readonly object[] {
  return Array.from({ length }, (_, index) => ({ index: index + calls / 2 }));
}

// A function that leaks in every way at once, each way about as much as the next: what finds holders has to tell them
// apart. Bundled as it is; its lines are named by the source map.
import { EventEmitter } from 'node:events';
import { count } from './same-name.ts';

interface LeakEvent {
  readonly eventSource: string;
  readonly records: Readonly<Record<string, readonly { readonly value: string }[]>>;
}

const views = new Map<number, Buffer>();
const slabs: Buffer[] = [];
/** Called `buffers2` in the bundle. */
const buffers = new Set<Uint8Array>();
const slices: string[] = [];
const largeTexts: { readonly text: string }[] = [];
const events = new Map<number, LeakEvent>();
const lines: string[] = [];
const kHistory = Symbol('history');
const client: { readonly [kHistory]: object[] } = { [kHistory]: [] };
const connection = {};
const perConnection = new WeakMap<object, object[]>([[connection, []]]);
/** What a module exports is not held as its other variables are. */
export const exported: { readonly lists: object[] } = { lists: [] };
const bus = new EventEmitter();
bus.setMaxListeners(0);

class Tracker {
  readonly #seen: { readonly at: number; readonly numbers: readonly number[] }[] = [];

  track(at: number): void {
    this.#seen.push({ at, numbers: Array.from({ length: 20_000 }, (_, index) => index + at + 0.5) });
  }
}

const tracker = new Tracker();
let chain: { readonly before: unknown; readonly load: readonly number[] } | undefined;
let calls = 0;

/** Leaks about 200 KB in each way. */
export async function handler(event: LeakEvent): Promise<void> {
  calls = count();
  views.set(calls, Buffer.allocUnsafeSlow(200_000).subarray(0, 16));
  for (let slab = 0; slab < 300; slab++) {
    const copy = Buffer.from('x'.repeat(1000));
    if (slab % 100 === 0) slabs.push(copy);
  }
  buffers.add(new Uint8Array(200_000));
  slices.push(Buffer.alloc(200_000, 97).toString('latin1').slice(10, 50));
  if (calls % 5 === 0) largeTexts.push({ text: Buffer.alloc(1_100_000, 98).toString('latin1') });
  events.set(calls, event);
  lines.push(...toTexts(250));
  client[kHistory].push(...toTexts(250).map((text) => ({ text })));
  perConnection.get(connection)?.push(...toTexts(250).map((text) => ({ text })));
  exported.lists.push({ numbers: Array.from({ length: 25_000 }, (_, index) => index + calls + 0.125) });
  listen();
  tracker.track(calls);
  chain = { before: chain, load: Array.from({ length: 25_000 }, (_, index) => index * calls + 0.75) };
  wait();
}

function listen(): void {
  const heard = Array.from({ length: 25_000 }, (_, index) => index + calls + 0.25);
  bus.on('data', function onData() {
    return heard.length;
  });
}

function wait(): void {
  const awaited = toTexts(250);
  setTimeout(() => awaited.length, 3_600_000).unref();
}

function toTexts(length: number): readonly string[] {
  return Array.from({ length }, (_, index) => Buffer.alloc(800, 97 + (index % 26)).toString('latin1'));
}

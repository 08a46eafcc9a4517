// Which lines of a consumer allocate what stays alive: V8's sampling heap profiler, for some invocations after growth was
// found. Its own file because it is the inspector's business, and a bundle's places must be led back to its sources.

import type * as Inspector from 'node:inspector';
import { SourcePlaces } from './source-places.ts';

/** A function of the user's whose allocations stay alive. */
export interface AllocationLine {
  /** `src/handler.ts:12`, or a place in the bundle where it has no source map. The line on which the function begins. */
  readonly at: string;
  readonly function: string;
  /** Of all that the user's functions have allocated and that is alive, 0..1. */
  readonly share: number;
}

/** What was allocated and is alive. */
export interface Allocations {
  /** Functions of the user's, the largest first, three at most. */
  readonly lines: readonly AllocationLine[];
  /** Share of keys and values that the library has decoded for records, 0..1; whoever keeps them is among the lines. */
  readonly valuesShare: number;
}

/** A profile that is being taken. */
export interface AllocationProfile {
  /** Ends it; call it right after a full collection. Array buffers and what addons allocate are out of its sight. */
  finish(): Allocations | undefined;
}

// Whoever keeps a value allocates little beside it, an entry of a map or a closure: 100 bytes for each of 800 records are 10 samples.
const sampleBytes = 8192;
const mostLines = 3;
const leastShare = 0.1;

interface ProfileNode {
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
  readonly selfSize: number;
  readonly children: readonly ProfileNode[];
}

// Loaded when it is needed only: that takes 2 ms, which no start should pay.
function openSession(): Inspector.Session | undefined {
  const inspector = process.getBuiltinModule('node:inspector') as typeof Inspector | undefined;
  return inspector && new inspector.Session();
}

/** Starts to sample allocations; undefined where the inspector cannot be had. */
export function startAllocationProfile(): AllocationProfile | undefined {
  const session = openSession();
  if (!session) return undefined;
  try {
    session.connect();
    session.post('HeapProfiler.startSampling', { samplingInterval: sampleBytes });
  } catch {
    // A Node without an inspector, or a process that refuses it: growth is said without lines.
    return undefined;
  }
  return {
    finish() {
      let head: ProfileNode | undefined;
      session.post('HeapProfiler.getSamplingProfile', (error, result) => {
        head = error ? undefined : result.profile.head;
      });
      session.post('HeapProfiler.stopSampling');
      session.disconnect();
      return head && count(head);
    },
  };
}

/** What has a function for each record. */
interface Callee<A, B> {
  record(a: A, b: B): unknown;
}

/**
 * Calls a function so that V8 does not inline it: what an inlined function allocates counts as its caller's. A call that has
 * met several shapes and functions is compiled for none of them.
 */
export function callApart<A, B>(callee: Callee<A, B>, a: A, b: B): unknown {
  return callee.record(a, b);
}
const strangers: readonly Callee<number, number>[] = [
  { record: () => 1 },
  { a: 1, record: () => 2 },
  { b: 1, record: () => 3 },
  { c: 1, record: () => 4 },
  { d: 1, record: () => 5 },
] as readonly Callee<number, number>[];
for (const stranger of strangers) callApart(stranger, 0, 0);

interface Place {
  readonly at: string;
  readonly function: string;
}

/** Counts each allocation to the nearest function of the user's on its stack. */
function count(head: ProfileNode): Allocations {
  const places = new SourcePlaces();
  const totals = new Map<string, Place & { bytes: number }>();
  let [valueBytes, userBytes] = [0, 0];
  const visit = (node: ProfileNode, caller: Place | undefined, isInside: boolean): void => {
    const { functionName, url, lineNumber, columnNumber } = node.callFrame;
    const found = places.find(url, lineNumber, columnNumber);
    const isEntry = found === 'library' && !isInside;
    const isOwn = typeof found === 'object' && !(found.isPackage && (isInside || caller !== undefined));
    // What has called the library, as the runtime client does, is no code of the user's.
    const place = isOwn
      ? { at: found.at, function: functionName || '(anonymous)' }
      : isEntry
        ? undefined
        : caller;
    if (place === undefined) valueBytes += isInside || isEntry ? node.selfSize : 0;
    else if (node.selfSize > 0) {
      const total = totals.get(`${place.at} ${place.function}`) ?? { ...place, bytes: 0 };
      total.bytes += node.selfSize;
      userBytes += node.selfSize;
      totals.set(`${place.at} ${place.function}`, total);
    }
    for (const child of node.children) visit(child, place, isInside || isEntry);
  };
  visit(head, undefined, false);
  const lines = [...totals.values()]
    .toSorted((a, b) => b.bytes - a.bytes)
    .map(({ bytes, ...place }) => ({ ...place, share: toShare(bytes, userBytes) }))
    .filter(({ share }, i) => i < mostLines && share >= leastShare);
  return { lines, valuesShare: toShare(valueBytes, valueBytes + userBytes) };
}

function toShare(part: number, all: number): number {
  return all > 0 ? Math.round((part / all) * 100) / 100 : 0;
}

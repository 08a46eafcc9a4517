// Keeps the runner's own memory small: batches pass through it in megabytes and leave at once, and V8 by itself lets the heap grow
// fourfold before it collects what they were.
import { setFlagsFromString } from 'node:v8';

/** Lets the heap grow by a fifth of what is in use before it is collected; costs processor time (measured: see benchmarks.md). */
export function limitHeapGrowth(): void {
  setFlagsFromString('--heap-growing-percent=20');
}

// What one thread may take of a process that it shares with others: on Lambda Managed Instances the runtime client runs a handler in
// several worker threads, each with a heap of its own, and one limit kills them all.

import type * as WorkerThreads from 'node:worker_threads';
import { createResidentReader } from './rss.ts';

/** The share of this thread. */
export interface ThreadShare {
  /** Threads that work at once. */
  readonly threads: number;
  /** Resident bytes of the whole process. */
  readonly processBytes: () => number;
  /** Resident bytes of this thread's heap, and what the heap holds outside of itself. */
  readonly ownBytes: () => number;
}

const bytesPerMb = 1_048_576;
// Node with aws-lambda-ric and its main thread, which works on nothing, and what a thread takes outside of its heap: 64 MB and
// 6 MB (eight idle threads, Node 24.21, Linux x64, 2026-11).
const sharedBytes = 64 * bytesPerMb;
const threadBytes = 6 * bytesPerMb;

/** The share of this thread; undefined where it has the process for itself, as everywhere but on Managed Instances. */
export function findThreadShare(): ThreadShare | undefined {
  const threads = countThreads();
  if (threads === 1) return undefined;
  return {
    threads,
    processBytes: createResidentReader(),
    ownBytes() {
      const { total_physical_size: heap, external_memory: external } = process
        .getBuiltinModule('node:v8')
        .getHeapStatistics();
      return heap + external;
    },
  };
}

/** The part of a process's memory size that one of so many threads may take for its heap; at least 1 byte. */
export function toThreadLimit(limitBytes: number, threads: number): number {
  return Math.max(1, (limitBytes - sharedBytes) / threads - threadBytes);
}

/**
 * Threads of this process that run invocations at once: those that aws-lambda-ric 4 starts, 8 for each CPU or
 * `AWS_LAMBDA_NODEJS_WORKER_COUNT`, but no more than the environment gets invocations, `AWS_LAMBDA_MAX_CONCURRENCY`. 1 in a process that
 * runs them in its main thread.
 */
export function countThreads(): number {
  const { AWS_LAMBDA_MAX_CONCURRENCY: concurrency, AWS_LAMBDA_NODEJS_WORKER_COUNT: workers } = process.env;
  if (concurrency === undefined || isMainThread()) return 1;
  const threads = toCount(workers) ?? 8 * countCpus();
  return Math.min(threads, toCount(concurrency) ?? threads);
}

// Loaded where it is needed only: no ordinary start should pay for it.
function isMainThread(): boolean {
  const module = process.getBuiltinModule('node:worker_threads') as typeof WorkerThreads | undefined;
  return module?.isMainThread ?? true;
}

function toCount(text: string | undefined): number | undefined {
  const count = Number.parseInt(text ?? '', 10);
  return count >= 1 ? count : undefined;
}

/** As aws-lambda-ric 4.0.2 counts them. */
function countCpus(): number {
  try {
    const [quota = '', period] = process
      .getBuiltinModule('node:fs')
      .readFileSync('/sys/fs/cgroup/cpu.max', 'utf8')
      .trim()
      .split(/\s+/);
    if (quota === 'max') return navigator.hardwareConcurrency;
    return Math.ceil(Number(quota) / Number(period)) || 1;
  } catch {
    // No control group to read: the runtime client takes it for one CPU, too.
    return 1;
  }
}

// What Lambda Managed Instances give a function, as a soak imitates them. Its own file because the command line's help needs no sandbox.

/** Memory of the smallest function there, in MB, with which it has one vCPU (AWS Lambda developer guide). */
export const leastManagedMb = 2048;
/** Invocations at once that a vCPU gets at most, for Node.js (the same). */
export const mostConcurrency = 64;
/** Worker threads of one vCPU, as aws-lambda-ric 4 starts them. */
const mostThreads = 8;

/** Worker threads of a function that gets so many invocations at once; the runtime client starts no more than they fill. */
export function toThreads(concurrency: number): number {
  return Math.min(mostThreads, concurrency);
}

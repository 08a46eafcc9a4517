// Every number that the watch decides by, with its unit and the reason for it. `thresholds.test.ts` has a case for each that
// fails at half of it and at twice.

/** The numbers of the watch. */
export interface Thresholds {
  /** Invocations from one look at the memory to the next, at most. A leak that fills a memory in 2,000 shows in 100 looks. */
  readonly lookInterval: number;
  /** The same as a share of the environment's age: what fills a memory in 60 invocations must be seen in its first 20. */
  readonly lookShare: number;
  /** Share of the gate that must have come since the last collection for another one: eight points lead up to the gate. */
  readonly collectShare: number;
  /** Share of what is left that may have come without a full collection where most of what comes is garbage. */
  readonly garbageShare: number;
  /** Points that growth is judged by, at least. Eight that all rise come about by chance once in 40,320 times. */
  readonly leastPoints: number;
  /** Probability that growth is none of chance (Mann-Kendall), 0..1. */
  readonly leastConfidence: number;
  /** Invocations that growth must have lasted, unless its end is near: a cache is full by then. */
  readonly leastInvocations: number;
  /** Bytes that growth must have taken: caches and clients of ordinary size stay below. */
  readonly gateBytes: number;
  /** The same as a share of what was free when growth began, for memories of many GB. */
  readonly gateShare: number;
  /** The same for resident memory outside of V8, as a multiple: pools and fragments take that much. */
  readonly outsideGates: number;
  /** Share of what was free that growth must have taken to be said however short it has lasted; half is left then. */
  readonly urgentShare: number;
  /** Invocations left beyond which nothing is said: few environments live as long. */
  readonly horizonInvocations: number;
  /** Invocations for which allocations are sampled after growth was found: enough of what stays is among them. */
  readonly sampledInvocations: number;
  /** Invocations after which growth that goes on is said again. */
  readonly sayAgainInvocations: number;
}

/** As measured on the zoo (`test/e2e/retention-zoo`), 2026-11-30. */
export const thresholds: Thresholds = {
  lookInterval: 20,
  lookShare: 0.25,
  collectShare: 0.125,
  garbageShare: 0.125,
  leastPoints: 8,
  leastConfidence: 0.95,
  leastInvocations: 100,
  gateBytes: 4 * 1_048_576,
  gateShare: 0.05,
  outsideGates: 5,
  urgentShare: 1 / 3,
  horizonInvocations: 4000,
  sampledInvocations: 40,
  sayAgainInvocations: 500,
};

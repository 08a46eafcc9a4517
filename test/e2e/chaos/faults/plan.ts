// Which faults happen, how long they last and whom they hit: a sequence that follows from its seed alone.
import { createRandom, type Random } from '../../../../tools/traffic/random.ts';

/**
 * - `kill-broker`: Kafka's Java machine gets SIGKILL; it comes back with its data.
 * - `stop-broker`: it is asked to stop (SIGTERM), closes its logs in order and comes back.
 * - `kill-runner`: the process of the pollers gets SIGKILL, its sandboxes die with it; another one is started.
 * - `restart-pollers`: the pollers leave their group and join it again, batches in flight or not.
 * - `kill-sandbox`: one function process gets SIGKILL, one at work if there is one.
 * - `close-endpoints`: the AWS endpoints refuse connections for a while, and cut those that are open; nothing is forgotten.
 */
export const faultKinds = [
  'kill-broker',
  'stop-broker',
  'kill-runner',
  'restart-pollers',
  'kill-sandbox',
  'close-endpoints',
] as const;

/** A kind of fault. */
export type FaultKind = (typeof faultKinds)[number];

/** One fault. */
export interface PlannedFault {
  readonly kind: FaultKind;
  /** How long after an invocation has ended, while others are in flight, in milliseconds. Every other one is 0. */
  readonly afterMs: number;
  /** How long the endpoints stay closed, in milliseconds. */
  readonly lastsMs: number;
  /** Picks the one who is hit, among those there are at that moment: 0 up to, not including, 1. */
  readonly pick: number;
}

/** Faults without end. Every kind comes once in each round of six, in a new order, so that a short run has them all. */
export function* planFaults(seed: number): Generator<PlannedFault, never> {
  const random = createRandom(seed);
  for (;;) {
    for (const kind of shuffle(faultKinds, random)) {
      const afterMs = random.below(2) === 0 ? 0 : random.below(60);
      yield { kind, afterMs, lastsMs: 500 + random.below(7_500), pick: random.next() };
    }
  }
}

function shuffle<T>(items: readonly T[], random: Random): readonly T[] {
  const rest = [...items];
  return items.flatMap(() => rest.splice(random.below(rest.length), 1));
}

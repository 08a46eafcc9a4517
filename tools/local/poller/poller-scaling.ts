// How many pollers a mapping should have. A pure decision, apart from what starts and stops them, so that it can be tried on
// any load.

/** How many pollers a mapping may have. */
export interface PollerBounds {
  /** 1 or more, unless the topic has fewer partitions. */
  readonly min: number;
  readonly max: number;
}

/** What a mapping had to do since the last look. */
export interface PollerLoad {
  /** Pollers that run. */
  readonly pollers: number;
  /** Records that are not committed. */
  readonly lag: number;
  /** Records committed since the last look. */
  readonly committed: number;
  /** Share of the time, 0..1, that records of a poller waited for its invocations to end; the mean of all pollers. */
  readonly busy: number;
}

/** A mapping's pollers as its template has them; undefined: on-demand. */
export type ProvisionedPollers = { readonly minPollers: number; readonly maxPollers: number } | undefined;

// AWS says when it looks, not what it does then. Twice as many when there is more lag than the pace of now clears until the
// next look: a rebalance interrupts every poller, and one by one 12 pollers would take 11 of them, doubling takes 4. Half as many
// where they would be busy four fifths of the time at most; without the gap between the two, a steady load would change the
// number at every look.
const busyEnough = 0.8;
const idleEnough = 0.4;

/**
 * The bounds of a mapping: as provisioned, on-demand from one; never more than the topic has partitions, since a partition
 * has one poller (AWS Lambda guide, Kafka scaling modes).
 */
export function toPollerBounds(provisioned: ProvisionedPollers, partitions: number): PollerBounds {
  const most = Math.max(1, partitions);
  return {
    min: Math.min(provisioned?.minPollers ?? 1, most),
    max: Math.min(provisioned?.maxPollers ?? most, most),
  };
}

/** The number of pollers until the next look, within `bounds`. */
export function choosePollers(load: PollerLoad, { min, max }: PollerBounds): number {
  const { pollers, lag, committed, busy } = load;
  const isBehind = lag > committed;
  const wanted =
    isBehind && busy >= busyEnough
      ? pollers * 2
      : !isBehind && busy <= idleEnough
        ? Math.ceil(pollers / 2)
        : pollers;
  return Math.max(min, Math.min(max, wanted));
}

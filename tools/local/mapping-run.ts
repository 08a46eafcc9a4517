// One mapping at work: its pollers, each reading its share of the partitions, and as many of them as its lag asks for.
import type { StatusCounter } from './mapping-status.ts';
import { pause } from './pause.ts';
import { readBacklog } from './poller/backlog.ts';
import { createPollerFleet, type PollerFleet, type PollerFleetOptions } from './poller/poller-fleet.ts';
import { choosePollers, toPollerBounds } from './poller/poller-scaling.ts';

/** What a mapping runs with. */
export interface MappingRunOptions extends PollerFleetOptions {
  /** Time between two looks at the lag, in milliseconds, 1 or more. */
  readonly scalingMs: number;
}

/** A running mapping. */
export interface MappingRun {
  /** Closes and starts all pollers. */
  readonly restartPoller: () => Promise<void>;
  /** Stops polling; batches in flight are abandoned uncommitted. */
  readonly stop: () => Promise<void>;
  /** Resolves once no batch is in flight; after `stop()`. */
  readonly idle: () => Promise<void>;
}

/**
 * Starts polling and invoking; resolves once every poller has joined the group.
 *
 * Provisioned mode starts with its `MinimumPollers`, on-demand mode with one, as AWS starts with a few of its own choice.
 */
export async function startMappingRun(options: MappingRunOptions): Promise<MappingRun> {
  const { mapping, kafka, status } = options;
  const fleet = createPollerFleet(options);
  const stopping = new AbortController();
  try {
    const wanted = mapping.provisioned?.minPollers ?? 1;
    // One is what every topic takes; one that is not there is told by the first poller, in its own words.
    const partitions =
      wanted === 1 ? 1 : (await readBacklog(kafka, mapping.topic, status.committedAt)).partitions;
    await resize(fleet, toPollerBounds(mapping.provisioned, partitions).min, { ...options, lag: 0 });
  } catch (error) {
    await fleet.stop();
    throw error;
  }
  const { provisioned } = mapping;
  const isFixed = provisioned !== undefined && provisioned.minPollers === provisioned.maxPollers;
  const scaling = isFixed ? undefined : scale(fleet, options, stopping.signal);
  return {
    restartPoller: fleet.restart,
    async stop() {
      stopping.abort();
      await fleet.stop();
      await scaling;
    },
    idle: fleet.idle,
  };
}

async function scale(fleet: PollerFleet, options: MappingRunOptions, signal: AbortSignal): Promise<void> {
  const { mapping, kafka, status, onEvent } = options;
  let before = sumCommitted(status);
  while (await pause(options.scalingMs, signal)) {
    try {
      const { partitions, lag } = await readBacklog(kafka, mapping.topic, status.committedAt);
      const now = sumCommitted(status);
      const load = { pollers: fleet.size(), lag, committed: now - before, busy: fleet.busy() };
      before = now;
      const count = choosePollers(load, toPollerBounds(mapping.provisioned, partitions));
      if (!signal.aborted) await resize(fleet, count, { ...options, lag });
    } catch (error) {
      if (signal.aborted) return;
      // A broker that is away, most likely; the next look decides anew.
      const message = error instanceof Error ? error.message : String(error);
      onEvent({ kind: 'warning', consumer: mapping.consumer, message: `cannot scale pollers: ${message}` });
    }
  }
}

async function resize(
  fleet: PollerFleet,
  count: number,
  { mapping, status, onEvent, lag }: MappingRunOptions & { readonly lag: number },
): Promise<void> {
  const from = fleet.size();
  if (count === from) return;
  try {
    await fleet.resize(count);
  } finally {
    const event = { kind: 'pollers', consumer: mapping.consumer, from, to: fleet.size(), lag } as const;
    if (event.to !== from) {
      status.count(event);
      onEvent(event);
    }
  }
}

function sumCommitted(status: StatusCounter): number {
  return Object.values(status.read().committed).reduce((sum, offset) => sum + offset, 0);
}

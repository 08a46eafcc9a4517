// Records that `dev --seed-traffic` sends by itself: of the sample beside a consumer, or made from its schema. For a person who has none yet.

import type { LocalEvent } from '../local/events.ts';
import type { LocalRunOptions } from '../local/run.ts';
import { frameTraffic } from '../run/traffic/registry-traffic.ts';
import type { Session } from '../run/session/session.ts';
import { planTraffic } from '../run/traffic/traffic-plan.ts';
import { createTraffic } from '../run/traffic/traffic.ts';

/** Records a second, of each topic: slow enough to read along. */
const recordsPerSecond = 20;

/** Traffic that is planned, and not sent yet. */
export interface SeedTraffic {
  /** What each consumer is sent. */
  readonly lines: readonly string[];
  /** Registries in place of those that mappings name. */
  readonly registries: Partial<Pick<LocalRunOptions, 'registryUrl' | 'isGlueLocal'>>;
  readonly onEvent: (event: LocalEvent) => void;
  readonly produced: () => number;
  /** Sends all of it, or until the signal aborts. */
  readonly produce: (signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Plans so many good records for each topic. @throws TrafficError `NOTHING_TO_SEND` where no consumer has a sample or a schema */
export async function planSeedTraffic(
  records: number,
  { app, broker, clients, project, registryUrl }: Session,
): Promise<SeedTraffic> {
  const choice = {
    sends: 'known',
    traffic: [],
    records,
    watch: false,
    seed: 858,
    compression: undefined,
    poisonPercent: 0,
    tombstonePercent: 0,
  } as const;
  const plans = await planTraffic(choice, app.mappings, project);
  // Whoever names a registry of theirs has schemas there, which nobody adds to.
  const framed =
    registryUrl === undefined ? await frameTraffic(plans, app.mappings, clients.glue) : undefined;
  const { plans: sent } = framed ?? { plans };
  const traffic = createTraffic(sent, broker, { recordsPerSecond });
  return {
    lines: sent.map(({ line }) => line),
    registries: {
      ...(framed?.registryUrl !== undefined && { registryUrl: framed.registryUrl }),
      ...(framed && { isGlueLocal: framed.isGlueLocal }),
    },
    onEvent: (event) => traffic.onEvent(event),
    produced: traffic.produced,
    produce: async (signal) => await traffic.produce(signal),
    close: async () => await framed?.close(),
  };
}

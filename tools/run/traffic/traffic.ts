// The run's traffic: what was planned for each topic, never further ahead of the slowest consumer than an embedded broker keeps.

import { createKafka } from '../../broker/kafka-client.ts';
import type { Broker } from '../../broker/broker.ts';
import type { LocalEvent } from '../../local/events.ts';
import type { EndOffsets } from '../../local/run.ts';
import { createBacklog, type GroupBacklog } from '../../traffic/backpressure.ts';
import { createLedger, type Ledger } from '../../traffic/ledger.ts';
import { produceTraffic } from '../../traffic/producer.ts';
import type { TopicPlan } from './traffic-plan.ts';

/** Traffic under way. */
export interface Traffic {
  /** Whether anything is sent at all. */
  readonly isAny: boolean;
  /** Records acknowledged so far, of the topic that has most. */
  readonly produced: () => number;
  /** Takes the commits of the run: they make room. */
  onEvent(event: LocalEvent): void;
  /** Nobody waits for this consumer any more: it has been stopped. A topic that nobody reads is not written to any further. */
  giveUp(consumer: string): void;
  /** Produces everything, or until the signal aborts. */
  produce(signal: AbortSignal): Promise<void>;
  /** What was produced to `topic`: nothing, where nothing was planned. */
  ledgerOf(topic: string): Ledger;
  /** Where each topic ends after what was produced. */
  endOffsets(): EndOffsets;
}

interface Lane {
  readonly plan: TopicPlan;
  readonly ledger: Ledger;
  readonly backlog: GroupBacklog;
  readonly readers: Set<string>;
  readonly stop: AbortController;
}

/** Prepares the traffic of a run; nothing is sent yet. */
export function createTraffic(
  plans: readonly TopicPlan[],
  broker: Broker,
  { recordsPerSecond }: { readonly recordsPerSecond: number | undefined },
): Traffic {
  const lanes = plans.map((plan): Lane => ({
    plan,
    ledger: createLedger(),
    backlog: createBacklog({ groups: plan.consumers }),
    readers: new Set(plan.consumers),
    stop: new AbortController(),
  }));
  const laneOf = (consumer: string): Lane | undefined =>
    lanes.find(({ plan }) => plan.consumers.includes(consumer));
  const sent = lanes.filter(({ plan }) => plan.records !== undefined);

  return {
    isAny: sent.length > 0,
    produced: () => Math.max(0, ...lanes.map(({ ledger }) => ledger.count)),
    onEvent(event) {
      if (event.kind === 'committed')
        laneOf(event.consumer)?.backlog.committed(event.consumer, event.partition, event.offset);
    },
    giveUp(consumer) {
      const lane = laneOf(consumer);
      lane?.backlog.leave(consumer);
      lane?.readers.delete(consumer);
      if (lane?.readers.size === 0) lane.stop.abort();
    },
    async produce(signal) {
      const kafka = createKafka(broker.bootstrapServers, {
        clientId: 'tailrace-traffic',
        ...(broker.security !== undefined && { security: broker.security }),
      });
      const sends = sent.map(({ plan, ledger, backlog, stop }) =>
        produceTraffic({
          kafka,
          topic: plan.topic,
          records: plan.records?.() ?? [],
          ledger,
          signal: AbortSignal.any([signal, stop.signal]),
          ...(plan.framing && { framing: plan.framing }),
          // A broker of the user's own keeps what its topic's retention says.
          ...(broker.kind === 'embedded' && { backlog }),
          ...(recordsPerSecond !== undefined && { recordsPerSecond }),
        }),
      );
      await Promise.all(sends);
    },
    ledgerOf: (topic) => lanes.find(({ plan }) => plan.topic === topic)?.ledger ?? createLedger(),
    endOffsets: () =>
      Object.fromEntries(
        sent.map(({ plan, ledger }) => [plan.topic, Object.fromEntries(ledger.endOffsets())]),
      ),
  };
}

// The run's traffic: the same seeded records to every topic that a running consumer reads, never further ahead of the
// slowest of them than an embedded broker keeps.

import { createKafka } from '../broker/kafka-client.ts';
import type { Broker } from '../broker/broker.ts';
import type { LocalEvent } from '../local/events.ts';
import type { EndOffsets } from '../local/run.ts';
import { createBacklog, type GroupBacklog } from '../traffic/backpressure.ts';
import { generateTraffic } from '../traffic/generator.ts';
import { createLedger, type Ledger } from '../traffic/ledger.ts';
import type { TrafficOptions } from '../traffic/options.ts';
import { produceTraffic } from '../traffic/producer.ts';
import type { RunOptions } from './options.ts';

/** Who reads what. */
export type Readers = readonly { readonly consumer: string; readonly topic: string }[];

/** Traffic under way. */
export interface Traffic {
  /** Records acknowledged so far, in each topic. */
  readonly produced: () => number;
  /** Takes the commits of the run: they make room. */
  onEvent(event: LocalEvent): void;
  /** Nobody waits for this consumer any more: it has been stopped. */
  giveUp(consumer: string): void;
  /** Produces everything, or until the signal aborts. */
  produce(signal: AbortSignal): Promise<void>;
  /** What was produced to `topic`. */
  ledgerOf(topic: string): Ledger;
  /** Where each topic ends after what was produced. */
  endOffsets(): EndOffsets;
}

/** Prepares the traffic of a run; nothing is sent yet. */
export function createTraffic(options: RunOptions, readers: Readers, broker: Broker): Traffic {
  const lanes = new Map(
    [...new Set(readers.map(({ topic }) => topic))].map((topic) => {
      const groups = readers.filter((reader) => reader.topic === topic).map(({ consumer }) => consumer);
      return [topic, { ledger: createLedger(), backlog: createBacklog({ groups }) }];
    }),
  );
  const topicOf = new Map(readers.map(({ consumer, topic }) => [consumer, topic]));
  const backlogOf = (consumer: string): GroupBacklog | undefined =>
    lanes.get(topicOf.get(consumer) ?? '')?.backlog;

  return {
    produced: () => Math.max(0, ...Array.from(lanes.values(), ({ ledger }) => ledger.count)),
    onEvent(event) {
      if (event.kind === 'committed')
        backlogOf(event.consumer)?.committed(event.consumer, event.partition, event.offset);
    },
    giveUp(consumer) {
      backlogOf(consumer)?.leave(consumer);
    },
    async produce(signal) {
      const sends = Array.from(lanes, ([topic, { ledger, backlog }]) =>
        produceTraffic({
          kafka: createKafka(broker.bootstrapServers, {
            clientId: 'tailrace-traffic',
            ...(broker.security !== undefined && { security: broker.security }),
          }),
          topic,
          records: generateTraffic(toTrafficOptions(options)),
          ledger,
          signal,
          // A broker of the user's own keeps what its topic's retention says.
          ...(broker.kind === 'embedded' && { backlog }),
          ...(options.rate !== undefined && { recordsPerSecond: options.rate }),
        }),
      );
      await Promise.all(sends);
    },
    ledgerOf(topic) {
      const lane = lanes.get(topic);
      if (lane === undefined)
        throw new Error(`no traffic to topic ${topic}, expected one of ${[...lanes.keys()].join(', ')}`);
      return lane.ledger;
    },
    endOffsets: () =>
      Object.fromEntries(
        Array.from(lanes, ([topic, { ledger }]) => [topic, Object.fromEntries(ledger.endOffsets())]),
      ),
  };
}

function toTrafficOptions({
  seed,
  records,
  watch,
  compression,
  poisonPercent,
  tombstonePercent,
}: RunOptions): TrafficOptions {
  const poison = poisonPercent / 100 / 3;
  return {
    seed,
    records: watch ? Number.POSITIVE_INFINITY : records,
    packing: compression,
    tombstoneShare: tombstonePercent / 100,
    undecodableShare: poison,
    invalidShare: poison,
    overLimitShare: poison,
    // Without an end there is no number of records to derive the number of keys from.
    ...(watch && { keys: 10_000 }),
  };
}

// What each topic of a run is sent, decided before anything is: a file that was named, a sample beside the consumer, the example's
// orders, values made from a schema, or nothing; and the line that says so.

import { resolve } from 'node:path';
import type { ConsumerDefinition } from '../../../lib/index.ts';
import type { RegistryConfig } from '../../local/mapping/registry-config.ts';
import { TrafficError } from '../../traffic/error.ts';
import type { Framing } from '../../traffic/framing.ts';
import { generateTraffic } from '../../traffic/orders/generator.ts';
import { findOwnConsumer } from '../../project/definition.ts';
import {
  generateOwnTraffic,
  readOwnRecords,
  toTopicSeed,
  type OwnRecords,
} from '../../traffic/own/own-traffic.ts';
import { chooseRecords, readsOrders, type RecordReaders } from '../../traffic/own/choose-records.ts';
import { choosePacking } from '../../traffic/own/record-encoder.ts';
import type { Packing } from '../../traffic/packing.ts';
import type { TrafficRecord } from '../../traffic/record.ts';
import type { RunOptions } from '../options.ts';

/** Who reads what. */
export type Readers = readonly {
  readonly consumer: string;
  readonly topic: string;
  /** By what its mapping reads records before the function does. */
  readonly registry?: RegistryConfig | undefined;
}[];

/** What one topic is sent. */
export interface TopicPlan {
  readonly topic: string;
  readonly consumers: readonly string[];
  /** Makes the records; undefined: nothing is sent. */
  readonly records: (() => Iterable<TrafficRecord>) | undefined;
  /** By which the records are made; undefined: by none. */
  readonly definition?: ConsumerDefinition;
  /** How the records name their schemas; undefined: they name none. */
  readonly framing?: Framing;
  /** Says it to a person. */
  readonly line: string;
}

/** What a plan depends on. */
export type TrafficChoice = Pick<
  RunOptions,
  'sends' | 'traffic' | 'records' | 'watch' | 'seed' | 'compression' | 'poisonPercent' | 'tombstonePercent'
>;

const defaultRecords = 5000;
/** The word in place of a file. */
const orders = 'orders';

/**
 * Plans the traffic of every topic; `project` is the folder of the app's project.
 * @throws TrafficError `TRAFFIC_OPTION` for a target that no consumer has, `TRAFFIC_FILE`, `NOTHING_TO_SEND`
 */
export async function planTraffic(
  choice: TrafficChoice,
  readers: Readers,
  project: string,
): Promise<readonly TopicPlan[]> {
  checkTargets(choice, readers);
  const plans: TopicPlan[] = [];
  for (const [topic, group] of Map.groupBy(readers, (reader) => reader.topic)) {
    const consumers = group.map(({ consumer }) => consumer);
    // What is packed, or poison, is refused by a registry before anybody opens it.
    const isFramed = group.some(({ registry }) => registry !== undefined);
    const { compression = 'none', poisonPercent = 0 } = choice;
    const chosen = isFramed ? { ...choice, compression, poisonPercent } : choice;
    plans.push(await planTopic(chosen, { topic, consumers, project }));
  }
  if (choice.sends !== 'nothing' && plans.every(({ records }) => records === undefined))
    throw new TrafficError(
      'there is nothing to send',
      plans.map(({ line }) => line).join('; '),
      'a sample, a schema or a file for one of them; --records 0 runs them without, for records that you send yourself',
      { code: 'NOTHING_TO_SEND' },
    );
  return plans;
}

function checkTargets({ traffic }: TrafficChoice, readers: Readers): void {
  const known = readers.flatMap(({ consumer, topic }) => [consumer, topic]);
  for (const { target } of traffic)
    if (!known.includes(target))
      throw new TrafficError('--traffic', target, `one of ${[...new Set(known)].join(', ')}`);
}

async function planTopic(choice: TrafficChoice, about: RecordReaders): Promise<TopicPlan> {
  const { topic, consumers } = about;
  const who = consumers.join(', ');
  const toPlan = (line: string, records?: TopicPlan['records']): TopicPlan => ({
    topic,
    consumers,
    records,
    line: `${who}: ${line}`,
  });
  const toOrdersPlan = (isExample: boolean): TopicPlan =>
    toPlan(isExample ? 'orders' : 'orders, as plain JSON', toOrders(choice, isExample));
  const given = choice.traffic.find(({ target }) => target === topic || consumers.includes(target));
  if (given === undefined && choice.sends === 'nothing') return toPlan('nothing is sent');
  if (given !== undefined && given.source !== orders)
    return await fromFile(resolve(given.source), { choice, about, toPlan });
  if (given !== undefined) return toOrdersPlan(await readsOrders(about));
  const encoding = { packing: choice.compression ?? 'none', seed: toTopicSeed(choice.seed, topic) } as const;
  const found = await chooseRecords(about, encoding);
  if (found.kind === 'example') return toOrdersPlan(true);
  // An app of somebody else's is sent what any JSON.parse reads, if it is sent anything.
  if (found.kind === 'unknown' && choice.sends === 'anything') return toOrdersPlan(false);
  if (found.kind !== 'own') {
    const reason = found.kind === 'unknown' ? 'its definition is not known' : found.reason;
    return toPlan(nothing(reason, consumers[0]!));
  }
  const { records, isSample, definition } = found;
  const line = isSample ? `records of ${records.from}` : `records made from ${records.from}`;
  return { ...toPlan(line, toOwn(choice, topic, records)), ...(definition && { definition }) };
}

function nothing(reason: string, consumer: string): string {
  return `nothing is sent, ${reason}; write sample.ndjson into the folder of its consumer.ts, or give --traffic ${consumer}=FILE`;
}

async function fromFile(
  path: string,
  {
    choice,
    about: { topic, consumers, project },
    toPlan,
  }: {
    readonly choice: TrafficChoice;
    readonly about: RecordReaders;
    readonly toPlan: (line: string, records?: TopicPlan['records']) => TopicPlan;
  },
): Promise<TopicPlan> {
  const own = await Promise.all(consumers.map((consumer) => findOwnConsumer(project, consumer)));
  const definition = own.find((each) => each.definition !== undefined)?.definition;
  const packing = choosePacking(definition, choice.compression ?? 'none');
  const records = await readOwnRecords(path, { definition, packing });
  // A file that was named is sent once, as it is, unless a number or an end is asked for.
  const isBare = choice.records === undefined;
  const sent = {
    ...choice,
    records: choice.records ?? (choice.watch ? defaultRecords : records.records.length),
    ...(isBare && { poisonPercent: choice.poisonPercent ?? 0 }),
  };
  return {
    ...toPlan(`records of ${records.from}`, toOwn(sent, topic, records)),
    ...(definition && { definition }),
  };
}

function toOwn(choice: TrafficChoice, topic: string, records: OwnRecords): TopicPlan['records'] {
  return () =>
    generateOwnTraffic(records, {
      seed: toTopicSeed(choice.seed, topic),
      records: choice.watch ? Infinity : (choice.records ?? defaultRecords),
      // A topic that is not compacted has none, and a function need not expect them.
      tombstoneShare: (choice.tombstonePercent ?? 0) / 100,
      poisonShare: (choice.poisonPercent ?? 1) / 100,
    });
}

/** The seed's orders. A function that is not known to be one of the example gets what any JSON.parse reads. */
function toOrders(choice: TrafficChoice, isExample: boolean): TopicPlan['records'] {
  const { seed, watch, records = defaultRecords, compression, poisonPercent, tombstonePercent } = choice;
  const poison = (poisonPercent ?? (isExample ? 1 : 0)) / 100 / 3;
  const packing: Packing = compression ?? (isExample ? 'lz4' : 'none');
  return () =>
    generateTraffic({
      seed,
      records: watch ? Number.POSITIVE_INFINITY : records,
      packing,
      tombstoneShare: (tombstonePercent ?? (isExample ? 2 : 0)) / 100,
      undecodableShare: poison,
      invalidShare: poison,
      overLimitShare: poison,
      // Without an end there is no number of records to derive the number of keys from.
      ...(watch && { keys: 10_000 }),
    });
}

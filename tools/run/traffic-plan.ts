// What each topic of a run is sent, decided before anything is: a file that was named, a sample beside the consumer, the example's
// orders, values made from a schema, or nothing; and the line that says so.

import { resolve } from 'node:path';
import { isAuditable } from '../proof/audit.ts';
import { TrafficError } from '../traffic/error.ts';
import { generateTraffic } from '../traffic/orders/generator.ts';
import { findOwnConsumer, type OwnConsumer } from '../traffic/own/definition.ts';
import {
  generateOwnTraffic,
  makeOwnRecords,
  readOwnRecords,
  toTopicSeed,
  type OwnRecords,
} from '../traffic/own/own-traffic.ts';
import { choosePacking } from '../traffic/own/record-encoder.ts';
import type { Packing } from '../traffic/packing.ts';
import type { TrafficRecord } from '../traffic/record.ts';
import type { RunOptions } from './options.ts';

/** Who reads what. */
export type Readers = readonly { readonly consumer: string; readonly topic: string }[];

/** What one topic is sent. */
export interface TopicPlan {
  readonly topic: string;
  readonly consumers: readonly string[];
  /** Makes the records; undefined: nothing is sent. */
  readonly records: (() => Iterable<TrafficRecord>) | undefined;
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
    plans.push(await planTopic(choice, { topic, consumers, project }));
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

interface Topic {
  readonly topic: string;
  readonly consumers: readonly string[];
  readonly project: string;
}

async function planTopic(choice: TrafficChoice, about: Topic): Promise<TopicPlan> {
  const { topic, consumers, project } = about;
  const who = consumers.join(', ');
  const toPlan = (line: string, records?: TopicPlan['records']): TopicPlan => ({
    topic,
    consumers,
    records,
    line: `${who}: ${line}`,
  });
  const given = choice.traffic.find(({ target }) => target === topic || consumers.includes(target));
  if (given === undefined && choice.sends === 'nothing') return toPlan('nothing is sent');
  const own = await Promise.all(consumers.map((consumer) => findOwnConsumer(project, consumer)));
  const first = own.find(({ definition }) => definition !== undefined);
  if (given !== undefined && given.source !== orders)
    return await fromFile(resolve(given.source), { choice, own: first, toPlan, isAsked: true });
  const sample = own.find(({ samplePath }) => samplePath !== undefined);
  const isExample =
    topic === orders && own.some(({ definition }, index) => definition && isAuditable(consumers[index]!));
  if (given === undefined && sample?.samplePath !== undefined)
    return await fromFile(sample.samplePath, { choice, own: sample, toPlan, isAsked: false });
  if (isExample || given !== undefined || (first === undefined && choice.sends === 'anything'))
    return toPlan(isExample ? 'orders' : 'orders, as plain JSON', toOrders(choice, isExample));
  if (first?.definition === undefined)
    return toPlan(nothing(own[0]?.problem ?? 'its definition is not known', consumers[0]!));
  const { definition } = first;
  const packing = choosePacking(definition, choice.compression ?? 'none');
  const made = await makeOwnRecords(
    { definition, packing },
    { seed: toTopicSeed(choice.seed, topic), project },
  );
  if ('reason' in made) return toPlan(nothing(made.reason, definition.name));
  return toPlan(`records made from ${made.from}`, toOwn(choice, topic, made));
}

function nothing(reason: string, consumer: string): string {
  return `nothing is sent, ${reason}; write handlers/${consumer}/sample.ndjson, or give --traffic ${consumer}=FILE`;
}

async function fromFile(
  path: string,
  {
    choice,
    own,
    toPlan,
    isAsked,
  }: {
    readonly choice: TrafficChoice;
    readonly own: OwnConsumer | undefined;
    readonly toPlan: (line: string, records?: TopicPlan['records']) => TopicPlan;
    readonly isAsked: boolean;
  },
): Promise<TopicPlan> {
  const definition = own?.definition;
  const packing = choosePacking(definition, choice.compression ?? 'none');
  const records = await readOwnRecords(path, { definition, packing });
  // A file that was named is sent once, as it is; a sample stands for as many records as a run has.
  const count = choice.records ?? (isAsked && !choice.watch ? records.records.length : defaultRecords);
  const isBare = isAsked && choice.records === undefined;
  const sent = {
    ...choice,
    records: count,
    ...(isBare && { poisonPercent: choice.poisonPercent ?? 0 }),
  };
  return toPlan(`records of ${records.from}`, toOwn(sent, toPlan('').topic, records));
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

// Which records a topic is sent where nobody has named any: the sample beside a definition, the example's orders, values made from a
// schema, or none. Runs, soaks and tunings decide alike.

import type { ConsumerDefinition } from '../../../lib/index.ts';
import { findOwnConsumer } from '../../project/definition.ts';
import { isAuditable } from '../../proof/audit.ts';
import type { Packing } from '../packing.ts';
import { makeOwnRecords, readOwnRecords, type OwnRecords } from './own-traffic.ts';
import { choosePacking } from './record-encoder.ts';

/** What a topic is sent. */
export type RecordChoice =
  /** Records of its consumers: `isSample` tells those of a file from those that are made. */
  | {
      readonly kind: 'own';
      readonly records: OwnRecords;
      readonly packing: Packing;
      readonly isSample: boolean;
      readonly definition: ConsumerDefinition | undefined;
    }
  /** The seed's orders, which the example's consumers read. */
  | { readonly kind: 'example' }
  /** The project has no definition of any of its consumers. */
  | { readonly kind: 'unknown' }
  /** Nobody knows what its records are like. */
  | { readonly kind: 'nothing'; readonly reason: string };

/** The topic of the example's consumers. */
const topicOfOrders = 'orders';

/** A topic, who reads it, and the folder of the app's project. */
export interface RecordReaders {
  readonly topic: string;
  readonly consumers: readonly string[];
  readonly project: string;
}

/** Whether a topic is the example's, whose consumers read the seed's orders. */
export async function readsOrders({ topic, consumers, project }: RecordReaders): Promise<boolean> {
  if (topic !== topicOfOrders) return false;
  const own = await Promise.all(consumers.map((consumer) => findOwnConsumer(project, consumer)));
  return own.some(({ definition }, index) => definition && isAuditable(consumers[index]!));
}

/** Decides for a topic. @throws TrafficError `TRAFFIC_FILE` naming the line of a sample that its definition does not read */
export async function chooseRecords(
  readers: RecordReaders,
  { packing: wanted, seed }: { readonly packing: Packing; readonly seed: number },
): Promise<RecordChoice> {
  const { consumers, project } = readers;
  const own = await Promise.all(consumers.map((consumer) => findOwnConsumer(project, consumer)));
  const first = own.find(({ definition }) => definition !== undefined);
  const sample = own.find(({ samplePath }) => samplePath !== undefined);
  if (sample?.samplePath !== undefined) {
    const { definition = first?.definition } = sample;
    const packing = choosePacking(definition, wanted);
    const records = await readOwnRecords(sample.samplePath, { definition, packing });
    return { kind: 'own', records, packing, isSample: true, definition };
  }
  if (await readsOrders(readers)) return { kind: 'example' };
  if (first?.definition === undefined) {
    const problem = own.find((each) => each.problem !== undefined)?.problem;
    return problem === undefined ? { kind: 'unknown' } : { kind: 'nothing', reason: problem };
  }
  const { definition } = first;
  const packing = choosePacking(definition, wanted);
  const made = await makeOwnRecords({ definition, packing }, { seed, project });
  if ('reason' in made) return { kind: 'nothing', reason: made.reason };
  return { kind: 'own', records: made, packing, isSample: false, definition };
}

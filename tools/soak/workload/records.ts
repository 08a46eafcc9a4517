// Which records a measurement sends: the consumer's own, from the sample beside its definition or made from its schema; the seed's orders
// for the example's consumers, and for functions whose definition is not known here.
import { chooseRecords } from '../../traffic/own/choose-records.ts';
import { prepareRenewal } from '../../traffic/own/renewal.ts';
import { generateOwnTraffic, type OwnRecords } from '../../traffic/own/own-traffic.ts';
import { generateTraffic } from '../../traffic/orders/generator.ts';
import type { Packing } from '../../traffic/packing.ts';
import type { TrafficRecord } from '../../traffic/record.ts';
import { SoakError } from '../error.ts';
import type { SoakOptions } from '../options.ts';
import type { Subject } from '../target/soak-target.ts';

/** What the records are made of. */
export interface RecordsOptions {
  readonly packing: Packing;
  readonly meanBytes: number;
  readonly seed: number;
}

/** Records to send. */
export interface RecordSource {
  /** For people: where they come from. */
  readonly from: string;
  /** The consumer's own good records, by which heavier ones are made; undefined: orders. */
  readonly own: (OwnRecords & { readonly packing: Packing }) | undefined;
  /** So many of them; the same call gives the same records. */
  readonly generate: (count: number) => Iterable<TrafficRecord>;
}

/** Shares of records that no consumer reads: as in the seed's orders. */
const poisonShare = 0.005;

/** Orders that change at a time, at most; a fiftieth of the records at most, since their number grows first. */
const mostOpenOrders = 1000;
/** An order has five states; 1,000,000 orders at most. */
const recordsOfAnOrder = 5;
const mostOrders = 1_000_000;

/** The seed's orders, of which new ones take the place of old ones: what is kept by their ids grows as long as they are sent. */
export function toOrders(options: RecordsOptions): RecordSource {
  return {
    from: 'orders',
    own: undefined,
    generate: (count) =>
      generateTraffic({
        ...options,
        records: count,
        keys: Math.min(mostOpenOrders, Math.ceil(count / 50)),
        newKeyEvery: Math.max(recordsOfAnOrder, Math.ceil(count / mostOrders)),
      }),
  };
}

/**
 * The records of a function: orders for a handler of one's own, else what its consumer reads.
 *
 * @throws {SoakError} `NO_RECORDS` when nobody knows what its records are like
 * @throws TrafficError `TRAFFIC_FILE` naming the line of a sample that its definition does not read
 */
export async function chooseSource(
  options: RecordsOptions & Pick<SoakOptions, 'consumer' | 'traffic'>,
  { envelope, project }: Pick<Subject, 'envelope' | 'project'>,
): Promise<RecordSource> {
  // Recorded events say themselves what they are made of.
  if (project === undefined || options.traffic !== undefined) return toOrders(options);
  const { consumer, packing, seed } = options;
  const { topic } = envelope;
  const found = await chooseRecords({ topic, consumers: [consumer], project }, { packing, seed });
  switch (found.kind) {
    case 'example':
      return toOrders(options);
    case 'unknown':
      // A function that is not known gets what any JSON.parse reads.
      return { ...toOrders({ ...options, packing: 'none' }), from: 'orders, as plain JSON' };
    case 'nothing':
      throw new SoakError(
        'NO_RECORDS',
        `records for ${consumer} cannot be generated, got ${found.reason}; write sample.ndjson into the folder of its consumer.ts, or give --traffic FILE`,
      );
    case 'own': {
      const renew = await prepareRenewal(found.records);
      return {
        from: found.records.from,
        own: { ...found.records, packing: found.packing },
        generate: (records) =>
          generateOwnTraffic(found.records, { seed, records, tombstoneShare: 0, poisonShare, renew }),
      };
    }
  }
}

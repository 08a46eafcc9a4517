// What the traffic should be like: options, their ranges and defaults, resolved once.
import { smallestOrderBytes } from './document.ts';
import { TrafficError } from '../error.ts';
import type { Packing } from '../packing.ts';

/** The traffic to generate; every default is the seed workload's. */
export interface TrafficOptions {
  /** Same seed, same records, byte for byte; a whole number from 0, default 858. */
  readonly seed?: number;
  /** How many records, or Infinity; default 5,000. */
  readonly records?: number;
  /** Distinct keys at a time, 1..1,000,000; default one per 5 records, at most 100,000. */
  readonly keys?: number;
  /** Records after which a new key takes the place of the oldest one, from 1; default Infinity: the keys stay. Needs a number of records. */
  readonly newKeyEvery?: number;
  /** How many of them are hot; default 10, or all if there are fewer. */
  readonly hotKeys?: number;
  /** Share of the records that go to hot keys, 0..1; default 0.2. */
  readonly hotShare?: number;
  /** Mean document size in bytes, 300..65,536; default 800. */
  readonly meanBytes?: number;
  /** Spread of the sizes (standard deviation of their logarithm), 0.1..3; default 1.5. */
  readonly sigma?: number;
  /** Largest document, and what an over-limit record exceeds, in bytes: 65,536..1,048,576; default 1,048,576. */
  readonly maxBytes?: number;
  /** How values are packed; default `lz4`. */
  readonly packing?: Packing;
  /** Share of tombstones, 0..1; default 0.02. Each goes to a key that has a document. */
  readonly tombstoneShare?: number;
  /** Share of values that cannot be decompressed (or, unpacked, not parsed), 0..1; default 0.002. */
  readonly undecodableShare?: number;
  /** Share of JSON documents that are no order, 0..1; default 0.002. */
  readonly invalidShare?: number;
  /** Share of small values that decompress past maxBytes, 0..1; default 0.001. Packed as LZ4 where packing is `none`. */
  readonly overLimitShare?: number;
}

/** The same with every default filled in. */
export type TrafficConfig = Readonly<Required<TrafficOptions>>;

/** Fills in the defaults. @throws {TrafficError} `TRAFFIC_OPTION` naming option, value and range. */
export function resolveTraffic(options: TrafficOptions = {}): TrafficConfig {
  const records = options.records ?? 5_000;
  const keys = options.keys ?? Math.max(1, Math.min(100_000, Math.ceil(records / 5)));
  const config: TrafficConfig = {
    seed: 858,
    newKeyEvery: Infinity,
    hotKeys: Math.min(10, keys),
    hotShare: 0.2,
    meanBytes: 800,
    sigma: 1.5,
    maxBytes: 1_048_576,
    packing: 'lz4',
    tombstoneShare: 0.02,
    undecodableShare: 0.002,
    invalidShare: 0.002,
    overLimitShare: 0.001,
    ...options,
    records,
    keys,
  };
  checkRanges(config);
  return config;
}

const shares = ['tombstoneShare', 'undecodableShare', 'invalidShare', 'overLimitShare'] as const;

function checkRanges(config: TrafficConfig): void {
  checkWhole(config, 'seed', 0, Number.MAX_SAFE_INTEGER);
  if (config.records !== Infinity) checkWhole(config, 'records', 0, Number.MAX_SAFE_INTEGER);
  checkWhole(config, 'keys', 1, 1_000_000);
  // What is known of each key is kept.
  if (config.newKeyEvery !== Infinity)
    checkWhole(config, 'newKeyEvery', Math.max(1, Math.ceil(config.records / 1e8)), Number.MAX_SAFE_INTEGER);
  checkWhole(config, 'hotKeys', 1, config.keys);
  checkWhole(config, 'maxBytes', 65_536, 1_048_576);
  checkNumber(config, 'meanBytes', smallestOrderBytes + 44, 65_536);
  checkNumber(config, 'sigma', 0.1, 3);
  for (const share of ['hotShare', ...shares] as const) checkNumber(config, share, 0, 1);
  const sum = shares.reduce((sum, share) => sum + config[share], 0);
  if (sum > 1) throw new TrafficError(shares.join(' + '), sum, 'at most 1');
}

type NumericOption = Exclude<keyof TrafficConfig, 'packing'>;

function checkNumber(config: TrafficConfig, option: NumericOption, low: number, high: number): void {
  const value = config[option];
  if (!(value >= low && value <= high)) throw new TrafficError(option, value, `${low}..${high}`);
}

function checkWhole(config: TrafficConfig, option: NumericOption, low: number, high: number): void {
  const value = config[option];
  if (!(Number.isSafeInteger(value) && value >= low && value <= high)) {
    throw new TrafficError(option, value, `a whole number ${low}..${high}`);
  }
}

// The seed workload as data: which key, which kind, which document, for record after record. Pure: no clock, no broker;
// what a run produces and what a test expects come from the same call.
import { digest64 } from '../digest.ts';
import { createOrderJson, smallestOrderBytes } from './document.ts';
import { createLiveKeys, toKey } from './keys.ts';
import { resolveTraffic, type TrafficConfig, type TrafficOptions } from './options.ts';
import type { Order } from './order.ts';
import { pack, spoil, type Packing } from '../packing.ts';
import { createRandom, type Random } from '../random.ts';
import type { TrafficRecord } from '../record.ts';
import { createSchedule } from '../schedule.ts';
import { createSizes } from './sizes.ts';

/** A record that holds an order, or that spoils one. */
export interface OrderRecord extends TrafficRecord {
  /** As `order-000123`. */
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Size of the document before packing, in bytes; 0 for a tombstone. */
  readonly documentBytes: number;
}

/** First instant in the documents; a fixed one, since same seed means same bytes. */
const startMs = Date.UTC(2026, 0, 1);
/** The seed's service placed 0.3 orders a second. */
const intervalMs = 3_333;

/**
 * Generates traffic lazily, one record per step; memory grows with the number of keys only.
 * @throws {TrafficError} `TRAFFIC_OPTION` at the first step
 */
export function* generateTraffic(options: TrafficOptions = {}): Generator<OrderRecord, void, undefined> {
  const config = resolveTraffic(options);
  const random = createRandom(config.seed);
  const schedule = createSchedule(random, [
    ['tombstone', config.tombstoneShare],
    ['undecodable', config.undecodableShare],
    ['invalid', config.invalidShare],
    ['over-limit', config.overLimitShare],
  ] as const);
  const { maxBytes, meanBytes, sigma } = config;
  const nextSize = createSizes(random, { meanBytes, sigma, minBytes: smallestOrderBytes, maxBytes });
  const { keys, newKeyEvery, records } = config;
  const live = createLiveKeys(keys + (newKeyEvery === Infinity ? 0 : Math.floor(records / newKeyEvery)));
  for (let sequence = 0; sequence < records; sequence += 1) {
    // No document, no tombstone: until the first order its turn waits.
    const kind = schedule.next(sequence, live.count === 0 ? 'tombstone' : undefined) ?? 'good';
    if (kind === 'tombstone') {
      const key = toKey(live.remove(random));
      yield {
        sequence,
        kind,
        key,
        value: null,
        headers: {},
        documentBytes: 0,
        documentDigest: 0n,
        valueDigest: 0n,
      };
      continue;
    }
    const keyNumber = Math.floor(sequence / newKeyEvery) + pickKey(random, config);
    const version = kind === 'good' ? live.add(keyNumber) : 0;
    const bytes = kind === 'over-limit' ? toOverLimit(random, maxBytes) : nextSize();
    yield createRecord(random, { sequence, kind, keyNumber, version, bytes, packing: config.packing });
  }
}

function pickKey(random: Random, { keys, hotKeys, hotShare }: TrafficConfig): number {
  return random.below(random.next() < hotShare ? hotKeys : keys);
}

// Half of them just one byte beyond, which is where a limit goes wrong; the others up to fourfold.
function toOverLimit(random: Random, maxBytes: number): number {
  return maxBytes + 1 + (random.below(2) === 0 ? 0 : random.below(3 * maxBytes));
}

interface Draft {
  readonly sequence: number;
  readonly kind: Exclude<TrafficRecord['kind'], 'tombstone'>;
  readonly keyNumber: number;
  readonly version: number;
  readonly bytes: number;
  readonly packing: Packing;
}

function createRecord(random: Random, draft: Draft): OrderRecord {
  const { sequence, kind } = draft;
  const key = toKey(draft.keyNumber);
  const packing = kind === 'over-limit' && draft.packing === 'none' ? 'lz4' : draft.packing;
  const document = Buffer.from(createText(random, draft, key));
  const packed = pack(document, packing);
  const value = kind === 'undecodable' ? spoil(packed, packing, random) : packed;
  return {
    sequence,
    kind,
    key,
    value,
    headers: toHeaders(random, packing),
    documentBytes: document.length,
    documentDigest: digest64(document),
    valueDigest: digest64(value),
  };
}

// Producers differ: half of the packed values say so in a header, the others leave it to the magic number.
function toHeaders(random: Random, packing: Packing): Readonly<Record<string, string>> {
  const type = { 'content-type': 'application/json' };
  return random.below(2) === 0 || packing === 'none' ? type : { ...type, 'content-encoding': packing };
}

function createText(random: Random, draft: Draft, orderId: string): string {
  const { kind, sequence, version, bytes } = draft;
  const placedAtMs = startMs + sequence * intervalMs;
  // A note of one repeated word is what lets megabytes fit into kilobytes.
  const small = kind === 'over-limit' ? smallestOrderBytes : bytes;
  const text = createOrderJson(random, { orderId, version, placedAtMs, bytes: small });
  if (kind === 'invalid') return toInvalid(random, text);
  return kind === 'over-limit' ? toHuge(text, bytes) : text;
}

function toHuge(text: string, bytes: number): string {
  const order = JSON.parse(text) as Order;
  const bare = JSON.stringify({ ...order, note: '' });
  const room = bytes - Buffer.byteLength(bare);
  return JSON.stringify({ ...order, note: 'again '.repeat(Math.ceil(room / 6)).slice(0, room) });
}

// Valid JSON, but by each of these no order: a schema that takes one of them has a gap.
function toInvalid(random: Random, text: string): string {
  const { items, ...order } = JSON.parse(text) as Order;
  const [first, ...others] = items;
  const variants: readonly unknown[] = [
    order,
    { ...order, items, orderId: 17 },
    { ...order, items, status: 'lost' },
    { ...order, items, placedAt: 'yesterday' },
    { ...order, items, totalCents: -1 },
    { ...order, items: [{ ...first, quantity: 0 }, ...others] },
    { ...order, items: [{ ...first, unitCents: 0.5 }, ...others] },
    [{ ...order, items }],
  ];
  return JSON.stringify(variants[random.below(variants.length)]);
}

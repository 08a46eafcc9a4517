// The same records as other ones: with other keys, and other ids in their values. A sample has few records, and what a function keeps by
// their keys or ids would stop growing as soon as each of them was sent once.

import { EncodeError } from '../../../lib/testing/encode-error.ts';
import type { EncodedRecord, RecordEncoder } from './record-encoder.ts';
import type { SampleRecord } from './sample-file.ts';

/** Gives record `index` its identity number `times`, 1..1,000,000; the record as it is where it cannot have another. */
export type Renew = (index: number, times: number) => EncodedRecord;

/** Identities that a record may have beside its own. */
export const mostIdentities = 1_000_000;

/** From one identity of a number to the next: 32 bits hold all of them. */
const stride = 1000;
const idName = /^_?(?:id|uuid|guid|key)$|[a-z](?:Id|ID|Uuid|UUID|Key)$|_(?:id|uuid|key)$/;
const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/**
 * Prepares new identities. Renewed are keys, and in values what equals the key, and fields that are called ids, such as `id`, `orderId` and
 * `order_id`, where no two records have the same. Only records that their definition still reads are renewed.
 */
export async function prepareRenewal(own: {
  readonly records: readonly EncodedRecord[];
  readonly sources: readonly SampleRecord[];
  readonly encoder: RecordEncoder;
}): Promise<Renew> {
  const { records, sources, encoder } = own;
  const ids = findIds(sources);
  const renew = (index: number, times: number): EncodedRecord => {
    const { key, value, ...others } = sources[index]!;
    const renewed = { key: renewOne(key, times), value: renewValue(value, { key, ids, times }) };
    return encoder.encode({ ...others, ...renewed });
  };
  const isReadable: boolean[] = [];
  for (const index of records.keys()) {
    const found = await Promise.all(
      [1, mostIdentities].map(async (times) => await isRead(() => renew(index, times), encoder)),
    );
    isReadable.push(found.every(Boolean));
  }
  return (index, times) => (isReadable[index] === true ? renew(index, times) : records[index]!);
}

async function isRead(encode: () => EncodedRecord, encoder: RecordEncoder): Promise<boolean> {
  try {
    return (await encoder.check(encode())) === undefined;
  } catch (error) {
    if (error instanceof EncodeError) return false;
    throw error;
  }
}

/** The paths of fields that are called ids and differ in all records that have them. */
function findIds(sources: readonly SampleRecord[]): ReadonlySet<string> {
  const seen = new Map<string, unknown[]>();
  for (const { value } of sources)
    mapFields(toObject(value), (path, name, one) => {
      if (idName.test(name) && isId(one)) seen.set(path, [...(seen.get(path) ?? []), one]);
      return one;
    });
  return new Set([...seen].filter(([, all]) => new Set(all).size === all.length).map(([path]) => path));
}

function renewValue(
  value: unknown,
  { key, ids, times }: { readonly key: unknown; readonly ids: ReadonlySet<string>; readonly times: number },
): unknown {
  const renewed = mapFields(toObject(value), (path, _name, one) => {
    const isKey = isId(one) && isId(key) && String(one) === String(key);
    return isKey || ids.has(path) ? renewOne(one, times) : one;
  });
  if (renewed === undefined) return value;
  return typeof value === 'string' ? JSON.stringify(renewed) : renewed;
}

function isId(value: unknown): value is string | number | bigint {
  return typeof value === 'string' || typeof value === 'bigint' || Number.isSafeInteger(value);
}

/** Another id of the same kind: numbers counted on, also at the end of a text. */
function renewOne(id: unknown, times: number): unknown {
  if (typeof id === 'number') return id + times * stride;
  if (typeof id === 'bigint') return id + BigInt(times * stride);
  if (typeof id !== 'string') return id;
  if (uuid.test(id)) {
    const last = (Number.parseInt(id.slice(-12), 16) + times * stride) % 2 ** 48;
    return id.slice(0, -12) + last.toString(16).padStart(12, '0');
  }
  const [, before = id, digits = '', after = ''] = /^(.*?)(\d{1,9})(\D*)$/s.exec(id) ?? [];
  return `${before}${String(Number(digits) + times * stride).padStart(digits.length, '0')}${after}`;
}

type Fields = Readonly<Record<string, unknown>>;

/** A value with fields; also one that is written as a text of JSON. */
function toObject(value: unknown): Fields | undefined {
  if (typeof value !== 'string' || !value.startsWith('{')) return isFields(value) ? value : undefined;
  try {
    return JSON.parse(value) as Fields;
  } catch {
    // Some other text.
    return undefined;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** A copy with each field as `map` gives it; objects in objects, but not those in lists. */
function mapFields(
  value: Fields | undefined,
  map: (path: string, name: string, one: unknown) => unknown,
  above = '',
): Fields | undefined {
  if (value === undefined) return undefined;
  const entries = Object.entries(value).map(([name, one]) => {
    const path = `${above}.${name}`;
    return [name, isFields(one) ? mapFields(one, map, path) : map(path, name, one)] as const;
  });
  return Object.fromEntries(entries);
}

// Traffic of a consumer's own records: those of a file, or values made from its schema, over and over, with poison among them.
// Every record that is sent as good was read by the definition before.

import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import { EncodeError } from '../../../lib/testing/encode-error.ts';
import type { ConsumerDefinition } from '../../../lib/index.ts';
import { TrafficError } from '../error.ts';
import { createRandom } from '../random.ts';
import type { TrafficKind, TrafficRecord } from '../record.ts';
import { createSchedule } from '../schedule.ts';
import { fromShape } from '../values/from-shape.ts';
import { choosePoison, type Poison } from './poison.ts';
import {
  createRecordEncoder,
  type EncodedRecord,
  type RecordEncoder,
  type RecordEncoding,
} from './record-encoder.ts';
import { mostIdentities, type Renew } from './renewal.ts';
import { readSamples, type SampleLine, type SampleRecord } from './sample-file.ts';

/** Good records of one consumer, encoded, and how poison is made of them. */
export interface OwnRecords {
  /** For people: where they come from. */
  readonly from: string;
  /** One or more. */
  readonly records: readonly EncodedRecord[];
  /** What each of `records` was encoded from, and by what. */
  readonly sources: readonly SampleRecord[];
  readonly encoder: RecordEncoder;
  /** Whether the records have keys of their own. */
  readonly poison: Poison;
}

/** How much of what. */
export interface OwnTrafficOptions {
  readonly seed: number;
  /** How many records, or Infinity. */
  readonly records: number;
  /** Shares of the records, 0..1. */
  readonly tombstoneShare: number;
  readonly poisonShare: number;
  /** Gives the good records new identities after every five times that all of them were sent. Default: they keep their own. */
  readonly renew?: Renew;
}

/** Enough to be varied, few enough to be kept. */
const madeValues = 500;
const maxTries = 20;
/** As of the seed's orders, each of which has five states. */
const sentBeforeRenewed = 5;

/**
 * Reads the records of a file, each checked by the definition.
 * @throws TrafficError `TRAFFIC_FILE` naming the line that is no record, or that the definition does not read
 */
export async function readOwnRecords(path: string, encoding: RecordEncoding): Promise<OwnRecords> {
  const name = relative(process.cwd(), path);
  const encoder = createRecordEncoder(encoding);
  const records: EncodedRecord[] = [];
  const sources: SampleRecord[] = [];
  for await (const line of readSamples(path, name)) {
    records.push(await encodeLine(line, encoder));
    sources.push(line.record);
  }
  if (records.length === 0)
    throw new TrafficError(`no records in ${name}`, 'no line with any', 'a record a line', {
      code: 'TRAFFIC_FILE',
    });
  const poison = await poisonOf(encoding.definition, encoder, records);
  return { from: name, records, sources, encoder, poison };
}

/** Makes records from the definition's schema, or says why there are none. */
export async function makeOwnRecords(
  encoding: RecordEncoding & { readonly definition: ConsumerDefinition },
  { seed, project }: { readonly seed: number; readonly project: string },
): Promise<OwnRecords | { readonly reason: string }> {
  const { definition } = encoding;
  const values = await fromShape(definition.value?.shape, project);
  if (values.by === undefined) return { reason: values.reason };
  const keys = definition.key === undefined ? undefined : await fromShape(definition.key.shape, project);
  const encoder = createRecordEncoder(encoding);
  const records: EncodedRecord[] = [];
  const sources: SampleRecord[] = [];
  let problem = 'nothing';
  for (let round = 0; round < maxTries && records.length < madeValues; round++) {
    const made = values.make(seed + round, madeValues);
    for (const [index, value] of made.entries()) {
      const key = keys === undefined ? `${definition.name}-${toName(index)}` : toKey(keys, seed + index);
      const tried = await tryRecord(encoder, { value, key });
      if (typeof tried === 'string') problem = tried;
      else if (records.length < madeValues) {
        records.push(tried);
        sources.push({ value, key });
      }
    }
    // A schema that takes none of five hundred takes none of the next.
    if (records.length === 0) return { reason: `it refuses what was made from it: ${problem}` };
  }
  const poison = await poisonOf(definition, encoder, records);
  return { from: values.by, records, sources, encoder, poison };
}

async function tryRecord(
  encoder: RecordEncoder,
  record: { readonly value: unknown; readonly key: unknown },
): Promise<EncodedRecord | string> {
  try {
    const encoded = encoder.encode(record);
    return (await encoder.check(encoded)) ?? encoded;
  } catch (error) {
    if (error instanceof EncodeError) return error.message;
    throw error;
  }
}

function toKey(keys: Awaited<ReturnType<typeof fromShape>>, seed: number): unknown {
  // Without a shape of its own a key is text, as nearly all are.
  return keys.by === undefined ? `key-${toName(seed % 100)}` : keys.make(seed % 100, 1)[0];
}

function toName(number: number): string {
  return String(number).padStart(6, '0');
}

async function encodeLine({ place, record }: SampleLine, encoder: RecordEncoder): Promise<EncodedRecord> {
  try {
    const encoded = encoder.encode(record);
    const problem = await encoder.check(encoded);
    if (problem === undefined) return encoded;
    throw new TrafficError(
      `record at ${place} is none of its consumer's`,
      problem,
      'one that its definition reads',
      {
        code: 'TRAFFIC_FILE',
      },
    );
  } catch (cause) {
    if (!(cause instanceof EncodeError)) throw cause;
    throw new TrafficError(`record at ${place} cannot be encoded`, cause.message, 'what its format writes', {
      code: 'TRAFFIC_FILE',
      cause,
    });
  }
}

async function poisonOf(
  definition: ConsumerDefinition | undefined,
  encoder: RecordEncoder,
  records: readonly EncodedRecord[],
): Promise<Poison> {
  const withValues = records.filter(({ document }) => document !== null);
  return definition === undefined || withValues.length === 0
    ? new Map()
    : await choosePoison(definition, encoder, withValues);
}

/** The traffic, one record per step: the good ones in turn, the others spread among them. */
export function* generateOwnTraffic(
  { records, poison }: OwnRecords,
  options: OwnTrafficOptions,
): Generator<TrafficRecord, void> {
  const random = createRandom(options.seed);
  const kinds = [...poison.keys()];
  const shares: readonly (readonly [Exclude<TrafficKind, 'good'>, number])[] = [
    ['tombstone', records.some(({ key }) => key !== null) ? options.tombstoneShare : 0],
    ...kinds.map((kind) => [kind, options.poisonShare / kinds.length] as const),
  ];
  const schedule = createSchedule(random, shares);
  const keyed = records.filter(({ key }) => key !== null);
  const withValues = records.filter(({ document }) => document !== null);
  let turn = 0;
  for (let sequence = 0; sequence < options.records; sequence++) {
    const kind = schedule.next(sequence);
    if (kind === undefined) {
      const index = turn % records.length;
      const times = Math.floor(turn++ / records.length / sentBeforeRenewed) % (mostIdentities + 1);
      const record =
        times === 0 || options.renew === undefined ? records[index]! : options.renew(index, times);
      yield toTraffic(sequence, record.document === null ? 'tombstone' : 'good', record);
    } else if (kind === 'tombstone') {
      const { key } = keyed[random.below(keyed.length)]!;
      yield { sequence, kind, key, value: null, headers: {}, documentDigest: 0n, valueDigest: 0n };
    } else {
      const good = withValues[random.below(withValues.length)]!;
      yield toTraffic(sequence, kind, poison.get(kind)!(good, random));
    }
  }
}

function toTraffic(sequence: number, kind: TrafficKind, encoded: EncodedRecord): TrafficRecord {
  const { document: _document, ...record } = encoded;
  return { sequence, kind, ...record };
}

/** A seed for a topic of its own, so that two topics of a run do not get the same values. */
export function toTopicSeed(seed: number, topic: string): number {
  return (seed + createHash('sha256').update(topic).digest().readUInt32BE(0)) % 2 ** 32;
}

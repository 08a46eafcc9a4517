// What a value costs, per format and size: first made from its bytes by the obvious peer called directly (baseline) and by
// ours, which also checks bounds, copies bytes and gives plain objects; then in a batch, from the event's text to the
// user's function, through Powertools' kafkaConsumer (baseline) and through createConsumer.
// Usage: node bench/format.bench.ts [--save]; --save writes bench/results/format.json.

import { isDeepStrictEqual } from 'node:util';

import { kafkaConsumer } from '@aws-lambda-powertools/kafka';
import type { SchemaConfig } from '@aws-lambda-powertools/kafka/types';
import type { Context } from 'aws-lambda';
import avsc from 'avsc';
import protobufjs from 'protobufjs';
import { avro } from '../lib/format/avro.ts';
import { json } from '../lib/format/json.ts';
import { protobuf } from '../lib/format/protobuf.ts';
import { createConsumer, defineConsumer, type Format } from '../lib/index.ts';
import { orderAvro, orderProto, toOrder } from './order.ts';
import { saveResult } from './report.ts';
import { takeTurns, type Candidate } from './turns.ts';
import { createSource } from '../test/support/format-source.ts';

/** Items an order has: about 400 B, 800 B and 5 KB of JSON. */
const sizes = [1, 5, 60];
const documents = 64;

const type = avsc.Type.forSchema(orderAvro as unknown as avsc.Schema);
const message = protobufjs.parse(orderProto, { keepCase: true }).root.lookupType('shop.Order');
const source = createSource();

interface Peer {
  readonly name: string;
  readonly write: (value: object) => Uint8Array;
  readonly read: (bytes: Buffer) => unknown;
  readonly ours: Format<unknown>;
  readonly powertools: SchemaConfig['value'];
}

const peers: readonly Peer[] = [
  {
    name: 'JSON.parse',
    write: (value) => Buffer.from(JSON.stringify(value)),
    read: (bytes) => JSON.parse(bytes.toString('utf8')),
    ours: json(),
    powertools: { type: 'json' },
  },
  {
    name: 'avsc fromBuffer',
    write: (value) => type.toBuffer(value),
    read: (bytes) => type.fromBuffer(bytes),
    ours: avro(orderAvro),
    powertools: { type: 'avro', schema: JSON.stringify(orderAvro) },
  },
  {
    name: 'protobufjs decode, toObject',
    write: (value) => message.encode(value).finish(),
    read: (bytes) => message.toObject(message.decode(bytes), { longs: Number, defaults: true }),
    ours: protobuf({ proto: orderProto, message: 'shop.Order' }),
    powertools: { type: 'protobuf', schema: message },
  },
];

/** Without the prototypes that avsc gives its records. */
function toPlain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function toValueCandidates({ name, read, ours }: Peer, values: readonly Buffer[]): readonly Candidate[] {
  const [first] = values;
  if (!first || !isDeepStrictEqual(toPlain(ours.decode(first, source)), toPlain(read(first))))
    throw new Error(`${ours.name} and ${name} read different values`);
  return [
    { name, run: () => values.forEach(read) },
    {
      name: `tailrace ${ours.name}()`,
      run: () => {
        for (const value of values) ours.decode(value, source);
      },
    },
  ];
}

/** The event's text, as the runtime client gets it. */
function toEventText(values: readonly Buffer[], metadata: object): string {
  const records = values.map((value, offset) => ({
    topic: 'orders',
    partition: 0,
    offset,
    timestamp: 1_767_225_600_000,
    timestampType: 'CREATE_TIME',
    value: value.toString('base64'),
    headers: [],
    ...metadata,
  }));
  return JSON.stringify({ eventSource: 'aws:kafka', records: { 'orders-0': records } });
}

/** Both take the orders' totals, and await nothing. */
async function toBatchCandidates(peer: Peer, values: readonly Buffer[]): Promise<readonly Candidate[]> {
  let seen = 0;
  const take = (order: unknown): void => {
    seen += Number((order as { readonly total: unknown }).total);
  };
  // Powertools' Protobuf reads a property of the metadata and fails where a record has none.
  const theirText = toEventText(values, { valueSchemaMetadata: { dataFormat: 'PROTOBUF' } });
  const theirs = kafkaConsumer<unknown, unknown>(
    async (event) => {
      for (const record of event.records) take(record.value);
    },
    { value: peer.powertools },
  );
  const ourText = toEventText(values, {});
  const logger = { info() {}, warn() {}, error() {}, debug() {} } as never;
  const deadLetters = { store: () => Promise.reject(new Error('no record of this event may fail')) };
  const config = defineConsumer({ name: 'bench', topic: 'orders', value: peer.ours });
  const ours = createConsumer(config, { record: (record) => take(record.value) }, { deadLetters, logger });
  const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 60_000 };
  const candidates = [
    {
      name: `powertools ${peer.ours.name}`,
      run: async () => theirs(JSON.parse(theirText), context as unknown as Context),
    },
    { name: 'createConsumer', run: async () => ours(JSON.parse(ourText), context) },
  ];
  const totals: number[] = [];
  for (const { run } of candidates) {
    seen = 0;
    await run();
    totals.push(seen);
  }
  if (totals[0] !== totals[1] || totals[0] === 0)
    throw new Error(`the consumers of ${peer.ours.name} saw different orders: ${totals.join(' and ')}`);
  return candidates;
}

const rows: object[] = [];
for (const peer of peers) {
  for (const count of sizes) {
    const values = Array.from({ length: documents }, (_, at) => Buffer.from(peer.write(toOrder(at, count))));
    const bytes = Math.round(values.reduce((sum, value) => sum + value.length, 0) / documents);
    const work = {
      values: toValueCandidates(peer, values),
      batch: await toBatchCandidates(peer, values),
    };
    for (const [what, candidates] of Object.entries(work)) {
      for (const { name, medianUs, ratio } of await takeTurns(candidates)) {
        const usPerValue = Number((medianUs / documents).toFixed(3));
        rows.push({ format: peer.ours.name, what, bytes, name, usPerValue, ratio });
        const cells = [what.padEnd(7), `${bytes}`.padStart(6), name.padEnd(28)];
        console.log(...cells, `${usPerValue.toFixed(2)} µs a value`.padStart(20), `${ratio.toFixed(2)}x`);
      }
    }
  }
}
if (process.argv.includes('--save')) saveResult('format', { rows });

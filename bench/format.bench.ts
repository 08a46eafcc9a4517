// What making a value of bytes costs, per format and size: the obvious peer called directly (baseline), and ours, which
// also checks bounds, copies bytes and gives plain objects. Both read what the peer has written.

import { isDeepStrictEqual } from 'node:util';

import avsc from 'avsc';
import protobufjs from 'protobufjs';
import { Bench } from 'tinybench';
import { avro } from '../lib/format/avro.ts';
import { json } from '../lib/format/json.ts';
import { protobuf } from '../lib/format/protobuf.ts';
import type { Format } from '../lib/index.ts';
import { toDocument } from './document.ts';
import { report } from './report.ts';

/** Items an order has: about 200 B, 800 B and 8 KB of JSON. */
const sizes = [1, 5, 60];
const documents = 64;

const avroSchema = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'orderId', type: 'string' },
    { name: 'customerId', type: 'string' },
    { name: 'placedAt', type: 'string' },
    { name: 'total', type: 'long' },
    {
      name: 'items',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Item',
          fields: [
            { name: 'sku', type: 'string' },
            { name: 'title', type: 'string' },
            { name: 'quantity', type: 'int' },
            { name: 'unitCents', type: 'long' },
          ],
        },
      },
    },
    { name: 'note', type: ['null', 'string'] },
  ],
};
const proto = `syntax = "proto3"; package shop;
  message Item { string sku = 1; string title = 2; int32 quantity = 3; int64 unitCents = 4; }
  message Order { string orderId = 1; string customerId = 2; string placedAt = 3; int64 total = 4;
    repeated Item items = 5; string note = 6; }`;

const type = avsc.Type.forSchema(avroSchema as unknown as avsc.Schema, { wrapUnions: false });
const message = protobufjs.parse(proto, { keepCase: true }).root.lookupType('shop.Order');
const source = { topic: 'orders', part: 'value', maxBytes: 1_048_576, schemaMetadata: undefined } as const;

interface Peer {
  readonly name: string;
  readonly write: (value: object) => Uint8Array;
  readonly read: (bytes: Buffer) => unknown;
  readonly ours: Format<unknown>;
}

const peers: readonly Peer[] = [
  {
    name: 'JSON.parse',
    write: (value) => Buffer.from(JSON.stringify(value)),
    read: (bytes) => JSON.parse(bytes.toString('utf8')),
    ours: json(),
  },
  {
    name: 'avsc fromBuffer',
    write: (value) => type.toBuffer(value),
    read: (bytes) => type.fromBuffer(bytes),
    ours: avro(avroSchema),
  },
  {
    name: 'protobufjs decode, toObject',
    write: (value) => message.encode(value).finish(),
    read: (bytes) => message.toObject(message.decode(bytes), { longs: Number, defaults: true }),
    ours: protobuf({ proto, message: 'shop.Order' }),
  },
];

/** An order with that many items. */
function toOrder(number: number, count: number): object {
  const order = toDocument(number);
  const items = order['items'] as readonly unknown[];
  return { ...order, items: Array.from({ length: count }, (_, at) => items[at % items.length]) };
}

/** Without the prototypes that avsc gives its records. */
function toPlain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

for (const { name, write, read, ours } of peers) {
  for (const count of sizes) {
    const values = Array.from({ length: documents }, (_, at) => Buffer.from(write(toOrder(at, count))));
    const [first] = values;
    if (!first || !isDeepStrictEqual(toPlain(ours.decode(first, source)), toPlain(read(first))))
      throw new Error(`${ours.name} and ${name} read different values`);
    const bench = new Bench({ time: 400, warmupTime: 150 });
    bench
      .add(name, () => values.forEach(read))
      .add(`tailrace ${ours.name}`, () => {
        for (const value of values) ours.decode(value, source);
      });
    await bench.run();
    const bytes = Math.round(values.reduce((sum, value) => sum + value.length, 0) / documents);
    report(`format-${ours.name}-${count}`, bench, {
      unit: 'values',
      perRun: documents,
      note: `${ours.name}, values of about ${bytes} bytes`,
    });
  }
}

// Orders framed as Confluent's serializers do, a registry that knows their schemas, and a consumer that reads them. Own file:
// the tests of confluent() take several files.

import { after, beforeEach } from 'node:test';
import avsc from 'avsc';
import {
  confluentRegistry,
  createConsumer,
  defineConsumer,
  type ConsumerConfig,
} from '../../../../lib/index.ts';
import { startConfluentServer, type ConfluentServer } from '../../../../tools/registry/confluent-server.ts';
import { createMemoryStore } from '../../../support/dead-letters.ts';
import { reportedOf, toContext, toEvent, type TestRecord } from '../../../support/events.ts';
import { KeptLogger } from '../../../support/log.ts';
import { frameConfluent } from './framing.ts';

/** A field of an Avro record. */
export const field = (name: string, type: string, more: object = {}): object => ({ name, type, ...more });
/** An order in Avro. */
export const orderV1 = {
  type: 'record',
  name: 'Order',
  fields: [field('id', 'string')],
} as unknown as avsc.Schema;
/** An order with a total. */
export const orderV2 = {
  type: 'record',
  name: 'Order',
  fields: [field('id', 'string'), field('total', 'long', { default: 0 })],
} as unknown as avsc.Schema;
/** Orders in Protobuf. */
export const proto = `syntax = "proto3"; package shop;
  message Ignored { int32 x = 1; }
  message Order { string id = 1; message Line { int32 quantity = 1; } repeated Line lines = 2; }`;

/** A registry that the tests of one file share. */
export const server: ConfluentServer = await startConfluentServer();
after(() => server.close());
beforeEach(() => server.setFault(undefined));

/** The schemas' numbers there. */
export const ids = {
  v1: server.register('orders-value', { schema: JSON.stringify(orderV1) }),
  v2: server.register('orders-value', { schema: JSON.stringify(orderV2) }),
  proto: server.register('proto-value', { schema: proto, schemaType: 'PROTOBUF' }),
  json: server.register('json-value', { schema: '{"type":"object"}', schemaType: 'JSON' }),
} as const;

/** A client of the registry that gives up at the first failure. */
export const registry = (): ReturnType<typeof confluentRegistry> =>
  confluentRegistry({ url: server.url, timeoutMs: 20_000, maxAttempts: 1 });
/** A value in Avro, unframed. */
export const avroBytes = (schema: avsc.Schema, value: unknown): Buffer =>
  avsc.Type.forSchema(schema).toBuffer(value);
/** An order as its serializer frames it. */
export const v1 = (id: string): Buffer => frameConfluent(ids.v1, avroBytes(orderV1, { id }));
/** The same, with a total. */
export const v2 = (id: string, total: number): Buffer =>
  frameConfluent(ids.v2, avroBytes(orderV2, { id, total }));

type Definition = Omit<ConsumerConfig<unknown, unknown>, 'name' | 'topic'>;
/** What a consumer saw, gave up, reported and logged. */
interface Result {
  readonly seen: unknown[];
  readonly letters: readonly (readonly [offset: number, code: string])[];
  readonly reported: string[];
  readonly text: string;
}

interface Consumer {
  readonly run: (
    records: readonly TestRecord[],
    metadata?: { readonly dataFormat: string; readonly schemaId: string },
  ) => Promise<Result>;
}

/** A consumer that keeps what it sees; `metadata` is what a mapping with a registry adds to each record. */
export function consumer(definition: Definition): Consumer {
  const store = createMemoryStore();
  const logger = new KeptLogger({ serviceName: 'test' });
  let seen: unknown[] = [];
  const config = defineConsumer<unknown, unknown>({ name: 'test', topic: 'orders', ...definition });
  const handler = createConsumer(
    config,
    { record: (record) => void seen.push(definition.key ? [record.key, record.value] : record.value) },
    { deadLetters: store, logger },
  );
  return {
    async run(records, metadata) {
      seen = [];
      store.letters.length = 0;
      const event = toEvent(records);
      for (const group of Object.values(event.records)) {
        for (const record of group) if (metadata) Object.assign(record, { valueSchemaMetadata: metadata });
      }
      const reported = reportedOf(await handler(event, toContext()));
      const letters = store.letters.map(({ offset, error }) => [offset, error.code] as const);
      return { seen, letters, reported, text: JSON.stringify(logger.lines) };
    },
  };
}

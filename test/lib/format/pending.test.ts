// A format that must wait: what the runtime owes to it, shown with formats that wait for a promise of the test.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createConsumer,
  defineConsumer,
  FormatError,
  Pending,
  type ConsumerConfig,
  type Format,
  type FormatSource,
} from '../../../lib/index.ts';
import { createMemoryStore } from '../../support/dead-letters.ts';
import { reportedOf, toContext, toEvent, type TestRecord } from '../../support/events.ts';
import { KeptLogger } from '../../support/log.ts';
import { until } from '../../support/until.ts';

interface Gate {
  readonly format: Format<string>;
  readonly waited: () => number;
  open(): void;
  fail(error: Error): void;
}

/** A text format that pends until `open`; every record that had to wait is counted. */
function createGate(): Gate {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let isOpen = false;
  let waited = 0;
  return {
    format: {
      name: 'gated',
      decode(bytes) {
        if (isOpen) return bytes.toString();
        waited++;
        return new Pending(promise);
      },
    },
    waited: () => waited,
    open() {
      isOpen = true;
      resolve();
    },
    fail: (error) => reject(error),
  };
}

type Definition = Pick<ConsumerConfig<string, string>, 'value' | 'key' | 'limits' | 'concurrency' | 'order'>;

interface Run {
  readonly seen: unknown[];
  readonly letters: string[];
  readonly lines: KeptLogger['lines'];
  readonly reported: Promise<string[]>;
}

function run(definition: Definition, records: readonly TestRecord[], remainingMs?: number): Run {
  const seen: unknown[] = [];
  const store = createMemoryStore();
  const logger = new KeptLogger({ serviceName: 'test' });
  const config = defineConsumer<string, string>({ name: 'test', topic: 'orders', ...definition });
  const handler = createConsumer(
    config,
    { record: (record) => void seen.push([record.key, record.value]) },
    { deadLetters: store, logger },
  );
  const reported = handler(toEvent(records), toContext(remainingMs)).then(reportedOf);
  return {
    seen,
    get letters() {
      return store.letters.map(({ error }) => error.code);
    },
    lines: logger.lines,
    reported,
  };
}

test('opens a record anew once its format is ready, from its own bytes', async () => {
  const gate = createGate();
  const records = [0, 1, 2, 3].map((partition) => ({ partition, offset: 0, value: `v${partition}` }));
  const { seen, reported } = run({ value: gate.format }, records);
  // Each lane has overwritten the scratch of the one before by now.
  await until(() => gate.waited() >= 4);
  assert.deepEqual(seen, []);
  gate.open();
  assert.deepEqual(await reported, []);
  assert.deepEqual(
    seen,
    records.map(({ value }) => [null, value]),
  );
});

test('has a key before the function runs, so that reading it stays synchronous', async () => {
  const gate = createGate();
  const { seen, reported } = run({ key: gate.format }, [{ offset: 0, key: 'k', value: 'v' }, { offset: 1 }]);
  await until(() => gate.waited() === 1);
  gate.open();
  assert.deepEqual(await reported, []);
  assert.deepEqual(seen, [
    ['k', undefined],
    [null, null],
  ]);
});

test('dead-letters a record whose key its format refuses, before the function runs', async () => {
  const refusing: Format<string> = {
    name: 'refusing',
    decode: () => Promise.reject(new FormatError('CORRUPT', 'key is corrupt')),
  };
  const value: Format<string> = {
    name: 'late',
    decode: () => Promise.reject(new FormatError('INVALID_TEXT', 'value is not text')),
  };
  const result = run({ key: refusing, value }, [{ offset: 0, key: 'k', value: 'v' }]);
  assert.deepEqual(await result.reported, []);
  assert.deepEqual([result.letters, result.seen], [['CORRUPT'], []]);
});

test('reports a record whose format cannot get ready, and gives its budget back', async () => {
  const gate = createGate();
  const limits = { maxDecompressedBytesPerRecord: 8, maxDecompressedBytesInFlight: 8 };
  const records = [0, 1, 2].map((partition) => ({ partition, offset: 0, value: '12345678' }));
  const result = run({ value: gate.format, limits }, records);
  await until(() => gate.waited() >= 1);
  gate.fail(new Error('down'));
  assert.deepEqual(await result.reported, ['orders-0@0', 'orders-1@0', 'orders-2@0']);
  assert.deepEqual(result.letters, []);
});

test('gives a record back rather than wait past the time at which nothing new may start', async () => {
  const never: Format<string> = { name: 'never', decode: () => new Pending(new Promise<void>(() => {})) };
  // The margin is 6 s at the default timeout of 60 s, so 6,050 ms leave 50 ms.
  const result = run({ value: never }, [{ offset: 0, value: 'v' }], 6050);
  assert.deepEqual(await result.reported, ['orders-0@0']);
  const codes = result.lines.map(({ error }) => (error as { code?: string } | undefined)?.code);
  assert.ok(codes.includes('NOT_READY'), JSON.stringify(codes));
});

test('gives a record back whose format never gets beyond waiting', async () => {
  let opens = 0;
  const forgetful: Format<string> = {
    name: 'forgetful',
    decode() {
      opens++;
      return new Pending(Promise.resolve());
    },
  };
  const result = run({ value: forgetful }, [{ offset: 0, value: 'v' }]);
  assert.deepEqual(await result.reported, ['orders-0@0']);
  assert.ok(opens < 100, `${opens} opens`);
});

test('hands the schema that the mapping found to the format', async () => {
  const sources: FormatSource[] = [];
  const format: Format<string> = {
    name: 'spy',
    decode(bytes, source) {
      sources.push(source);
      return bytes.toString();
    },
  };
  const config = defineConsumer({ name: 'test', topic: 'orders', value: format, key: format });
  const handler = createConsumer(
    config,
    { record: () => undefined },
    { deadLetters: createMemoryStore(), logger: new KeptLogger({ serviceName: 'test' }) },
  );
  const event = toEvent([{ offset: 0, key: 'k', value: 'v' }]);
  const metadata = { dataFormat: 'AVRO', schemaId: '7' };
  const records = event.records['orders-0']?.map((record) => ({ ...record, valueSchemaMetadata: metadata }));
  await handler({ ...event, records: { 'orders-0': records } }, toContext());
  assert.deepEqual(
    sources.map(({ topic, maxBytes, part, schemaMetadata }) => [topic, maxBytes, part, schemaMetadata]),
    [
      ['orders', 1_048_576, 'key', undefined],
      ['orders', 1_048_576, 'value', metadata],
    ],
  );
});

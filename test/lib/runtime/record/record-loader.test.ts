// What a loader takes from the byte budget, and that all of it comes back, whatever becomes of the record.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { defineConsumer, FormatError, Pending, type Format } from '../../../../lib/index.ts';
import { ByteBudget, type BudgetAccount } from '../../../../lib/memory/budget.ts';
import { openLedger } from '../../../../lib/memory/ledger.ts';
import { RecordError, type EventRecord } from '../../../../lib/runtime/event/event.ts';
import { RecordLoader } from '../../../../lib/runtime/record/record-loader.ts';
import { ValueDecoder } from '../../../../lib/runtime/record/value-decoder.ts';

const maxBytes = 100;

/** A loader of values in this format, and its budget of 100 bytes. */
function loaderOf<V>(value: Format<V>): {
  readonly loader: RecordLoader<V, string>;
  readonly budget: BudgetAccount;
} {
  const limits = { maxValueBytesPerRecord: 1024 };
  const decoder = new ValueDecoder(defineConsumer<V>({ name: 'test', topic: 'orders', value, limits }));
  const budget = new ByteBudget(maxBytes).open();
  const loader = new RecordLoader<V, string>({
    decoder,
    budget,
    ledger: openLedger(1),
    remainingMs: () => 60_000,
  });
  return { loader, budget };
}

function record(value: string, offset = 0): EventRecord {
  const base64 = Buffer.from(value).toString('base64');
  return { topic: 'orders', partition: 0, offset, timestamp: 1, timestampType: 'CREATE_TIME', value: base64 };
}

/** Values that become as many bytes as they say. */
const sized: Format<string> = {
  name: 'sized',
  decode(bytes, { memory }) {
    const text = bytes.toString();
    memory.charge(Number(/\d+/.exec(text)?.[0]));
    if (text.startsWith('bad')) throw new FormatError('CORRUPT', 'bad');
    return text;
  },
};

/** Values that are charged for nothing but their bytes. */
const plain: Format<string> = { name: 'plain', decode: (bytes) => bytes.toString() };

const turn = (): Promise<void> => new Promise(setImmediate);

describe('a loader gives back', () => {
  test('what a record holds, once its lease ends', async () => {
    const { loader, budget } = loaderOf(sized);
    const lease = await loader.load(record('40'));
    assert.equal(budget.free, 60);
    loader.unload(lease);
    assert.equal(budget.free, maxBytes);
    assert.throws(() => lease.value, { code: 'RELEASED' });
  });

  test('everything when a value cannot be decoded, at once or after a wait', async () => {
    const { loader, budget } = loaderOf(sized);
    assert.throws(() => loader.load(record('bad 10')), { code: 'CORRUPT' });
    assert.equal(budget.free, maxBytes);
    const first = await loader.load(record('90'));
    const waiting = loader.load(record('bad 30'));
    loader.unload(first);
    await assert.rejects(Promise.resolve(waiting), { code: 'CORRUPT' });
    assert.equal(budget.free, maxBytes);
  });

  test('everything when a validator refuses a value', async () => {
    const { loader, budget } = loaderOf<string>({
      name: 'refusing',
      decode: () => Promise.reject(new FormatError('SCHEMA_MISMATCH', 'no')),
    });
    await assert.rejects(Promise.resolve(loader.load(record('0123456789'))), { code: 'SCHEMA_MISMATCH' });
    assert.equal(budget.free, maxBytes);
  });

  test('what it took for a record that waits for its schema, however often', async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let opens = 0;
    const { loader, budget } = loaderOf<string>({
      name: 'late',
      decode(bytes) {
        const gate = gates[opens++];
        return gate === undefined ? bytes.toString() : new Pending(gate.promise);
      },
    });
    const loading = loader.load(record('0123456789'));
    for (const gate of gates) {
      await turn();
      assert.equal(budget.free, maxBytes);
      gate.resolve();
    }
    const lease = await loading;
    assert.equal(budget.free, maxBytes - 10);
    loader.unload(lease);
    assert.equal(budget.free, maxBytes);
  });

  test('what a record that waited turns out not to need', async () => {
    const { loader, budget } = loaderOf(sized);
    const first = await loader.load(record('100'));
    // Nothing is free, so it is presumed to become four times its two bytes and more.
    const waiting = loader.load(record('12 and some more text that is presumed to grow'));
    loader.unload(first);
    const lease = await waiting;
    assert.equal(budget.free, maxBytes - 46);
    loader.unload(lease);
    assert.equal(budget.free, maxBytes);
  });
});

describe('a loader keeps', () => {
  test('a record waiting that does not fit, and all behind it', async () => {
    const { loader, budget } = loaderOf(sized);
    const first = await loader.load(record('60'));
    const large = loader.load(record('70'));
    const small = loader.load(record('1'));
    await turn();
    assert.ok(large instanceof Promise && small instanceof Promise);
    assert.equal(budget.peak, 60);
    loader.unload(first);
    loader.unload(await large);
    loader.unload(await small);
    assert.equal(budget.free, maxBytes);
    assert.ok(budget.peak <= maxBytes, String(budget.peak));
  });

  test('a record waiting that has got what it was charged for, and takes more by its bytes', async () => {
    const small: Format<string> = {
      name: 'small',
      decode(bytes, { memory }) {
        memory.charge(6);
        return bytes.toString();
      },
    };
    const { loader, budget } = loaderOf(small);
    const held = [await loader.load(record('x'.repeat(60))), await loader.load(record('x'.repeat(30)))];
    const last = await loader.load(record('123456'));
    const waiting = loader.load(record('y'.repeat(40)));
    loader.unload(last);
    await turn();
    // Ten are free, and six were enough to read it.
    assert.deepEqual([budget.free, budget.peak], [0, 96]);
    for (const lease of held) loader.unload(lease);
    loader.unload(await waiting);
    assert.deepEqual([budget.free, budget.peak], [maxBytes, 96]);
  });

  test('a record waiting that does not fit by its bytes alone', async () => {
    const { loader, budget } = loaderOf(plain);
    const first = await loader.load(record('x'.repeat(60)));
    const second = loader.load(record('y'.repeat(70)));
    assert.ok(second instanceof Promise);
    await turn();
    assert.equal(budget.peak, 60);
    loader.unload(first);
    loader.unload(await second);
    assert.deepEqual([budget.free, budget.peak], [maxBytes, 70]);
  });

  test('a record that has a fault from being opened', () => {
    const { loader } = loaderOf(plain);
    const fault = new RecordError('INVALID_RECORD', 'arrays', { headers: 1 });
    assert.throws(() => loader.load({ ...record('v'), fault }), fault);
  });

  test('to the bound of what a record has taken while it decodes it', async () => {
    const rooms: number[] = [];
    const { loader } = loaderOf<string>({
      name: 'looking',
      decode(bytes, { memory }) {
        rooms.push(memory.leftBytes);
        memory.charge(Number(bytes.toString()));
        return bytes.toString();
      },
    });
    const first = await loader.load(record('60'));
    const waiting = loader.load(record('70'));
    loader.unload(first);
    loader.unload(await waiting);
    // The whole budget; what the first one left; what the second one has waited for.
    assert.deepEqual(rooms, [100, 40, 70]);
  });

  test('the rejection of a validator to itself whose value is decoded once more', async () => {
    let validations = 0;
    const { loader } = loaderOf<string>({
      name: 'validated',
      decode() {
        validations++;
        return Promise.reject(new FormatError('SCHEMA_MISMATCH', 'no'));
      },
    });
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listen);
    try {
      // The second one does not fit beside the first: its value is given up and decoded again.
      const both = [loader.load(record('a'.repeat(70))), loader.load(record('b'.repeat(70)))];
      for (const each of both) await assert.rejects(Promise.resolve(each), { code: 'SCHEMA_MISMATCH' });
      await turn();
      assert.deepEqual(unhandled, []);
      assert.equal(validations, 3);
    } finally {
      process.off('unhandledRejection', listen);
    }
  });
});

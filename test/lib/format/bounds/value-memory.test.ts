import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NoRoomError, ValueMemory } from '../../../../lib/format/bounds/value-memory.ts';
import { createConsumer, defineConsumer, type Format } from '../../../../lib/index.ts';
import { createMemoryStore } from '../../../support/dead-letters.ts';
import { reportedOf, toContext, toEvent } from '../../../support/events.ts';
import { KeptLogger } from '../../../support/log.ts';

test('takes what is charged up to the limit, and not a byte more', () => {
  const memory = new ValueMemory(100);
  memory.charge(60);
  memory.charge(40);
  assert.deepEqual([memory.chargedBytes, memory.leftBytes], [100, 0]);
  assert.throws(() => memory.charge(1), { name: 'FormatError', code: 'VALUE_TOO_LARGE' });
});

test('tells a value that is too large from one that has no room at present', () => {
  const memory = new ValueMemory(100, 10);
  assert.equal(memory.leftBytes, 10);
  assert.throws(
    () => memory.charge(11),
    (error) => error instanceof NoRoomError && error.neededBytes === 11,
  );
  assert.throws(() => new ValueMemory(100, 10).charge(101), { code: 'VALUE_TOO_LARGE' });
});

/** Each value is a number of bytes, which it charges. */
const charging: Format<number> = {
  name: 'charging',
  decode(bytes, { memory }) {
    const size = Number(bytes.toString());
    for (let left = size; left > 0; left -= 100) memory.charge(Math.min(left, 100));
    return size;
  },
};

/** Runs values side by side; gives the most that was under way at once, and what became of them. */
async function run(sizes: readonly number[]): Promise<{
  readonly peak: number;
  readonly seen: readonly number[];
  readonly again: readonly string[];
  readonly codes: readonly string[];
}> {
  const config = defineConsumer({
    name: 'test',
    topic: 'orders',
    value: charging,
    order: 'none',
    limits: { maxDecompressedBytesInFlight: 1000, maxValueBytesPerRecord: 1500 },
  });
  const store = createMemoryStore();
  const seen: number[] = [];
  let [underWay, peak] = [0, 0];
  const record = async ({ value }: { readonly value: number | null }): Promise<void> => {
    underWay += value ?? 0;
    peak = Math.max(peak, underWay);
    await new Promise(setImmediate);
    underWay -= value ?? 0;
    seen.push(value ?? 0);
  };
  const handler = createConsumer(
    config,
    { record },
    { deadLetters: store, logger: new KeptLogger({ serviceName: 'test' }), metrics: false, retention: false },
  );
  const records = sizes.map((size, offset) => ({ offset, value: String(size) }));
  const again = reportedOf(await handler(toEvent(records), toContext()));
  return {
    peak,
    seen: seen.toSorted((a, b) => a - b),
    again,
    codes: store.letters.map(({ error }) => error.code),
  };
}

test('lets values wait for each other by what they become, not by their bytes', async () => {
  const sizes = Array.from({ length: 9 }, (_, index) => 400 + index);
  const { peak, ...rest } = await run(sizes);
  assert.deepEqual(rest, { seen: sizes, again: [], codes: [] });
  assert.ok(peak > 800 && peak <= 1000, `${peak} bytes at once`);
});

test('runs a value alone that takes more than the budget, and dead-letters one beyond its limit', async () => {
  assert.deepEqual(await run([300, 1400, 300, 1501, 300]), {
    peak: 1400,
    seen: [300, 300, 300, 1400],
    again: [],
    codes: ['VALUE_TOO_LARGE'],
  });
});

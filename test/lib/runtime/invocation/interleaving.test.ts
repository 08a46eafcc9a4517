// Several invocations at once in one process, as on Lambda Managed Instances: none sees another's records, and what they share, the
// byte budget and the memory, holds for all of them together.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { createWatermark } from '../../../../lib/memory/watermark.ts';
import type { ConsumerHandler, Format, LeasedRecord } from '../../../../lib/index.ts';
import { text } from '../../../../lib/index.ts';
import { toContext, toEvent, type TestRecord } from '../../../support/events.ts';
import { interleave, type Pause } from '../../../support/interleaving.ts';
import { setUpWith, type Setup } from '../../../support/record-consumer.ts';

const mb = 1_048_576;
const count = 24;
const budgetBytes = 200_000;

/** What a value of an invocation looks like; another one's can be told by every character. */
const valueOf = (invocation: number, offset: number): string =>
  `${invocation}/${offset} ${String.fromCodePoint(0x41 + invocation).repeat(4000 + 100 * ((invocation * 7 + offset * 3) % 200))}`;

/** Two to nine records in two partitions, every second one packed, one that is corrupt and one that its function refuses. */
const recordsOf = (invocation: number): TestRecord[] =>
  Array.from({ length: 2 + (invocation % 8) }, (_, offset) => {
    const value = valueOf(invocation, offset);
    const isCorrupt = invocation % 5 === 0 && offset === 1;
    return {
      partition: offset % 2,
      offset,
      key: `key ${invocation}`,
      value: isCorrupt ? Buffer.from('04224d18ffff', 'hex') : offset % 2 === 1 ? gzipSync(value) : value,
      headers: [['invocation', String(invocation)]],
    };
  });

const requestIdOf = (invocation: number): string => `request ${invocation}`;

const eventTexts = Array.from({ length: count }, (_, i) => JSON.stringify(toEvent(recordsOf(i))));

const invoke = async (handler: ConsumerHandler, invocation: number): ReturnType<ConsumerHandler> => {
  const event: unknown = JSON.parse(eventTexts[invocation] ?? '');
  return await handler(event, { ...toContext(), awsRequestId: requestIdOf(invocation) });
};

interface Checked extends Setup {
  readonly underWay: { bytes: number; peak: number };
  /** Of resident memory, in the order in which they were taken. */
  readonly readings: readonly number[];
}

/** A consumer whose function checks each record before and after it was interrupted. */
function setUpChecked(pause: Pause): Checked {
  const underWay = { bytes: 0, peak: 0 };
  const readings: number[] = [];
  // Far above the memory of this test's own process. Every look sees more or less than the last one.
  const residentBytes = (): number => {
    const bytes = 2 ** 40 + ((readings.length * 7919) % 1000) * mb;
    readings.push(bytes);
    return bytes;
  };
  const check = (record: LeasedRecord<string, string>, requestId: string): void => {
    const invocation = Number(requestId.split(' ')[1]);
    assert.ok(record.value === valueOf(invocation, record.offset));
    assert.equal(record.key, `key ${invocation}`);
    assert.equal(record.headers.text('invocation'), String(invocation));
    assert.ok(record.toBuffer()?.equals(Buffer.from(record.value)));
  };
  const setup = setUpWith(
    {
      value: text(),
      concurrency: 2,
      limits: { maxDecompressedBytesInFlight: budgetBytes },
    },
    {
      async record(record, { requestId }) {
        const bytes = record.value?.length ?? 0;
        underWay.bytes += bytes;
        underWay.peak = Math.max(underWay.peak, underWay.bytes);
        try {
          check(record, requestId);
          await pause();
          check(record, requestId);
          if (record.offset === 5)
            throw Object.assign(new Error('refused'), { code: 'TAILRACE_DEAD_LETTER' });
        } finally {
          underWay.bytes -= bytes;
        }
      },
    },
    { watermark: createWatermark({ limitBytes: Infinity, residentBytes }) },
    nextLook(),
  );
  return { ...setup, underWay, readings };
}

/** What an invocation said of itself, without what depends on time and on the process. */
function ledgersOf({ logger }: Setup): ReadonlyMap<string, unknown> {
  const own = ['records', 'done', 'deadLettered', 'retried', 'declined', 'eventBytes', 'decodedBytes'];
  return new Map(
    logger.lines.flatMap(({ message, requestId, tailrace }) => {
      const figures = tailrace as Record<string, unknown> | undefined;
      if (message !== 'batch' || figures === undefined) return [];
      const fields = [...own, 'decompressedBytes', 'keptBytes'].map((name) => [name, figures[name]]);
      return [[String(requestId), Object.fromEntries(fields)] as const];
    }),
  );
}

const peaksOf = ({ logger }: Setup): readonly number[] =>
  logger.lines.flatMap(({ tailrace }) =>
    tailrace ? [(tailrace as { readonly inFlightPeakBytes: number }).inFlightPeakBytes] : [],
  );

function rssOf({ logger }: Setup, invocation: number): unknown {
  const requestId = requestIdOf(invocation);
  const line = logger.lines.find((each) => each['message'] === 'batch' && each['requestId'] === requestId);
  return (line?.['tailrace'] as { readonly rssBytes: number } | undefined)?.rssBytes;
}

describe('several invocations at once', () => {
  test('have each what they have one after another, in whatever order they go on, and one budget', async () => {
    const alone = setUpChecked(() => Promise.resolve());
    const expected = [];
    for (let i = 0; i < count; i++) expected.push(await invoke(alone.handler, i));
    assert.ok(Math.max(...peaksOf(alone)) < budgetBytes);

    for (const seed of [1, 2, 3, 4]) {
      let pause: Pause = () => Promise.resolve();
      const together = setUpChecked(() => pause());
      const answers = await interleave({
        seed,
        atOnce: 16,
        invocations: Array.from({ length: count }, (_, i) => async (own) => {
          pause = own;
          const from = together.readings.length;
          const answer = await invoke(together.handler, i);
          const to = together.readings.length;
          assert.equal(rssOf(together, i), Math.max(...together.readings.slice(from, to)));
          return answer;
        }),
        afterStep: () => assert.ok(together.underWay.bytes <= budgetBytes),
      });
      assert.deepEqual(answers, expected);
      assert.deepEqual(
        new Map([...ledgersOf(together)].toSorted()),
        new Map([...ledgersOf(alone)].toSorted()),
      );
      assert.deepEqual(toPlaces(together), toPlaces(alone));
      const peak = Math.max(...peaksOf(together));
      assert.ok(peak <= budgetBytes && peak >= together.underWay.peak, `${peak} of ${budgetBytes}`);
      assert.ok(together.underWay.peak > budgetBytes / 2, 'they were under way at once');
      // Nothing of it is left: whoever comes alone has a peak of its own.
      together.logger.lines.length = 0;
      pause = () => Promise.resolve();
      await invoke(together.handler, 0);
      assert.deepEqual(peaksOf(together), peaksOf(alone).slice(0, 1));
    }
  });

  for (const what of ['function', 'format'] as const)
    test(`give back what they have taken of the budget when they run out of time, though a ${what} hangs`, async () => {
      let doesHang = true;
      const hang = (at: typeof what): Promise<void> | undefined =>
        doesHang && at === what ? new Promise(() => {}) : undefined;
      const value: Format<string> = {
        name: 'hanging',
        decode: (bytes) => (hang('format') as Promise<never> | undefined) ?? bytes.toString(),
      };
      const { handler, logger } = setUpWith(
        { value, limits: { maxDecompressedBytesInFlight: 100 }, timeoutSeconds: 1 },
        { record: () => hang('function') },
      );
      const records = [{ offset: 0, value: 'x'.repeat(100) }];
      const hung = handler(toEvent(records), toContext(700));
      const waiting = handler(toEvent(records), toContext(800));
      await Promise.all([hung, waiting]);
      doesHang = false;
      await handler(toEvent(records), toContext(5000));
      const done = logger.lines.flatMap(({ tailrace }) =>
        tailrace ? [(tailrace as { readonly done: number }).done] : [],
      );
      assert.deepEqual(done, [0, 0, 1]);
    });
});

const toPlaces = ({ store }: Setup): readonly string[] =>
  store.letters.map(({ partition, offset, error }) => `${partition} ${offset} ${error.code}`).toSorted();

/** A process of 128 MB, the mark at 108, 60 of them its own; an event holds `eventMb`, a record under way `recordMb`. */
interface Load {
  readonly eventMb: number;
  readonly recordMb: number;
  readonly atOnce: number;
}

/** A clock. Every look at it is 8 ms later, so memory is looked at for every record. */
function nextLook(): () => number {
  let clock = 0;
  return () => (clock += 8);
}

interface Outcome {
  readonly declined: number;
  readonly done: number;
  readonly mostMb: number;
}

async function runNearLimit({ eventMb, recordMb, atOnce }: Load, seed: number): Promise<Outcome> {
  const memory = { residentMb: 60, mostMb: 0 };
  const watermark = createWatermark({
    limitBytes: 128 * mb,
    residentBytes: () => memory.residentMb * mb,
    trackedBytes: () => 0,
    collector: { major() {}, thorough() {} },
  });
  const hold = (megabytes: number): void => {
    memory.residentMb += megabytes;
    memory.mostMb = Math.max(memory.mostMb, memory.residentMb);
  };
  let pause: Pause = () => Promise.resolve();
  const { handler, logger } = setUpWith(
    { value: text(), order: 'none', concurrency: 4 },
    {
      async record() {
        hold(recordMb);
        await pause();
        hold(-recordMb);
      },
    },
    { watermark },
    nextLook(),
  );
  const records = Array.from({ length: 12 }, (_, offset) => ({ offset, value: 'v' }));
  await interleave({
    seed,
    atOnce,
    invocations: Array.from({ length: 16 }, () => async (own) => {
      pause = own;
      hold(eventMb);
      await handler(toEvent(records), toContext(1e9));
      hold(-eventMb);
      return true;
    }),
  });
  const sum = (name: 'declined' | 'done'): number =>
    logger.lines.reduce(
      (all, line) => all + ((line['tailrace'] as Partial<Outcome> | undefined)?.[name] ?? 0),
      0,
    );
  return { declined: sum('declined'), done: sum('done'), mostMb: memory.mostMb };
}

describe('near the memory limit, several invocations at once', () => {
  for (const load of [
    { eventMb: 1, recordMb: 10, atOnce: 1 },
    { eventMb: 1, recordMb: 10, atOnce: 8 },
    { eventMb: 2, recordMb: 10, atOnce: 16 },
    { eventMb: 3, recordMb: 4, atOnce: 16 },
    { eventMb: 5, recordMb: 15, atOnce: 4 },
  ]) {
    const { eventMb, recordMb, atOnce } = load;
    test(`decline nothing where each event holds ${eventMb} MB, each record ${recordMb}, and ${atOnce} are under way`, async () => {
      for (const seed of [1, 2, 3]) {
        const { declined, done, mostMb } = await runNearLimit(load, seed);
        assert.deepEqual([declined, done], [0, 16 * 12]);
        assert.ok(mostMb < 128, `${mostMb} MB`);
      }
    });
  }

  test('wait for none that has ended: one of its own starts, and the rest is declined', async () => {
    let residentMb = 60;
    const watermark = createWatermark({
      limitBytes: 128 * mb,
      residentBytes: () => residentMb * mb,
      trackedBytes: () => 0,
      collector: { major() {}, thorough() {} },
    });
    const { handler, logger } = setUpWith(
      { value: text(), timeoutSeconds: 1 },
      { record: () => undefined },
      { watermark },
      nextLook(),
    );
    const records = [0, 1, 2].map((offset) => ({ offset, value: 'v' }));
    for (residentMb of [60, 127]) await handler(toEvent(records), toContext(2000));
    const counts = logger.lines.flatMap(({ tailrace }) => {
      const { done, declined } = (tailrace ?? {}) as Partial<Outcome>;
      return done === undefined ? [] : [[done, declined]];
    });
    assert.deepEqual(counts, [
      [3, 0],
      [1, 2],
    ]);
  });
});

// Consumers that nobody has thought of: put together from parts by a seed, so that the watch is tried on shapes that none of
// its numbers was chosen by. The same seed gives the same consumer.

import { piece, type Animal } from './animal.ts';
import { createRandom } from './events.ts';

/** Does something in every invocation; `records` is how many it has. */
type Part = (invocation: number, records: number) => void;

interface Maker {
  readonly name: string;
  readonly part: Part;
}

type Random = () => number;

/** Between two numbers, small ones as likely as large ones on a logarithmic scale. */
const between = (random: Random, low: number, high: number): number =>
  Math.round(low * (high / low) ** random());
const pick = <T>(random: Random, options: readonly [T, ...T[]]): T =>
  options[Math.floor(random() * options.length)] ?? options[0];

/** Things that a healthy consumer does; none of them holds more than 24 MB. */
const healthyParts: readonly [(random: Random) => Maker, ...((random: Random) => Maker)[]] = [
  function cache(random) {
    const entryBytes = between(random, 200, 40_000);
    const capacity = Math.min(20_000, Math.floor(between(random, 1e6, 20e6) / entryBytes));
    const isUneven = random() < 0.4;
    const entries = new Map<number, string>();
    let next = 0;
    return {
      name: `cache of ${capacity} x ${entryBytes} B${isUneven ? ', uneven' : ''}`,
      part(_, records) {
        for (let i = 0; i < records; i++, next++) {
          const bytes = isUneven ? entryBytes * (0.2 + 1.6 * random()) : entryBytes;
          entries.set(next, piece(Math.ceil(bytes)));
          entries.delete(next - capacity);
        }
      },
    };
  },
  function randomCache(random) {
    const keys = between(random, 300, 8000);
    const entryBytes = between(random, 200, 2500);
    const entries = new Map<number, string>();
    return {
      name: `cache of ${keys} random keys x ${entryBytes} B`,
      part(_, records) {
        for (let i = 0; i < records; i++) {
          const key = Math.floor(keys * random());
          if (!entries.has(key)) entries.set(key, piece(entryBytes));
        }
      },
    };
  },
  function buffer(random) {
    const period = between(random, 2, 60);
    const bytes = Math.min(between(random, 2000, 400_000), 16e6 / period);
    let held: string[] = [];
    return {
      name: `${Math.round(bytes / 1024)} KB buffered for ${period}`,
      part(invocation) {
        held.push(piece(Math.ceil(bytes)));
        if (invocation % period === 0) held = [];
      },
    };
  },
  function tables(random) {
    const count = between(random, 1, 6);
    const bytes = between(random, 200_000, 3e6);
    const at = new Set(Array.from({ length: count }, () => between(random, 1, 600)));
    const loaded: Buffer[] = [];
    return {
      name: `${count} tables of ${Math.round(bytes / 1024)} KB, loaded when needed`,
      part: (invocation) => void (at.has(invocation) && loaded.push(Buffer.alloc(bytes, 1))),
    };
  },
  function garbage(random) {
    const bytes = between(random, 10_000, 2e6);
    const kept: string[][] = [];
    const lives = between(random, 1, 8);
    return {
      name: `${Math.round(bytes / 1024)} KB of garbage that lives for ${lives}`,
      part() {
        kept.push(Array.from({ length: 20 }, () => piece(Math.ceil(bytes / 20))));
        if (kept.length > lives) kept.shift();
      },
    };
  },
  function compiled(random) {
    const functions = between(random, 20, 400);
    const made: unknown[] = [];
    return {
      name: `${functions} functions compiled one by one`,
      part(invocation) {
        if (invocation % 3 !== 0 || made.length >= functions) return;
        const body = Array.from({ length: 30 }, (_, i) => `if (x > ${i + made.length}) y += ${i};`).join(
          '\n',
        );
        // oxlint-disable-next-line typescript/no-implied-eval -- validators are generated like this
        const run = new Function('x', `let y = 0; ${body} return y;`) as (x: number) => number;
        run(invocation);
        made.push(run);
      },
    };
  },
];

const keepers: readonly [string, (bytes: number) => unknown][] = [
  ['texts', (bytes) => piece(bytes)],
  ['buffers', (bytes) => Buffer.alloc(bytes, 1)],
  [
    'objects',
    (bytes) => Array.from({ length: Math.ceil(bytes / 90) }, (_, i) => ({ id: i + 0.5, name: `n${i}` })),
  ],
  [
    'closures',
    (bytes) =>
      (
        (text) => () =>
          text
      )(piece(bytes)),
  ],
  ['slices', (bytes) => piece(bytes).slice(1, 40)],
];

/** A leak of `bytes` an invocation on the average, from some invocation on. */
function leak(random: Random, bytes: number): Maker & { readonly from: number } {
  const [kind, make] = pick(random, keepers as [(typeof keepers)[number]]);
  const every = pick(random, [1, 1, 1, 2, 5]);
  const from = random() < 0.7 ? 1 : between(random, 50, 400);
  const kept = new Map<number, unknown>();
  return {
    name: `keeps ${Math.round(bytes / 1024)} KB as ${kind}, every ${every} from ${from} on`,
    from,
    part(invocation) {
      if (invocation >= from && invocation % every === 0) kept.set(invocation, make(bytes * every));
    },
  };
}

/** A consumer of one to three parts, and a leak where it is to fill a memory of `freeBytes` within 2,000 invocations. */
export function generate(seed: number, freeBytes: number | undefined): Animal {
  const plan = plant(seed, freeBytes);
  return {
    name: `${seed}: ${plan.makers.map(({ name }) => name).join(' + ')}`,
    diet: { records: plan.records, recordBytes: plan.recordBytes },
    leaksFrom: plan.from,
    hatch() {
      const { makers, records } = plant(seed, freeBytes);
      let count = 0;
      return {
        record() {
          if (count++ % records !== 0) return;
          const invocation = Math.ceil(count / records);
          for (const { part } of makers) part(invocation, records);
        },
      };
    },
  };
}

function plant(seed: number, freeBytes: number | undefined) {
  const random = createRandom(seed);
  const records = between(random, 5, 120);
  const recordBytes = between(random, 300, 3000);
  const makers = Array.from({ length: 1 + Math.floor(random() * 3) }, () =>
    pick(random, healthyParts)(random),
  );
  if (freeBytes === undefined) return { records, recordBytes, makers, from: 1 };
  const life = between(random, 60, 2000);
  const leaking = leak(random, Math.ceil(freeBytes / life));
  return { records, recordBytes, makers: [...makers.slice(0, 2), leaking], from: leaking.from };
}

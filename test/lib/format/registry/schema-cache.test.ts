import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { FormatError } from '../../../../lib/format/format-error.ts';
import { Pending } from '../../../../lib/format/pending.ts';
import { RegistryError } from '../../../../lib/format/registry/registry.ts';
import {
  createSchemaCache,
  type SchemaCache,
  type SchemaCacheOptions,
} from '../../../../lib/format/registry/schema-cache.ts';

/** Gets like the runtime does: waits and asks again. */
async function fetchFrom<T>(cache: SchemaCache<T>, id: number): Promise<T> {
  for (;;) {
    const found = cache.get(id);
    if (!(found instanceof Pending)) return found;
    await found.ready;
  }
}

test('loads an id once however many ask for it meanwhile', async () => {
  let loads = 0;
  const cache = createSchemaCache(async (id) => `${id}/${++loads}`);
  const all = await Promise.all(Array.from({ length: 500 }, () => fetchFrom(cache, 7)));
  assert.deepEqual([new Set(all), loads], [new Set(['7/1']), 1]);
  assert.equal(cache.get(7), '7/1');
});

test('lets the least recently used schema go at its bound, and no other', async () => {
  const loads: string[] = [];
  const cache = createSchemaCache(
    (id) => {
      loads.push(id);
      return Promise.resolve(id);
    },
    { maxSchemas: 2 },
  );
  for (const id of [1, 2, 1, 3, 1, 2]) await fetchFrom(cache, id);
  assert.deepEqual(loads, ['1', '2', '3', '2']);
});

test('does not ask again for an unknown id for a while, and keeps the known ones though many are made up', async () => {
  let now = 0;
  const loads: string[] = [];
  const cache = createSchemaCache(
    (id) => {
      loads.push(id);
      return Number(id) < 10
        ? Promise.resolve(id)
        : Promise.reject(new FormatError('UNKNOWN_SCHEMA', 'none'));
    },
    { maxSchemas: 2, unknownForMs: 1000, now: () => now },
  );
  await fetchFrom(cache, 1);
  for (const id of [99, 99, 98, 97]) await assert.rejects(fetchFrom(cache, id), { code: 'UNKNOWN_SCHEMA' });
  assert.equal(await fetchFrom(cache, 1), '1');
  assert.deepEqual(loads, ['1', '99', '98', '97']);
  now = 999;
  assert.throws(() => cache.get(97), { code: 'UNKNOWN_SCHEMA' });
  now = 1000;
  await assert.rejects(fetchFrom(cache, 97), { code: 'UNKNOWN_SCHEMA' });
  assert.equal(loads.length, 5);
});

const unavailable = (): RegistryError => new RegistryError('REGISTRY_UNAVAILABLE', 'down');

test('holds off for a moment after a failure, then finds the registry back', async () => {
  let now = 0;
  let isUp = false;
  let loads = 0;
  const cache = createSchemaCache(
    (id) => {
      loads++;
      return isUp ? Promise.resolve(id) : Promise.reject(unavailable());
    },
    { failedForMs: 500, now: () => now },
  );
  await assert.rejects(fetchFrom(cache, 1), { code: 'REGISTRY_UNAVAILABLE' });
  isUp = true;
  now = 499;
  assert.throws(() => cache.get(1), { code: 'REGISTRY_UNAVAILABLE' });
  assert.equal(loads, 1);
  now = 500;
  assert.equal(await fetchFrom(cache, 1), '1');
});

test('asks a registry that is down once for all schemas, and ever more rarely', async () => {
  let now = 0;
  const loads: (readonly [id: string, isProbe: boolean])[] = [];
  const cache = createSchemaCache<string>(
    (id, isProbe) => {
      loads.push([id, isProbe]);
      return Promise.reject(unavailable());
    },
    { failedForMs: 1000, now: () => now },
  );
  const down = { code: 'REGISTRY_UNAVAILABLE' };
  // Three are under way when it goes down, which is one failure.
  await Promise.all([1, 2, 3].map((id) => assert.rejects(fetchFrom(cache, id), down)));
  for (const id of [1, 4, 5]) assert.throws(() => cache.get(id), down);
  assert.equal(loads.length, 3);
  for (const until of [1000, 3000, 7000, 15_000, 31_000, 61_000, 91_000]) {
    now = until - 1;
    assert.throws(() => cache.get(6), down);
    now = until;
    await Promise.all([7, 8, 9].map((id) => assert.rejects(fetchFrom(cache, id), down)));
  }
  assert.deepEqual(
    loads.slice(3),
    Array.from({ length: 7 }, () => ['7', true]),
  );
});

test('goes on asking a registry that refuses one schema, or that fails for another reason', async () => {
  const errors = [new RegistryError('REGISTRY_DENIED', 'no'), new TypeError('a mistake of ours')];
  const cache = createSchemaCache((id) => {
    const error = errors[Number(id)];
    return error === undefined ? Promise.resolve(id) : Promise.reject(error);
  });
  await assert.rejects(fetchFrom(cache, 0), { code: 'REGISTRY_DENIED' });
  await assert.rejects(fetchFrom(cache, 1), TypeError);
  assert.equal(await fetchFrom(cache, 2), '2');
});

/** Resolves what a load waits for. */
type Answer = (value: string) => void;

/** A cache whose loads settle when the test says. */
function createHeld(options: SchemaCacheOptions) {
  const answers: Answer[] = [];
  const cache = createSchemaCache<string>(() => new Promise((resolve) => answers.push(resolve)), options);
  return { cache, answers };
}

test('takes a load that never settles for a registry that does not answer, and asks it again', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let now = 0;
  const { cache, answers } = createHeld({ now: () => now });
  const [first, other] = [fetchFrom(cache, 1), fetchFrom(cache, 2)];
  t.mock.timers.tick(59_999);
  assert.ok(cache.get(1) instanceof Pending);
  t.mock.timers.tick(1);
  for (const each of [first, other]) await assert.rejects(each, { code: 'REGISTRY_UNAVAILABLE' });
  assert.throws(() => cache.get(3), { code: 'REGISTRY_UNAVAILABLE' });
  now = 1000;
  const again = fetchFrom(cache, 1);
  assert.equal(answers.length, 3);
  answers[2]?.('again');
  assert.equal(await again, 'again');
});

test('keeps a schema that comes after the time for it, and takes the registry for one that answers', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { cache, answers } = createHeld({ now: () => 0 });
  const first = fetchFrom(cache, 1);
  t.mock.timers.tick(60_000);
  await assert.rejects(first, { code: 'REGISTRY_UNAVAILABLE' });
  answers[0]?.('late');
  await setImmediate();
  assert.equal(cache.get(1), 'late');
  assert.ok(cache.get(2) instanceof Pending);
});

test('does not count the time in which the process is frozen', async () => {
  const { cache, answers } = createHeld({ maxLoadMs: 600 });
  const first = fetchFrom(cache, 1);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  // Due timers run before what the network brings.
  await setImmediate();
  answers[0]?.('there');
  assert.equal(await first, 'there');
});

test('refuses a bound that is none', () => {
  for (const maxSchemas of [0, -1, 1.5, 10_001, Number.NaN])
    assert.throws(() => createSchemaCache((id) => Promise.resolve(id), { maxSchemas }), RangeError);
});

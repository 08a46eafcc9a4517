import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createPlaces, keepPlaces } from '../../../../../tools/local/sandbox/host/reserved-concurrency.ts';
import { bodyOf, startProbe, type FunctionProbe } from '../../../../support/function-probe.ts';

const probes: FunctionProbe[] = [];
after(async () => {
  for (const probe of probes) await probe.close();
});

/** Two hosts of one function, as two mappings have them, whose invocations tell when they began and ended. */
async function startTwo(): Promise<readonly [FunctionProbe, FunctionProbe]> {
  const source = `export const handler = async () => {
    const begin = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 100));
    return [begin, Date.now()];
  };`;
  const two = [await startProbe({ source }), await startProbe({ source })] as const;
  probes.push(...two);
  return two;
}

type Span = readonly [begin: number, end: number];

test('runs no more invocations of a function at once than it has places, whichever mapping they come from', async () => {
  const [a, b] = await startTwo();
  const places = createPlaces(1);
  const hosts = [keepPlaces(a.host, places), keepPlaces(b.host, places)];
  const event = '{}';
  const ended = await Promise.all(
    [...hosts, ...hosts].map(async (host) => bodyOf((await host.invoke({ event })).result) as Span),
  );
  const spans = ended.toSorted(([left], [right]) => left - right);
  for (const [index, [begin]] of spans.entries())
    assert.ok(begin >= (spans[index - 1]?.[1] ?? 0), JSON.stringify(spans));
  // First come, first served.
  assert.deepEqual(spans, ended);
});

test('leaves nobody waiting when the host is closed', async () => {
  const [a] = await startTwo();
  const host = keepPlaces(a.host, createPlaces(1));
  const waiting = ['{}', '{}', '{}'].map(async (event) => (await host.invoke({ event })).result.kind);
  await host.close();
  assert.deepEqual((await Promise.all(waiting)).slice(1), ['unavailable', 'unavailable']);
});

test('gives each place again, and as many as there are', async () => {
  const places = createPlaces(2);
  const [first, second] = [await places.take(), await places.take()];
  let isThird = false;
  const third = places.take().then((leave) => {
    isThird = true;
    return leave;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isThird, false);
  first();
  (await third)();
  second();
  await places.take();
  await places.take();
});

// The watch on real processes of 128 to 512 MB: a few of each kind here, all of them and at length by `retention-zoo/run.ts`.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { lists, type ListName } from './retention-zoo/lists.ts';
import { visit } from './retention-zoo/visit.ts';

/** By a part of their names; with the invocations after which each must be found, at 128 MB. */
const leaks: Readonly<Record<string, number>> = {
  'kept records in a module map': 400,
  'labels as properties of one object': 600,
  'closures over values': 400,
  'async functions that wait forever': 400,
  'small buffers that pin pool slabs': 400,
  'subarrays of raw values': 30,
  'a full cache that stops to evict': 800,
  'beside a buffer that is flushed every 10': 500,
  'a Blob of each event': 400,
  'streams that never end': 600,
};

/** At 512 MB; 600 invocations of small events. */
const healthy = [
  'nothing kept of events between 4 KB and 6 MB',
  'cache of 50,000 that is full after 25',
  'cache of 1,300 texts of very different size',
  'seen ids in two generations',
  'teeth of 40 beside a cache that is full after 60',
  'functions that are compiled one by one',
] as const;

const find = (list: ListName, name: string): { readonly list: ListName; readonly index: number } => {
  const index = lists[list]().findIndex((animal) => animal.name.startsWith(name));
  assert.ok(index >= 0, `no ${name} in ${list}`);
  return { list, index };
};

// Processes run two at a time, as the machine has two cores.
suite('the watch', { concurrency: 2 }, () => {
  for (const [name, within] of Object.entries(leaks)) {
    test(`finds a leak: ${name}`, async () => {
      const animal = find('leaking', name);
      const { findings } = await visit({ ...animal, invocations: within, untilFound: true, memoryMb: 128 });
      const [first] = findings;
      assert.ok(first, `nothing was said within ${within} invocations`);
      const { leaksFrom = 1 } = lists.leaking()[animal.index] ?? {};
      assert.ok(first.invocation >= leaksFrom, `said at ${first.invocation}, before there was a leak`);
    });
  }
  for (const name of healthy) {
    test(`is silent: ${name}`, async () => {
      const animal = find('healthy', name);
      const { diet = {} } = lists.healthy()[animal.index] ?? {};
      const isLarge = diet.isMixed === true || (diet.records ?? 20) > 200;
      const { findings } = await visit({ ...animal, invocations: isLarge ? 60 : 600 });
      assert.deepEqual(findings, []);
    });
  }
  for (const index of [0, 1, 2, 3]) {
    test(`is silent: ${lists['generated healthy']()[index]?.name}`, async () => {
      const { findings } = await visit({ list: 'generated healthy', index, invocations: 300, memoryMb: 256 });
      assert.deepEqual(findings, []);
    });
  }
});

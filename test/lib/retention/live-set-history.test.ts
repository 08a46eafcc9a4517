import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { createFloorLog, type ExactFloor, type FloorLog } from '../../../lib/retention/live-set-history.ts';
import type { Floor } from '../../../lib/retention/live-set-series.ts';

const floor = (invocation: number, kilobytes: number): Floor => ({
  invocation,
  work: invocation * 20,
  bytes: kilobytes * 1024,
});

function exact(invocation: number, kilobytes: number): ExactFloor {
  const { bytes } = floor(invocation, kilobytes);
  const reading = { heapUsed: bytes, external: 0, arrayBuffers: 0, rss: 2 * bytes };
  return { ...floor(invocation, kilobytes), reading };
}

function shown({ floors }: FloorLog): [number, number][] {
  return floors.map(({ invocation, bytes }) => [invocation, bytes / 1024]);
}

suite('the floors that were found', () => {
  test('an exact one is compared with the one before it, and with the newest floor', () => {
    const log = createFloorLog();
    assert.deepEqual(log.addExact(exact(4, 1000)), { previous: undefined, grownBytes: 0 });
    log.add(floor(24, 1040));
    assert.deepEqual(log.addExact(exact(44, 1050)), { previous: floor(24, 1040), grownBytes: 50 * 1024 });
    assert.equal(log.addExact(exact(64, 900)).grownBytes, 0);
  });

  test('there is one of an invocation, and none before the newest', () => {
    const log = createFloorLog();
    log.add(floor(20, 1000));
    log.add(floor(20, 900));
    log.add(floor(10, 900));
    assert.deepEqual(shown(log), [[20, 1000]]);
  });

  test('they go back one further than the longest window', () => {
    const log = createFloorLog();
    for (let invocation = 20; invocation <= 2000; invocation += 20) log.add(floor(invocation, 1000));
    assert.deepEqual(
      shown(log).map(([invocation]) => invocation),
      Array.from({ length: 18 }, (_, i) => 1660 + i * 20),
    );
  });
});

suite('floors that were taken on trust', () => {
  function withTwoOnTrust(): FloorLog {
    const log = createFloorLog();
    log.addExact(exact(20, 1000));
    log.addOnTrust(floor(40, 1000));
    log.addOnTrust(floor(60, 1000));
    return log;
  }

  test('stand where little has grown', () => {
    const log = withTwoOnTrust();
    log.addExact(exact(80, 1099));
    assert.deepEqual(shown(log), [
      [20, 1000],
      [40, 1000],
      [60, 1000],
      [80, 1099],
    ]);
  });

  test('are dropped where more has grown than garbage explains', () => {
    const log = withTwoOnTrust();
    assert.deepEqual(log.addExact(exact(80, 1600)).previous, exact(20, 1000));
    assert.deepEqual(shown(log), [
      [20, 1000],
      [80, 1600],
    ]);
  });

  test('stand once an exact one has confirmed them', () => {
    const log = withTwoOnTrust();
    log.addExact(exact(80, 1000));
    log.addExact(exact(100, 1600));
    assert.equal(shown(log).length, 5);
  });
});

suite('growth between two floors far from each other', () => {
  function grown(next: ExactFloor, ...more: ExactFloor[]): [number, number][] {
    const log = createFloorLog();
    for (const each of [exact(20, 1000), exact(80, 1600), next, ...more]) log.addExact(each);
    return shown(log);
  }

  test('began when the rate at which it goes on says', () => {
    assert.deepEqual(grown(exact(90, 1800)), [
      [20, 1000],
      [50, 1000],
      [80, 1600],
      [90, 1800],
    ]);
  });

  test('waits for a floor that is far enough to have a rate', () => {
    assert.deepEqual(grown(exact(85, 1900), exact(95, 1900)), [
      [20, 1000],
      [50, 1000],
      [80, 1600],
      [85, 1900],
      [95, 1900],
    ]);
  });

  test('is left as it is where it has ended, or is too slow to have begun after the floor before', () => {
    assert.equal(grown(exact(90, 1600)).length, 3);
    assert.equal(grown(exact(90, 1500)).length, 3);
    assert.equal(grown(exact(90, 1650)).length, 3);
  });
});

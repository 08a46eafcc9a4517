import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPicture } from '../../../../tools/soak/report/picture.ts';
import { report as sample } from './sample-report.ts';

const megabyte = 1_048_576;
// Each floor is 50 KB above the one before, next to nothing of the memory size.
const floors = sample.floors.map((floor) => {
  const bytes = 12 * megabyte + floor.invocation * 50_000;
  return { ...floor, floorBytes: bytes, heapBytes: bytes, rssBytes: bytes + 70 * megabyte };
});
const report = {
  ...sample,
  consumer: 'a<b',
  memoryMb: 1024,
  growthBytesPerInvocation: 50_000,
  end: { kind: 'killed', atInvocation: 84 } as const,
  floors,
};

/** The lines of the picture, each as its points' heights from the top. */
function toHeights(picture: string): readonly (readonly number[])[] {
  return [...picture.matchAll(/<polyline points="([^"]*)"/g)].map(([, points = '']) =>
    points.split(' ').map((point) => Number(point.split(',')[1])),
  );
}

test('draws the floor on a scale of its own, where a leak of a hundredth of the memory size climbs', () => {
  const picture = toPicture(report);
  const [alone = [], ...everything] = toHeights(picture);
  assert.equal(alone.length, floors.length);
  assert.ok((alone[0] ?? 0) - (alone.at(-1) ?? 0) > 150, 'the whole height of the panel');
  const [below = [], ...others] = everything;
  assert.ok((below[0] ?? 0) - (below.at(-1) ?? 0) < 3, 'next to nothing of the memory size');
  assert.equal(others.length, 5);
  assert.match(picture, /growth 48\.8 KB per invocation/);
  assert.match(picture, /killed in invocation 84/);
});

test('names a consumer as text, and keeps a flat floor flat', () => {
  const flat = floors.map((floor) => ({
    ...floor,
    floorBytes: 12 * megabyte + (floor.invocation % 2) * 1000,
  }));
  const picture = toPicture({
    ...report,
    verdict: 'flat',
    failures: [],
    end: { kind: 'done' },
    floors: flat,
  });
  assert.match(picture, /a&lt;b: flat/);
  assert.doesNotMatch(picture, /in invocation 84/);
  const [alone = []] = toHeights(picture);
  assert.ok(Math.max(...alone) - Math.min(...alone) < 1);
});

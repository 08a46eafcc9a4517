import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Floor } from '../../../tools/soak/floor.ts';
import { toPicture } from '../../../tools/soak/picture.ts';
import type { SoakReport } from '../../../tools/soak/report.ts';

const megabyte = 1_048_576;
const floors = Array.from({ length: 60 }, (_, index): Floor => {
  const bytes = 12 * megabyte + index * 50_000;
  return {
    invocation: index + 1,
    floorBytes: bytes,
    heapBytes: bytes,
    codeBytes: 2 * megabyte,
    externalBytes: 0,
    arrayBufferBytes: 0,
    rssBytes: bytes + 70 * megabyte,
  };
});
const report: SoakReport = {
  consumer: 'a<b',
  memoryMb: 1024,
  invocations: 60,
  records: 6000,
  failedInvocations: 0,
  reportedRecords: 0,
  declinedRecords: 0,
  durationMs: 9000,
  verdict: 'growing',
  confidence: 1,
  growthBytesPerInvocation: 50_000,
  growthRange: [49_000, 51_000],
  growthThreshold: 1024,
  outsideGrowthBytesPerInvocation: null,
  isTooShort: false,
  invocationsLeft: 20_000,
  peakMb: 90,
  end: { kind: 'killed', atInvocation: 64 },
  exitCode: 1,
  failures: ['grows by 48.8 KB per invocation'],
  doubts: [],
  holderProblem: null,
  holders: [],
  measuredEvery: 1,
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
  assert.ok((below[0] ?? 0) - (below.at(-1) ?? 0) < 2, 'next to nothing of the memory size');
  assert.equal(others.length, 5);
  assert.match(picture, /growth 48\.8 KB per invocation/);
  assert.match(picture, /killed in invocation 64/);
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
  assert.doesNotMatch(picture, /in invocation 64/);
  const [alone = []] = toHeights(picture);
  assert.ok(Math.max(...alone) - Math.min(...alone) < 1);
});

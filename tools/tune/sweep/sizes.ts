// Memory sizes: which ones are tried, and the search for the smallest one that survives.
import { vcpuMb } from '../../local/sandbox/cpu-share.ts';

/** Memory sizes are tried in steps of this many MB: finer ones would tell noise from noise. */
export const stepMb: number = 64;
/** Lambda's smallest memory size, MB (Lambda guide, quotas). */
export const smallestMb: number = 128;
/** Lambda's largest memory size, MB (same page). */
export const largestMb: number = 10_240;

/** The size of the grid at or above `mb`. */
export function roundUp(mb: number): number {
  return Math.min(largestMb, Math.max(smallestMb, Math.ceil(mb / stepMb) * stepMb));
}

/**
 * The smallest size of the grid that survives, by bisection; undefined when not even the largest does.
 *
 * The first guess is a size near the answer: each trial near it is cheap, one at the largest size is not.
 */
export async function findSmallest(
  guessMb: number,
  survives: (memoryMb: number) => Promise<boolean>,
): Promise<number | undefined> {
  let high = roundUp(guessMb);
  let low = smallestMb - stepMb;
  // Up by doubling until one survives: where it is killed, little is known of what it would need.
  while (!(await survives(high))) {
    low = high;
    if (high === largestMb) return undefined;
    high = Math.min(largestMb, high * 2);
  }
  while (high - low > stepMb) {
    const middle = roundUp(low + (high - low) / 2 - stepMb / 2);
    if (middle <= low || middle >= high) break;
    if (await survives(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** At the smallest size that survives the peak must leave so much more, of the memory size. */
const spareAtSmallest = 0.05;

/**
 * From the smallest size that survives upwards, the first one whose peak is at most `headroom` (0..1) of it; undefined when there is none.
 *
 * Non-obvious: at the smallest size a collector fills what there is and chance would decide (relay, 192 MB, ten trials: 84.9 to 90 %), so
 * there the peak must be clearly below. A peak says how large the next size must be at least.
 */
export async function findRoomy(
  smallest: number,
  headroom: number,
  peakAt: (memoryMb: number) => Promise<number>,
): Promise<number | undefined> {
  let size = smallest;
  for (;;) {
    const peakMb = await peakAt(size);
    if (peakMb <= (headroom - (size === smallest ? spareAtSmallest : 0)) * size) return size;
    if (size === largestMb) return undefined;
    size = roundUp(Math.max(size + stepMb, peakMb / headroom));
  }
}

/**
 * The sizes whose duration is measured, from the smallest that may be taken to one vCPU (Node's one thread gains next to nothing
 * beyond): at most four, since each costs two trials, and
 * none so near the next that noise would choose between them.
 */
export function toLadder(smallest: number): readonly number[] {
  const sizes = [1, 1.5, 2.5].map((factor) => roundUp(smallest * factor));
  if (smallest >= vcpuMb) return [...new Set(sizes.slice(0, 2))];
  return [smallest, ...sizes.slice(1).filter((size) => size * 1.25 < vcpuMb), vcpuMb];
}

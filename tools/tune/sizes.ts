// Memory sizes: which ones are tried, and the search for the smallest one that survives.

/** Memory sizes are tried in steps of this many MB: finer ones would tell noise from noise. */
export const stepMb: number = 64;
/** Lambda's smallest memory size, MB (Lambda guide, quotas). */
export const smallestMb: number = 128;
/** Lambda's largest memory size, MB (same page). */
export const largestMb: number = 10_240;
/** One vCPU (Lambda guide, memory): Node's one thread gains next to nothing beyond. */
export const vcpuMb: number = 1_769;

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

/** The sizes whose duration is measured, from the smallest that survives: each costs a trial, so there are at most six. */
export function toLadder(smallest: number): readonly number[] {
  const sizes = [1, 1.25, 1.5, 2, 3].map((factor) => roundUp(smallest * factor));
  const above = sizes.filter((size) => size <= Math.max(vcpuMb, smallest * 1.5));
  const ladder = [...new Set(above)];
  return smallest < vcpuMb ? [...ladder.filter((size) => size < vcpuMb), vcpuMb] : ladder;
}

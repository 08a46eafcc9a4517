// Whether a chaos run has shown what it is for, and in which words it failed.
import { isPoison } from './record.ts';
import type { ChaosResult } from './chaos.ts';

/** Resident memory that the runner must stay under, in MB. */
export const maxMemoryMb = 400;

/** Everything that is not as it must be, one line each; empty if all is well. */
export function findFaults({ isDrained, account, runner, records, seconds }: ChaosResult): readonly string[] {
  const poison = Array.from({ length: records }, (_, n) => n).filter(isPoison).length;
  const checks: readonly (readonly [isWrong: boolean, line: string])[] = [
    [!isDrained, `not all was committed after ${seconds.toFixed(0)} s`],
    [
      account.missing > 0,
      `${account.missing} records are lost, the first: ${account.firstMissing.join(', ')}`,
    ],
    [account.deadLettered !== poison, `${account.deadLettered} dead letters, expected ${poison}`],
    [account.outOfOrder > 0, `${account.outOfOrder} records landed before an earlier one of their key`],
    [account.strange > 0, `${account.strange} notes or letters that no record explains`],
    [runner.lost > 0, `${runner.lost} offsets were dropped by the broker before they were read`],
    [runner.deaths > 0, `the runner died ${runner.deaths} times by itself: ${runner.lastWarning}`],
    [
      runner.peakMemoryMb >= maxMemoryMb,
      `the runner's memory reached ${runner.peakMemoryMb} MB, expected less than ${maxMemoryMb}`,
    ],
  ];
  return checks.filter(([isWrong]) => isWrong).map(([, line]) => line);
}

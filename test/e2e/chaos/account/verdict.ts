// Whether a chaos run has shown what it is for, and in which words it failed.
import { isPoison } from '../app/record.ts';
import type { ChaosResult, InjectedFault } from '../chaos.ts';
import { faultKinds } from '../faults/plan.ts';

/** Resident memory that the runner must stay under, in MB. */
export const maxMemoryMb = 400;

/** Faults that must have met something under way, of all. */
const leastMet = 0.9;

/** Whether anything was in flight, or answered and not committed, when it was injected. */
export function hasMetWork({ inFlight, answered }: InjectedFault): boolean {
  return inFlight > 0 || answered > 0;
}

/** Everything that is not as it must be, one line each; empty if all is well. */
export function findFaults(result: ChaosResult): readonly string[] {
  const { isDrained, account, runner, records, seconds, faults } = result;
  const poison = Array.from({ length: records }, (_, n) => n).filter(isPoison).length;
  const met = faults.filter(hasMetWork);
  const idleKinds = faultKinds.filter(
    (kind) => faults.some((fault) => fault.kind === kind) && !met.some((fault) => fault.kind === kind),
  );
  const redelivered = runner.redelivered + account.duplicates;
  const checks: readonly (readonly [isWrong: boolean, line: string])[] = [
    [!isDrained, `not all was committed after ${seconds.toFixed(0)} s`],
    [
      account.missing > 0,
      `${account.missing} records are lost, the first: ${account.firstMissing.join(', ')}`,
    ],
    [account.deadLettered !== poison, `${account.deadLettered} dead letters, expected ${poison}`],
    [account.corrupt > 0, `${account.corrupt} notes or letters have other bytes than what was written`],
    [account.outOfOrder > 0, `${account.outOfOrder} records landed before an earlier one of their key`],
    [account.early > 0, `${account.early} of ${account.commits} commits came before their records landed`],
    [account.commits === 0, 'the broker has no commit of the group'],
    [account.unexplained > 0, `${account.unexplained} records came again without a fault that explains it`],
    [account.strange > 0, `${account.strange} notes or letters that no record explains`],
    [faults.length > 0 && redelivered === 0, 'nothing was delivered again: no fault met a batch'],
    [idleKinds.length > 0, `nothing was under way at any ${idleKinds.join(', ')}`],
    [
      met.length < faults.length * leastMet,
      `${met.length} of ${faults.length} faults met something under way`,
    ],
    [runner.lost > 0, `${runner.lost} offsets were dropped by the broker before they were read`],
    [runner.deaths > 0, `the runner died ${runner.deaths} times by itself: ${runner.lastWarning}`],
    [
      runner.peakMemoryMb >= maxMemoryMb,
      `the runner's memory reached ${runner.peakMemoryMb} MB, expected less than ${maxMemoryMb}`,
    ],
  ];
  return checks.filter(([isWrong]) => isWrong).map(([, line]) => line);
}

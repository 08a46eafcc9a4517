// A redrive's plan and its end as lines for a terminal.
import { toAmount, toCount } from '../../terminal/table.ts';
import type { DeadLettersOptions } from '../options.ts';
import { lostWords } from '../originals.ts';
import type { PlanReport, RedriveReport } from './reports.ts';

type Skip = PlanReport['skip'];

const words: Readonly<Record<string, string>> = lostWords;

function toSkipLines(skip: Skip): readonly string[] {
  return Object.entries(skip).map(([why, count]) => `  ${toCount(count)} not: ${words[why] ?? why}`);
}

/** Whether records that were asked for cannot be sent because their bytes are gone. */
export function hasLost({ skip }: { readonly skip: Skip }): boolean {
  return Object.keys(skip).some((why) => why in words);
}

/** What would be done. */
export function toPlanLines(
  report: PlanReport,
  { says }: Pick<DeadLettersOptions, 'says'>,
): readonly string[] {
  const { send, uncertain, overtakenUnknown, deletesMessages, unfinished } = report;
  return [
    send === 0
      ? 'plan: nothing to send'
      : `plan: ${toAmount(send, 'record')} to ${report.target}, each key in the order of its offsets`,
    ...toSkipLines(report.skip),
    ...(uncertain === 0
      ? []
      : [`${toCount(uncertain)} of them may not have failed: their document names a range of offsets`]),
    ...(overtakenUnknown === null
      ? []
      : [`later records of the same keys were not looked for: ${overtakenUnknown}`]),
    ...(deletesMessages === 0
      ? []
      : [
          `${toAmount(deletesMessages, 'message')} will be deleted from a queue once all records in it succeed; --keep leaves them`,
        ]),
    ...unfinished.map((file) => `a run was cut off with some of these records; go on with --resume ${file}`),
    ...(send > 0 && says === 'plan' ? ['nothing was sent; do it with --yes'] : []),
  ];
}

/** What was done. */
export function toRedriveLines(report: RedriveReport): readonly string[] {
  const { planned, succeeded, failedAgain, skipped, open, readBack, maybeTwice } = report;
  return [
    `planned ${toCount(planned)} = succeeded ${toCount(succeeded)} + failed again ${toCount(failedAgain)} + skipped ${toCount(skipped)}` +
      (open === 0 ? '' : ` + not sent ${toCount(open)}`),
    ...toSkipLines(report.skip),
    ...(readBack === null
      ? []
      : [
          `read back: ${toAmount(readBack.arrived, 'record')} of this run in the topic, ${toCount(readBack.twice)} of them twice`,
        ]),
    ...(maybeTwice === 0
      ? []
      : [
          `${toAmount(maybeTwice, 'record')} may have arrived twice: sent again because no answer to the first attempt is known`,
        ]),
    ...report.reasons.map((reason) => `failed again: ${reason}`),
    `letters and messages marked as resolved: ${toCount(report.resolvedPlaces)}`,
    ...(report.stopped === null ? [] : [`stopped: ${report.stopped}; go on with --resume ${report.account}`]),
    `account: ${report.account}`,
  ];
}

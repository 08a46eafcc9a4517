// Which alarms a consumer has and how a person may change them, checked before any is built.

import { PropsError } from '../../props-error.ts';

/** The alarms of a consumer; what each means stands in alarm-table.ts. */
export const alarmKeys = [
  'stuck',
  'recordAge',
  'failing',
  'notPolling',
  'timeouts',
  'outOfMemory',
  'memory',
  'environmentsEnded',
  'retained',
  'dropped',
  'destinationFailures',
  'deadLetters',
] as const;

/** An alarm's name in the settings. */
export type AlarmKey = (typeof alarmKeys)[number];

/** Settings of one alarm. */
export interface AlarmSetting {
  /** The alarm goes off above this, in the alarm's unit; `stuck` and `notPolling` have none. Default the alarm's own. */
  readonly threshold?: number;
  /** How long the condition must hold, 5..1440 minutes in steps of 5. Default the alarm's own. */
  readonly minutes?: number;
}

/** Changes to the alarms of one consumer: a setting, or `false` for none. Default all of them, as they are. */
export type AlarmOptions = Readonly<Partial<Record<AlarmKey, AlarmSetting | false>>>;

const stepMinutes = 5; // the period of every alarm
const maxMinutes = 1440; // CloudWatch: evaluation periods times period is at most a day for such periods

/** @throws PropsError `INVALID_PROPS` with every problem found */
export function checkAlarmOptions(consumer: string, options: AlarmOptions): void {
  const problems = Object.entries(options).flatMap(([key, setting]) => {
    const field = `alarms.${key}`;
    if (!alarmKeys.some((each) => each === key)) {
      return [{ field, got: setting, expected: `no such alarm; known are ${alarmKeys.join(', ')}` }];
    }
    return setting === false || setting === undefined ? [] : checkSetting(field, key, setting);
  });
  if (problems.length > 0) throw new PropsError(consumer, problems);
}

type Problem = ConstructorParameters<typeof PropsError>[1][number];

function checkSetting(field: string, key: string, { threshold, minutes }: AlarmSetting): readonly Problem[] {
  const problems: Problem[] = [];
  if (threshold !== undefined && (key === 'stuck' || key === 'notPolling')) {
    problems.push({ field: `${field}.threshold`, got: threshold, expected: 'nothing: it is a yes or a no' });
  } else if (threshold !== undefined && !(Number.isFinite(threshold) && threshold >= 0)) {
    problems.push({ field: `${field}.threshold`, got: String(threshold), expected: 'a number of 0 or more' });
  }
  const isStep =
    minutes === undefined || (minutes % stepMinutes === 0 && minutes >= stepMinutes && minutes <= maxMinutes);
  if (!isStep) {
    problems.push({
      field: `${field}.minutes`,
      got: minutes,
      expected: `${stepMinutes}..${maxMinutes} in steps of ${stepMinutes}`,
    });
  }
  return problems;
}

// How many lanes run at once: what the definition says, or what the environment puts in its place, so that a measurement can try
// several numbers on one bundle.

import type { ConsumerDefinition } from '../../definition/define-consumer.ts';

const name = 'TAILRACE_CONCURRENCY';
const most = 1000;

/** Lanes at once, 1..1000. @throws RangeError when `TAILRACE_CONCURRENCY` is set to anything else */
export function readConcurrency(
  { concurrency }: Pick<ConsumerDefinition, 'concurrency'>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): number {
  const value = environment[name];
  if (value === undefined || value === '') return concurrency;
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1 && number <= most) return number;
  throw new RangeError(
    `${name} is out of range, got ${JSON.stringify(value)}, expected an integer 1..${most}`,
  );
}

// What every construct throws for props that cannot be right.

import { shortenStack } from '../lib/definition/shorten-stack.ts';

/** Props of a consumer or a stack are wrong; every problem is listed with its field, the value and the allowed range. */
export class PropsError extends Error {
  override readonly name = 'PropsError';
  readonly code = 'INVALID_PROPS';
  /** The fields at fault. */
  readonly fields: readonly string[];

  constructor(owner: string, problems: readonly Problem[]) {
    const lines = problems.map(
      ({ field, got, expected }) => `${field}: got ${toShown(got)}, expected ${expected}`,
    );
    super(`props of ${JSON.stringify(owner)} are not valid; correct them:\n  ${lines.join('\n  ')}`);
    this.fields = problems.map(({ field }) => field);
    shortenStack(this);
  }
}

/** One thing wrong, and what would be right. */
export interface Problem {
  readonly field: string;
  readonly got: unknown;
  readonly expected: string;
}

/** A value as JSON, with the numbers that JSON has not. */
export function toShown(value: unknown): string | undefined {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'bigint' || (typeof each === 'number' && !Number.isFinite(each)) ? String(each) : each,
  );
}

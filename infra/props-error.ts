// What every construct throws for props that cannot be right.

/** Props of a consumer or a stack are wrong; every problem is listed with its field, the value and the allowed range. */
export class PropsError extends Error {
  override readonly name = 'PropsError';
  readonly code = 'INVALID_PROPS';
  /** The fields at fault. */
  readonly fields: readonly string[];

  constructor(owner: string, problems: readonly Problem[]) {
    const lines = problems.map(
      ({ field, got, expected }) => `${field}: got ${JSON.stringify(got)}, expected ${expected}`,
    );
    super(`props of ${JSON.stringify(owner)} are not valid; correct them:\n  ${lines.join('\n  ')}`);
    this.fields = problems.map(({ field }) => field);
  }
}

/** One thing wrong, and what would be right. */
export interface Problem {
  readonly field: string;
  readonly got: unknown;
  readonly expected: string;
}

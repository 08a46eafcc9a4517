// What can be wrong with traffic that was asked for, before any of it is sent.

/**
 * Why there is no traffic.
 * - `TRAFFIC_OPTION`: an option that makes none.
 * - `TRAFFIC_FILE`: a file of records that cannot be read, or a line of it that is no record.
 * - `NOTHING_TO_SEND`: nothing is known that the consumers could be sent.
 */
export type TrafficErrorCode = 'TRAFFIC_OPTION' | 'TRAFFIC_FILE' | 'NOTHING_TO_SEND';

/** Traffic that cannot be made. */
export class TrafficError extends Error {
  override readonly name = 'TrafficError';
  readonly code: TrafficErrorCode;
  /** Name of the option, or the place in a file. */
  readonly option: string;

  constructor(
    option: string,
    got: unknown,
    expected: string,
    { code = 'TRAFFIC_OPTION', cause }: { readonly code?: TrafficErrorCode; readonly cause?: unknown } = {},
  ) {
    const what = code === 'TRAFFIC_OPTION' ? `bad traffic option ${option}` : option;
    super(`${what}, got ${String(got)}, expected ${expected}`, { cause });
    this.code = code;
    this.option = option;
  }
}

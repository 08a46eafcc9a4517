// What keeps a tuning from giving an answer.

/**
 * - `FUNCTION`: the function fails whatever memory it has.
 * - `TOO_SMALL`: it is killed at every memory size that Lambda has.
 * - `TOO_SLOW`: it times out, and not for want of memory.
 * - `NO_PROFILE`: there is nothing to check against, or nowhere to write.
 */
export type TuneErrorCode = 'FUNCTION' | 'TOO_SMALL' | 'TOO_SLOW' | 'NO_PROFILE';

/** There is no recommendation; the message says why and what to do. */
export class TuneError extends Error {
  override readonly name = 'TuneError';
  readonly code: TuneErrorCode;

  constructor(code: TuneErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

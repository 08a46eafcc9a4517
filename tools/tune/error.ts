// What keeps a tuning from giving an answer.

/**
 * - `FUNCTION`: the function fails whatever memory it has.
 * - `TOO_SMALL`: it is killed at every memory size that Lambda has.
 * - `GROWS`: its memory grows from invocation to invocation, so that no size is enough.
 * - `NO_PROFILE`: there is nothing to check against, or nowhere to write.
 */
export type TuneErrorCode = 'FUNCTION' | 'TOO_SMALL' | 'GROWS' | 'NO_PROFILE';

/** There is no recommendation; the message says why and what to do. */
export class TuneError extends Error {
  override readonly name = 'TuneError';
  readonly code: TuneErrorCode;

  constructor(code: TuneErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

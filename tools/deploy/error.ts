// What can go wrong in a deployment before its result can be judged: one class, so that the command line can print the
// message alone.

/**
 * Why a deployment cannot go on.
 * - `EMULATOR_MISSING`: this machine lacks what the local AWS takes.
 * - `EMULATOR_FAILED`: the local AWS did not start, ended by itself, or answered what it must not.
 * - `CDK_FAILED`: a command of the CDK failed; the message carries its last words.
 */
export type DeployErrorCode = 'EMULATOR_MISSING' | 'EMULATOR_FAILED' | 'CDK_FAILED';

/** A failure of the tools that deploy, never of a record. */
export class DeployError extends Error {
  override readonly name = 'DeployError';
  readonly code: DeployErrorCode;

  constructor(code: DeployErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
  }
}

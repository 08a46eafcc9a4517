// What can go wrong in the local runner before or beside any record: one class, so that the command line can print the
// message alone and exit non-zero.

/**
 * Why the local run cannot start or go on.
 * - `NO_CDK_OUT`: no readable synthesized app where it was looked for.
 * - `NO_TEMPLATE`: no readable CloudFormation or SAM template where it was looked for.
 * - `UNRESOLVED`: a template value that cannot be resolved on this machine.
 * - `UNSUPPORTED`: a template feature that the local runner does not do, or that AWS would refuse.
 * - `NO_SUCH_CONSUMER`: a consumer name that the app does not have.
 * - `NO_SUCH_NAME`: a value was given for a variable or parameter that the app does not have.
 * - `NO_SUCH_TOPIC`: the broker does not know the topic of a mapping.
 * - `POLLER_FAILED`: a poller did not get its partitions in time.
 * - `BAD_SECRETS`: the file of secrets cannot be read, or lacks what a mapping names.
 * - `MAPPING_STOPPED`: a mapping has stopped while somebody waited for its commits.
 * - `CLOSED`: the run was closed while somebody waited for it.
 */
export type LocalErrorCode =
  | 'NO_CDK_OUT'
  | 'NO_TEMPLATE'
  | 'UNRESOLVED'
  | 'UNSUPPORTED'
  | 'NO_SUCH_CONSUMER'
  | 'NO_SUCH_NAME'
  | 'NO_SUCH_TOPIC'
  | 'POLLER_FAILED'
  | 'BAD_SECRETS'
  | 'MAPPING_STOPPED'
  | 'CLOSED';

/** A failure of configuration or infrastructure in the local runner, never of a record. */
export class LocalError extends Error {
  override readonly name = 'LocalError';
  readonly code: LocalErrorCode;

  constructor(code: LocalErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
  }
}

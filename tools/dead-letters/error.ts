// What keeps a look at dead letters, or a redrive, from being done.

/**
 * - `NO_PLACE`: nothing says where dead letters are.
 * - `NO_ACCESS`: AWS knows no credentials, or refuses them.
 * - `NO_SUCH_PLACE`: a stack, bucket, queue, topic or function does not exist.
 * - `UNREADABLE`: an object or message is no dead letter.
 * - `NO_TARGET`: a redrive has nowhere to send to.
 * - `NO_ACCOUNT`: a run's account cannot be read or written.
 */
export type DeadLettersErrorCode =
  | 'NO_PLACE'
  | 'NO_ACCESS'
  | 'NO_SUCH_PLACE'
  | 'UNREADABLE'
  | 'NO_TARGET'
  | 'NO_ACCOUNT';

/** Nothing was sent, moved or deleted after this; the message says what to do. */
export class DeadLettersError extends Error {
  override readonly name = 'DeadLettersError';
  readonly code: DeadLettersErrorCode;

  constructor(code: DeadLettersErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Told in words of an object or message that is no dead letter: it is left out, and where it is it stays. */
export type OnUnreadable = (problem: string) => void;

/** What `read` gives; nothing where it is `UNREADABLE`, of which `onUnreadable` is told: one such object must not hide all others. */
export function leaveOut<T>(read: () => readonly T[], onUnreadable: OnUnreadable): readonly T[] {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DeadLettersError) || error.code !== 'UNREADABLE') throw error;
    onUnreadable(error.message);
    return [];
  }
}

/** An error of an AWS call in words that help: credentials, names, everything else as AWS says it. */
export function toAwsError(error: unknown, what: string): DeadLettersError {
  const { name = 'Error', message = String(error) } = error as Partial<Error>;
  if (
    /Credential|ExpiredToken|UnrecognizedClient|InvalidClientTokenId|SignatureDoesNotMatch|AccessDenied|Forbidden/.test(
      name,
    )
  )
    return new DeadLettersError(
      'NO_ACCESS',
      `${what} is not allowed, got ${name}, expected credentials that may; check AWS_PROFILE, AWS_REGION, and consumer.grantRedrive()`,
      { cause: error },
    );
  if (/NoSuch|NotFound|NonExistent|ValidationError/.test(name) || /does not exist/.test(message))
    return new DeadLettersError(
      'NO_SUCH_PLACE',
      `${what} failed, got ${name}, expected it to exist; check the name and the Region`,
      {
        cause: error,
      },
    );
  return new DeadLettersError('NO_ACCESS', `${what} failed, got ${name}: ${message}`, { cause: error });
}

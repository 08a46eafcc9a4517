// What keeps a soak from being done at all; what a soak finds is no error but its result.

/** `ENTRY`: the handler cannot be bundled. `TRAFFIC_FILE`: no recorded events. `NO_RECORDS`: nobody knows what its records are like. `FUNCTION`: it fails from the start. `INSPECTOR`: its process does not answer. `ENDED`: its process has ended. `RUNTIME`: AWS's runtime client is not there. */
export type SoakErrorCode =
  | 'ENTRY'
  | 'TRAFFIC_FILE'
  | 'NO_RECORDS'
  | 'FUNCTION'
  | 'INSPECTOR'
  | 'ENDED'
  | 'RUNTIME';

/** A soak cannot be done; the message says what to do. */
export class SoakError extends Error {
  override readonly name = 'SoakError';
  readonly code: SoakErrorCode;

  constructor(code: SoakErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

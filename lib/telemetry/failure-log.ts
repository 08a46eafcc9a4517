// The lines about records that failed: bounded, each with the request id, the record's place and sizes, and no byte of it.

import { toErrorFields, type ErrorFields } from './error-fields.ts';
import type { LineLogger, LogFields, Place } from './log.ts';

/** A record as its line names it; `key` and `value` are base64. */
export interface FailedPlace extends Place {
  readonly key?: string | null;
  readonly value?: string | null;
}

/** What failed. */
export interface Failure {
  readonly error: unknown;
  /** Its message where the runtime itself has written it, so that it holds nothing of a record. */
  readonly ownMessage?: string;
}

/** What a line says. */
export interface FailureLine {
  /** The record that it is about, if it is about one. */
  readonly place?: FailedPlace;
  readonly failure?: Failure;
  readonly more?: LogFields;
}

/** What a failure log is made of. */
export interface FailureLogOptions {
  readonly logger: LineLogger;
  readonly requestId: string;
  /** Whether messages of the user's exceptions are logged. */
  readonly logErrorMessages: boolean;
}

// A lane stops at its first failure, but a consumer without order has a lane per record: 10,000 failing records are
// one cause and must not be 10,000 lines.
const maxLines = 20;

/** The failures of one invocation. */
export class FailureLog {
  readonly #options: FailureLogOptions;
  #lines = 0;

  constructor(options: FailureLogOptions) {
    this.#options = options;
  }

  /** Failures beyond the twenty that were logged. */
  get unlogged(): number {
    return Math.max(0, this.#lines - maxLines);
  }

  /** Logs one failure. A logger that throws does not make it worse. */
  log(level: 'warn' | 'error', message: string, line: FailureLine): void {
    if (++this.#lines > maxLines) return;
    const { logger, requestId } = this.#options;
    const { place, failure, more } = line;
    try {
      logger[level](message, {
        requestId,
        ...(place && toPlaceFields(place)),
        ...(failure && { error: this.toFields(failure) }),
        ...more,
      });
    } catch {
      // There is no better place to say so than the log that has just failed.
    }
  }

  /** The fields of an error as these lines have them. */
  toFields({ error, ownMessage }: Failure): ErrorFields {
    const { logErrorMessages } = this.#options;
    return toErrorFields(error, {
      all: logErrorMessages,
      ...(ownMessage !== undefined && { own: ownMessage }),
    });
  }
}

function toPlaceFields({ topic, partition, offset, key, value }: FailedPlace): LogFields {
  return { topic, partition, offset, keyBytes: byteLength(key), valueBytes: byteLength(value) };
}

/** The length of what a base64 text holds; null where there is no text. */
function byteLength(base64: string | null | undefined): number | null {
  return base64 === undefined || base64 === null ? null : Buffer.byteLength(base64, 'base64');
}

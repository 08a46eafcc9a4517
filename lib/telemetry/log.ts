// The runtime's log: one JSON line per thing that happened, made by Powertools' logger, with a record's place and never its bytes.

import { Logger } from '@aws-lambda-powertools/logger';

/** What a user's function logs with; each line carries the request id, and the topic, partition and offset of a record. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Plain data added to a line. Values are logged as they are: do not put record values here. */
export type LogFields = Readonly<Record<string, unknown>>;

/** What lines are written with: Powertools' `Logger` is one. */
export interface LineLogger {
  debug(message: string, fields: LogFields): unknown;
  info(message: string, fields: LogFields): unknown;
  warn(message: string, fields: LogFields): unknown;
  error(message: string, fields: LogFields): unknown;
}

/** The place of a record, and nothing else of it. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/**
 * Makes the logger of one consumer. Its level is the function's own on Lambda, `AWS_LAMBDA_LOG_LEVEL`, else `POWERTOOLS_LOG_LEVEL`, else
 * INFO.
 */
export function createLogger(consumer: string): LineLogger {
  return new Logger({ serviceName: consumer });
}

/** A log whose lines carry the request id and a record's place. Child loggers of Powertools' would cost more than a record does. */
export function toRecordLog(logger: LineLogger, requestId: string, { topic, partition, offset }: Place): Log {
  return toLog(logger, { requestId, topic, partition, offset });
}

/** A log whose lines carry these fields. */
export function toLog(logger: LineLogger, own: LogFields): Log {
  const line = (fields: LogFields | undefined): LogFields => ({ ...fields, ...own });
  return {
    debug: (message, fields) => logger.debug(message, line(fields)),
    info: (message, fields) => logger.info(message, line(fields)),
    warn: (message, fields) => logger.warn(message, line(fields)),
    error: (message, fields) => logger.error(message, line(fields)),
  };
}

/** Whether the environment asks for the messages of users' exceptions in the log: `TAILRACE_LOG_ERROR_MESSAGES` is `1` or `true`. */
export function readLogErrorMessages(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  const value = environment['TAILRACE_LOG_ERROR_MESSAGES'];
  return value === '1' || value === 'true';
}

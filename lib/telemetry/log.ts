// The runtime's log: one JSON line per thing that happened, made by Powertools' logger, with a record's place and
// never its bytes.

import { Logger } from '@aws-lambda-powertools/logger';
import { errorCode } from '../deadletter/dead-letter.ts';
import { scrub } from './scrub.ts';

/** What a user's function logs with; each line carries the record's topic, partition and offset. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Plain data added to a line. Values are logged as they are: do not put record values here. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The place of a record, and nothing else of it. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Makes the logger of one consumer; its level is `POWERTOOLS_LOG_LEVEL`, else INFO. */
export function createLogger(consumer: string): Logger {
  return new Logger({ serviceName: consumer });
}

/** A log whose lines carry `place`. One small object: Powertools' child loggers cost more than a record does. */
export function toRecordLog(logger: Logger, { topic, partition, offset }: Place): Log {
  const line = (fields: LogFields | undefined): LogFields => ({ ...fields, topic, partition, offset });
  return {
    debug: (message, fields) => logger.debug(message, line(fields)),
    info: (message, fields) => logger.info(message, line(fields)),
    warn: (message, fields) => logger.warn(message, line(fields)),
    error: (message, fields) => logger.error(message, line(fields)),
  };
}

/** What is logged of an error: name, code, frames, and the message without whatever it quotes of `texts`. */
export function toErrorFields(error: unknown, texts: readonly string[]): LogFields {
  const fields = toSilentErrorFields(error);
  return error instanceof Error ? { ...fields, message: scrub(error.message, texts) } : fields;
}

/** What is logged of an error whose message may quote records that cannot be compared with it any more. */
export function toSilentErrorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { name: typeof error, code: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return { name: error.name, code: errorCode(error), stack: frames.slice(0, 8).map((frame) => frame.trim()) };
}

// The real logger, with its lines kept instead of printed.

import { Logger, type LogFormatter } from '@aws-lambda-powertools/logger';

type LogItem = ReturnType<LogFormatter['formatAttributes']>;

/** A logger whose lines end up in `lines`, as the JSON that would have been printed. */
export class KeptLogger extends Logger {
  readonly lines: Record<string, unknown>[] = [];

  protected override printLog(_level: number, log: LogItem): void {
    this.lines.push(JSON.parse(JSON.stringify(log.getAttributes())) as Record<string, unknown>);
  }
}

// The real logger, with its lines kept instead of printed.

import { channel } from 'node:diagnostics_channel';
import { Logger, type LogFormatter } from '@aws-lambda-powertools/logger';

type LogItem = ReturnType<LogFormatter['formatAttributes']>;

/** A logger whose lines end up in `lines`, as the JSON that would have been printed. */
export class KeptLogger extends Logger {
  readonly lines: Record<string, unknown>[] = [];

  protected override printLog(_level: number, log: LogItem): void {
    const text = JSON.stringify(log.getAttributes());
    channel('tailrace:payload-dump').publish(text);
    this.lines.push(JSON.parse(text) as Record<string, unknown>);
  }
}

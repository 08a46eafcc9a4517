// All records of a batch as one kafkajs message, for a reader that wants columns. kafkajs makes three numbers of 64 bits and
// two texts of every message before its reader sees it; a batch of hundreds costs it what one message costs.
import { AsyncLocalStorage } from 'node:async_hooks';
import { PolledRecord } from './polled-record.ts';
import type { RecordBatchContext, RecordColumns } from './record-columns.ts';

/** A batch with one record or more, with all that kafkajs asks of a message. */
export class PolledRows {
  readonly columns: RecordColumns;

  constructor(columns: RecordColumns) {
    this.columns = columns;
  }

  /** The last record's: kafkajs leaves out what lies before the offset that it asked for, and goes on behind the last. */
  get offset(): string {
    return String(this.columns.offsets.at(-1) ?? 0);
  }

  /** The first record's; it tells what a control batch is about, which has one record. */
  get key(): Buffer | null {
    return new PolledRecord(this.columns, 0).key;
  }

  get isControlRecord(): boolean {
    return this.columns.context.isControlBatch;
  }

  get batchContext(): RecordBatchContext {
    return this.columns.context;
  }

  /** The first row at or behind an offset; the number of rows when there is none. */
  rowAt(offset: number): number {
    const { offsets } = this.columns;
    const row = offsets.findIndex((each) => each >= offset);
    return row < 0 ? offsets.length : row;
  }

  /** A record as a message of its own. */
  recordAt(row: number): PolledRecord {
    return new PolledRecord(this.columns, row);
  }

  /** Each record as a message of its own, from a row on. */
  toRecords(from: number): readonly PolledRecord[] {
    return Array.from({ length: this.columns.offsets.length - from }, (_each, index) =>
      this.recordAt(from + index),
    );
  }
}

const asked = new AsyncLocalStorage<true>();

/**
 * Runs what starts a consumer whose reader takes `PolledRows` as well as messages. Batches of the old format come as messages
 * all the same.
 */
export function askForRows<T>(run: () => T): T {
  return asked.run(true, run);
}

/** Whether what is being read now is for such a reader: what a consumer does stays in the context that it was started in. */
export function areRowsAskedFor(): boolean {
  return asked.getStore() === true;
}

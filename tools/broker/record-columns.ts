// The records of one batch as columns: where each lies in the batch's bytes. Own file: a poller reads them as they are, and
// everybody else as messages (polled-record.ts).

/** What kafkajs knows of the batch that a record stands in; 64-bit numbers are decimal text. */
export interface RecordBatchContext {
  readonly firstOffset: string;
  readonly firstTimestamp: string;
  readonly partitionLeaderEpoch: number;
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
  readonly lastOffsetDelta: number;
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly maxTimestamp: string;
  /** 0: the producer's time; 1: the broker's, which is the batch's for all of its records. */
  readonly timestampType: number;
  readonly magicByte: number;
}

/** The records of one batch. */
export interface RecordColumns {
  readonly context: RecordBatchContext;
  readonly bytes: Buffer;
  /** Exact up to 2^53, as are the times. */
  readonly offsets: Float64Array;
  /** Epoch milliseconds. */
  readonly timestamps: Float64Array;
  /**
   * Six per record: its key's start and length, its value's start and length, its headers' start, its end; -1 is the length
   * of null.
   */
  readonly places: Int32Array;
}

/** Numbers per record in `places`. */
export const placesPerRecord = 6;
/** Which of them is what. */
export const place = {
  keyStart: 0,
  keyLength: 1,
  valueStart: 2,
  valueLength: 3,
  headersStart: 4,
  end: 5,
} as const;

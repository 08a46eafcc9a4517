// What the console's server and its page say to each other: plain JSON, read by both sides. Payload stands in it only where a field
// says so, and such documents are sent to whoever has the token.

/** What runs, told once. */
export interface RunInfo {
  readonly command: 'dev' | 'run';
  readonly project: string;
  readonly startedAt: number;
  readonly kafka: string;
  readonly refusals: Refusals;
  /** Where dead letters can be sent again. */
  readonly redrivesTo: readonly ('function' | 'topic')[];
  readonly consumers: readonly ConsumerInfo[];
}

/** Why something may not be done in this run; null: it may. */
export interface Refusals {
  /** Writing to Kafka: sending records, redriving dead letters. */
  readonly send: string | null;
  readonly runAgain: string | null;
}

/** A consumer as its template describes it. */
export interface ConsumerInfo {
  readonly consumer: string;
  readonly topic: string;
  readonly group: string;
  readonly functionName: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly batchSize: number;
  readonly windowMs: number;
  readonly maximumRetryAttempts: number;
  readonly bisect: boolean;
  /** Where discarded records go, as `s3 bucket`; null: nowhere. */
  readonly onFailure: string | null;
}

/** One second of a consumer. Counts are those of the second; the others as of its end. */
export interface Point {
  /** Epoch seconds. */
  readonly at: number;
  readonly records: number;
  readonly calls: number;
  readonly failed: number;
  /** By partition, in the order of `PartitionState`s; short where partitions came later. */
  readonly lag: readonly number[];
  /** Highest resident memory that a call of this second has told, MB; null without a call. */
  readonly rssMb: number | null;
  /** Least memory in use behind a call of this second, MB: what is alive is at most that. */
  readonly liveMb: number | null;
}

export interface PartitionState {
  readonly partition: number;
  readonly committed: number;
  readonly end: number;
}

/** A consumer at this moment. */
export interface ConsumerState {
  readonly consumer: string;
  readonly partitions: readonly PartitionState[];
  readonly lag: number;
  readonly pollers: number;
  readonly polled: number;
  readonly done: number;
  readonly skipped: number;
  readonly filtered: number;
  readonly redelivered: number;
  readonly invocations: number;
  readonly failedInvocations: number;
  /** Set aside by the function's runtime. */
  readonly deadLettered: number;
  /** Discarded by the mapping. */
  readonly discarded: number;
  readonly peakMemoryMb: number;
  readonly liveMb: number | null;
  readonly stopped: string | null;
  /** Those that the page does not have yet; oldest first. */
  readonly points: readonly Point[];
}

/** How much of the past there is. */
export interface HistoryState {
  readonly batches: number;
  readonly droppedBatches: number;
  /** When the oldest kept batch began, epoch ms; null without one. */
  readonly oldestAt: number | null;
  readonly bytes: number;
  /** The newest batch's number; a page that sees another one asks for batches. */
  readonly newest: number;
}

/** What the stream sends about once a second. */
export interface Overview {
  readonly at: number;
  /** Another value: another run, of which the page knows nothing. */
  readonly run: string;
  readonly consumers: readonly ConsumerState[];
  readonly history: HistoryState;
}

export interface OffsetSpan {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

export type CallStatus = 'ok' | 'partial' | 'error' | 'timeout' | 'crash' | 'unavailable';

/** One invocation. */
export interface Call {
  readonly requestId: string;
  readonly status: CallStatus;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly initMs: number | null;
  readonly records: number;
  readonly failed: number;
  readonly delivered: readonly OffsetSpan[];
  readonly unresolved: readonly OffsetSpan[];
  readonly memoryMb: number;
  readonly environment: number | null;
  readonly errorType: string | null;
}

/** Records that the mapping has discarded. */
export interface Discard {
  readonly at: number;
  readonly condition: string;
  readonly ranges: readonly OffsetSpan[];
  readonly records: number;
  readonly target: string | null;
  readonly error: string | null;
}

export type BatchOutcome = 'ok' | 'retried' | 'failing' | 'discarded';

/** A batch: its invocations in the order of time. */
export interface Batch {
  readonly batch: number;
  readonly consumer: string;
  readonly outcome: BatchOutcome;
  readonly records: number;
  readonly calls: readonly Call[];
  readonly discards: readonly Discard[];
  /** Calls of it that history has dropped. */
  readonly droppedCalls: number;
}

export interface BatchList {
  /** Newest first. */
  readonly batches: readonly Batch[];
  readonly more: boolean;
}

export interface LogLine {
  readonly stream: 'stdout' | 'stderr' | 'platform';
  readonly line: string;
}

/** Bytes that a process has, as it has told; null where it has not. */
export interface MemoryFigures {
  readonly rssBytes: number | null;
  readonly heapUsedBytes: number | null;
  readonly externalBytes: number | null;
}

/** What a function has counted; null where it has not said. */
export interface Counted {
  readonly done: number;
  readonly skipped: number;
  readonly deadLettered: number;
  readonly retried: number;
}

/** Everything about one invocation. Its logs, its answer and its error are in the function's own words, which may quote records. */
export interface CallDetail {
  readonly call: Call;
  readonly batch: Batch;
  readonly logs: readonly LogLine[];
  readonly droppedLogs: number;
  readonly report: string | null;
  readonly response: string | null;
  readonly errorMessage: string | null;
  readonly trace: readonly string[];
  readonly counted: Counted | null;
  readonly memory: {
    readonly limitMb: number;
    /** Behind the environment's call before; null for its first. */
    readonly before: MemoryFigures | null;
    readonly after: MemoryFigures | null;
  };
  /** Records that its log lines name, with what they say. */
  readonly named: readonly NamedRecord[];
}

export interface NamedRecord {
  readonly partition: number;
  readonly offset: number;
  readonly message: string;
  readonly code: string | null;
}

/** What a refused request is answered with. */
export interface Refusal {
  readonly error: string;
}

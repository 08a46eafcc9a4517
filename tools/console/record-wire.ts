// What the server and the page say to each other of records: searched, shown, run again, sent, dead-lettered; and of reports. See wire.ts.
import type { CallStatus, LogLine } from './wire.ts';

/** What is known of a record's way. */
export type RecordOutcome =
  | 'waiting'
  | 'committed'
  | 'processed'
  | 'retrying'
  | 'dead-lettered'
  | 'discarded'
  | 'filtered';

/** A record without its value. `key` is payload. */
export interface RecordRow {
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly keyBytes: number | null;
  readonly valueBytes: number | null;
  readonly headers: number;
  readonly outcome: RecordOutcome;
  readonly code: string | null;
  /** The call that decided, if history has it. */
  readonly requestId: string | null;
  readonly attempts: number;
}

export interface RecordList {
  readonly rows: readonly RecordRow[];
  /** Records that were looked at. */
  readonly scanned: number;
  /** Whether there are more than were looked at, or shown. */
  readonly more: boolean;
}

/** A record with its value: payload. */
export interface RecordDetail extends RecordRow {
  readonly topic: string;
  readonly headerPairs: readonly (readonly [name: string, value: string])[];
  /** The value as a person reads it; null for a tombstone. */
  readonly value: string | null;
  /** `json` may be edited and sent as the definition's format writes it; `text` as it is; `bytes` not at all. */
  readonly shownAs: 'json' | 'text' | 'bytes' | 'tombstone';
  /** How the value was read, as `json()`; null: without a definition. */
  readonly format: string | null;
  /** Why the definition does not read it; null when it does. */
  readonly problem: string | null;
}

/** A record to run again; with `value`, in place of its own. */
export interface RunAgainRequest {
  readonly consumer: string;
  readonly partition: number;
  readonly offset: number;
  /** JSON or text, as `shownAs` says; undefined: as it is. */
  readonly value?: string | null;
}

/** What became of it. */
export interface RunAgainResult {
  readonly requestId: string;
  /** `failed`: it would be sent again. */
  readonly outcome: 'processed' | 'skipped' | 'dead-lettered' | 'failed' | 'not run';
  readonly status: CallStatus;
  readonly durationMs: number;
  readonly initMs: number | null;
  readonly memoryMb: number;
  readonly errorType: string | null;
  readonly errorMessage: string | null;
  readonly code: string | null;
  readonly response: string | null;
  readonly report: string | null;
  readonly logs: readonly LogLine[];
}

/** How the records of a consumer are written. */
export interface SendForm {
  readonly consumer: string;
  readonly topic: string;
  readonly format: string | null;
  readonly keyFormat: string | null;
  readonly problem: string | null;
  /** A record as the form begins with, as JSON. */
  readonly example: string;
  /** Records of the project's sample; null without one. */
  readonly sample: string | null;
}

export interface SendRequest {
  readonly consumer: string;
  /** A record a line, as `tailrace send` reads them. */
  readonly lines: string;
  readonly compression: 'none' | 'lz4' | 'gzip' | 'zstd';
}

export interface SendResult {
  readonly topic: string;
  readonly sent: number;
  readonly refused: readonly { readonly line: string; readonly why: string }[];
}

/** A dead letter, without its payload. */
export interface DeadLetterRow {
  readonly id: string;
  readonly place: string;
  readonly consumer: string;
  readonly partition: number;
  readonly offset: number;
  readonly topic: string;
  readonly code: string;
  readonly failedAt: number;
  readonly attempts: number | null;
  readonly keptAt: string;
  readonly redrives: number;
  readonly lost: string | null;
}

export interface DeadLetterList {
  readonly letters: readonly DeadLetterRow[];
  readonly total: number;
  readonly groups: readonly { readonly name: string; readonly count: number }[];
  /** Places that could not be read, and why. */
  readonly problems: readonly string[];
}

/** A plan to send dead letters again; `plan` is what a confirmation names. */
export interface RedrivePlan {
  readonly plan: string;
  readonly target: string;
  readonly send: number;
  readonly skip: Readonly<Record<string, number>>;
  readonly uncertain: number;
  readonly overtakenUnknown: string | null;
  readonly deletesMessages: number;
}

export interface RedriveResult {
  readonly planned: number;
  readonly succeeded: number;
  readonly failedAgain: number;
  readonly skipped: number;
  readonly open: number;
  readonly reasons: readonly string[];
  readonly stopped: string | null;
  readonly account: string;
}

/** A report that a tool has left in the project. */
export interface ReportFile {
  readonly id: string;
  readonly name: string;
  readonly kind: 'soak' | 'tune';
  readonly writtenAt: number;
  readonly bytes: number;
}

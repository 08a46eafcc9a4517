// The dead letter: a record that can never succeed, with everything needed to see why and to send it again.

import type { EventRecord } from '../runtime/event.ts';
import { toHeaders } from '../runtime/headers.ts';

/** The document that is stored, one per record. Bytes are base64, exactly as the producer wrote them. */
export interface DeadLetter {
  readonly version: 1;
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly timestampType: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [name: string, base64: string])[];
  readonly error: {
    readonly code: string;
    readonly message: string;
    /** A validator's findings; they may quote the record. */
    readonly issues: readonly string[];
  };
  /** The invocation that gave the record up. */
  readonly requestId: string;
  /** ISO 8601. */
  readonly deadLetteredAt: string;
}

/** Where dead letters are kept. `store` resolves once the copy is safe, with a name a person can open. */
export interface DeadLetterStore {
  store(letter: DeadLetter): Promise<string>;
}

/** Writes the dead letter of `record`. */
export function toDeadLetter(
  record: EventRecord,
  error: unknown,
  about: { readonly consumer: string; readonly requestId: string; readonly now: number },
): DeadLetter {
  const { topic, partition, offset, timestamp, timestampType } = record;
  return {
    version: 1,
    consumer: about.consumer,
    topic,
    partition,
    offset,
    timestamp,
    timestampType,
    key: record.key ?? null,
    value: record.value ?? null,
    headers: [...toHeaders(() => record.headers)].map(([name, bytes]) => [name, bytes.toString('base64')]),
    error: {
      code: errorCode(error),
      message: error instanceof Error ? error.message : `a ${typeof error} was thrown`,
      issues: issuesOf(error),
    },
    requestId: about.requestId,
    deadLetteredAt: new Date(about.now).toISOString(),
  };
}

/** The error's own literal code, else its name. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

function issuesOf(error: unknown): readonly string[] {
  return error instanceof Error && 'issues' in error && Array.isArray(error.issues)
    ? error.issues.map(String)
    : [];
}

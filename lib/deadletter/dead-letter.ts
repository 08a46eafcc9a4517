// The dead letter: a record that can never succeed, with everything needed to see why and to send it again.

import type { EventRecord } from '../runtime/event/event.ts';
import { toHeaders } from '../runtime/event/headers.ts';
import { isError, readProperty, readText } from '../telemetry/thrown.ts';

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
    /** As it was thrown, at most 10,000 characters; it may quote the record. */
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
      message: messageOf(error),
      issues: issuesOf(error),
    },
    requestId: about.requestId,
    deadLetteredAt: new Date(about.now).toISOString(),
  };
}

const maxMessageLength = 10_000;

/** The error's own code, else its name, else the type of what was thrown. */
function errorCode(error: unknown): string {
  if (!isError(error)) return typeof error;
  return (readText(error, 'code') ?? readText(error, 'name') ?? 'Error').slice(0, maxMessageLength);
}

function messageOf(error: unknown): string {
  const message = typeof error === 'string' ? error : readText(error, 'message');
  return (message ?? `a ${typeof error} without a message was thrown`).slice(0, maxMessageLength);
}

function issuesOf(error: unknown): readonly string[] {
  const issues = isError(error) ? readProperty(error, 'issues') : undefined;
  return Array.isArray(issues) ? issues.filter((issue) => typeof issue === 'string') : [];
}

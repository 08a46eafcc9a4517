// Where a redrive sends to: the function, by an invocation with the records' own places, or a topic.
import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import type { BatchResponse, EventRecord } from '../../../../lib/index.ts';
import { toAwsError } from '../../error.ts';
import {
  redriveCountHeader,
  redriveOriginHeader,
  redriveRunHeader,
  toPlaceName,
  toRedriveCount,
  type FailedRecord,
} from '../../failed-record.ts';

/** What became of the records of one batch, by id; undefined: it succeeded. */
export type SendResult = ReadonlyMap<string, string | undefined>;

/** What a target says of a batch. */
export type Answer =
  | { readonly kind: 'answered'; readonly result: SendResult }
  /** Not taken now: none of it arrived, and it is sent again later. */
  | { readonly kind: 'refused'; readonly why: string }
  /** Nobody knows whether it arrived; it is sent again, and the account names it. */
  | { readonly kind: 'unclear'; readonly why: string }
  /** The invocation failed as a whole, which says nothing of its records. */
  | { readonly kind: 'crashed'; readonly why: string }
  /** Not taken as it is, now or later: none of it arrived. A smaller part may be taken. */
  | { readonly kind: 'declined'; readonly why: string };

/** Somewhere to send to. */
export interface Target {
  /** For the plan and the account. */
  readonly name: string;
  /** Cuts a batch into what arrives whole or not at all; the records of a key stay together. */
  readonly split: (batch: readonly FailedRecord[]) => Promise<readonly (readonly FailedRecord[])[]>;
  /** Sends such a part, in its order. @throws {DeadLettersError} when nothing of it can have arrived */
  readonly send: (batch: readonly FailedRecord[]) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

/** Headers of a record that is sent again: its own, and three that say so. */
export function withRedriveHeaders(record: EventRecord, run: string): NonNullable<EventRecord['headers']> {
  const ours = new Set([redriveCountHeader, redriveOriginHeader, redriveRunHeader]);
  const own = (record.headers ?? []).filter((header) => !Object.keys(header).some((name) => ours.has(name)));
  const added = [
    [redriveCountHeader, String(toRedriveCount(record) + 1)],
    [redriveOriginHeader, toPlaceName(record)],
    [redriveRunHeader, run],
  ] as const;
  return [...own, ...added.map(([name, text]) => ({ [name]: [...new Int8Array(Buffer.from(text))] }))];
}

/** The event of a batch: each record with its own topic, partition, offset and timestamp. */
export function toRedriveEvent(batch: readonly FailedRecord[], run: string): string {
  const groups: Record<string, EventRecord[]> = {};
  for (const { record } of batch) {
    if (record === undefined) continue;
    const group = (groups[`${record.topic}-${record.partition}`] ??= []);
    group.push({ ...record, headers: withRedriveHeaders(record, run) });
  }
  return JSON.stringify({ eventSource: 'aws:kafka', bootstrapServers: 'redrive', records: groups });
}

/**
 * Reads the answer of an invocation: a partial response names what failed; without one all succeeded. As for Lambda, a response that names
 * what was not in the batch is a failure of all of it.
 */
export function readResponse(batch: readonly FailedRecord[], body: string): SendResult {
  const places = new Set(batch.map(toPlaceName));
  const failed = readFailures(body);
  const isBad = failed === undefined || failed.some((place) => !places.has(place));
  const named = new Set(failed);
  return new Map(
    batch.map((each) => [
      each.id,
      isBad
        ? "the function's response cannot be read"
        : named.has(toPlaceName(each))
          ? 'reported by the function for another delivery'
          : undefined,
    ]),
  );
}

function readFailures(body: string): readonly string[] | undefined {
  try {
    const answer = JSON.parse(body === '' ? 'null' : body) as Partial<BatchResponse> | null;
    return (answer?.batchItemFailures ?? []).map(
      ({ itemIdentifier: at }) => `${at.partition}@${String(at.offset)}`,
    );
  } catch {
    return undefined;
  }
}

/** Invokes a function. The SDK's own chain finds what `config` does not say of credentials, Region and endpoint. */
export function createFunctionTarget(
  functionName: string,
  run: string,
  config: LambdaClientConfig = {},
): Target {
  // One attempt for each call: what the SDK sent again by itself would be in no account.
  const client = new LambdaClient({ ...config, maxAttempts: 1 });
  return {
    name: `function ${functionName}`,
    split: (batch) => Promise.resolve([batch]),
    async send(batch) {
      let answer;
      try {
        answer = await client.send(
          new InvokeCommand({ FunctionName: functionName, Payload: toRedriveEvent(batch, run) }),
        );
      } catch (error) {
        return toInvokeAnswer(error, functionName);
      }
      const body = answer.Payload?.transformToString() ?? '';
      if (answer.FunctionError === undefined) return { kind: 'answered', result: readResponse(batch, body) };
      return { kind: 'crashed', why: `the invocation failed with ${readErrorType(body)}` };
    },
    close: async () => client.destroy(),
  };
}

function readErrorType(body: string): string {
  try {
    return (JSON.parse(body) as { readonly errorType?: string } | null)?.errorType ?? 'an error';
  } catch {
    return 'an error';
  }
}

/** Errors of Invoke after which nothing has run, and another attempt may go through. */
const throttles =
  /TooManyRequests|Throttl|RequestLimitExceeded|EC2Throttled|ResourceNotReady|ResourceConflict|ECONNREFUSED/;

// Sources: Lambda API reference, Invoke, "Errors"; the SDK's error classification.
function toInvokeAnswer(error: unknown, functionName: string): Answer {
  const { name, code, $metadata } = error as {
    readonly name: string;
    readonly code?: string;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode;
  const words = code ?? name;
  if (status === 429 || throttles.test(words))
    return { kind: 'refused', why: `${functionName} takes nothing now, got ${words}` };
  if (status === 413 || /TooLarge/.test(name))
    return { kind: 'declined', why: `too large for an invocation, got ${name}` };
  const isBroken = /^(ECONNRESET|EPIPE|ETIMEDOUT)$/.test(words) || /Timeout|socket hang up/.test(name);
  if (isBroken || (status ?? 0) >= 500)
    return { kind: 'unclear', why: `${functionName} has not answered, got ${words}` };
  throw toAwsError(error, `invoking ${functionName}`);
}

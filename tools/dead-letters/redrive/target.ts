// Where a redrive sends to: the function, by an invocation with the records' own places, or a topic.
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import kafkajs, { type Kafka, type Message } from 'kafkajs';
import type { BatchResponse, EventRecord } from '../../../lib/index.ts';
import { DeadLettersError, toAwsError } from '../error.ts';
import {
  redriveCountHeader,
  redriveOriginHeader,
  redriveRunHeader,
  toPlaceName,
  toRedriveCount,
  type FailedRecord,
} from '../failed-record.ts';

/** What became of the records of one batch, by id; undefined: it succeeded. */
export type SendResult = ReadonlyMap<string, string | undefined>;

/** Somewhere to send to. */
export interface Target {
  /** For the plan and the account. */
  readonly name: string;
  /** Sends a batch, in its order. @throws {DeadLettersError} when nothing of it can have arrived */
  readonly send: (batch: readonly FailedRecord[]) => Promise<SendResult>;
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

/** Reads the answer of an invocation: partial responses name what failed; without one all succeeded. */
export function readResponse(batch: readonly FailedRecord[], body: string): SendResult {
  const { batchItemFailures = [] } = (JSON.parse(body === '' ? 'null' : body) ??
    {}) as Partial<BatchResponse>;
  const failed = new Set(batchItemFailures.map(({ itemIdentifier: at }) => `${at.partition}@${at.offset}`));
  return new Map(
    batch.map((each) => [
      each.id,
      failed.has(`${each.topic}-${each.partition}@${each.offset}`)
        ? 'reported by the function for another delivery'
        : undefined,
    ]),
  );
}

/** Invokes a deployed function. The SDK's own chain finds credentials, Region and endpoint. */
export function createFunctionTarget(functionName: string, run: string): Target {
  const client = new LambdaClient({ maxAttempts: 5, retryMode: 'adaptive' });
  return {
    name: `function ${functionName}`,
    async send(batch) {
      let answer;
      try {
        answer = await client.send(
          new InvokeCommand({ FunctionName: functionName, Payload: toRedriveEvent(batch, run) }),
        );
      } catch (error) {
        throw toAwsError(error, `invoking ${functionName}`);
      }
      const body = answer.Payload?.transformToString() ?? '';
      if (answer.FunctionError === undefined) return readResponse(batch, body);
      const { errorType = 'an error' } = JSON.parse(body === '' ? '{}' : body) as {
        readonly errorType?: string;
      };
      return new Map(batch.map(({ id }) => [id, `the invocation failed with ${errorType}`]));
    },
    close: async () => client.destroy(),
  };
}

/** Writes to a topic; undefined: to each record's own. Key, headers and timestamp are kept. */
export async function createTopicTarget(
  kafka: Kafka,
  topic: string | undefined,
  run: string,
): Promise<Target> {
  const producer = kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    // One batch after another, each acknowledged: a key's records stay in order.
    maxInFlightRequests: 1,
    idempotent: false,
  });
  await producer.connect();
  return {
    name: topic === undefined ? "each record's own topic" : `topic ${topic}`,
    async send(batch) {
      const byTopic = Map.groupBy(batch, (each) => topic ?? each.topic);
      const result = new Map<string, string | undefined>();
      for (const [name, members] of byTopic) {
        try {
          await producer.send({
            topic: name,
            acks: -1,
            messages: members.map(({ record }) => toMessage(record, run)),
          });
          for (const { id } of members) result.set(id, undefined);
        } catch (cause) {
          if (result.size === 0)
            throw new DeadLettersError(
              'NO_SUCH_PLACE',
              `topic ${name} takes no records, got ${(cause as Error).message}`,
              { cause },
            );
          for (const { id } of members) result.set(id, `topic ${name} takes no records`);
        }
      }
      return result;
    },
    close: async () => await producer.disconnect(),
  };
}

function toMessage(record: EventRecord | undefined, run: string): Message {
  if (record === undefined) throw new TypeError('a record without its bytes was planned');
  const headers: Record<string, Buffer | Buffer[]> = {};
  for (const header of withRedriveHeaders(record, run))
    for (const [name, bytes] of Object.entries(header)) {
      const value = Buffer.from(Int8Array.from(bytes).buffer);
      const known = headers[name];
      headers[name] = known === undefined ? value : [known, value].flat();
    }
  return {
    key: typeof record.key === 'string' ? Buffer.from(record.key, 'base64') : null,
    value: typeof record.value === 'string' ? Buffer.from(record.value, 'base64') : null,
    timestamp: String(record.timestamp),
    headers,
  };
}

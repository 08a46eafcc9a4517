// A Kafka record as an SQS message: every field in the place where a handler looks for it, in memory of its own.

import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import type { LeasedRecord } from '../runtime/record/record.ts';

/** A message attribute. */
export interface SqsMessageAttribute {
  stringValue?: string;
  /** Base64. */
  binaryValue?: string;
  dataType: 'String' | 'Binary';
}

/** A message, as `@types/aws-lambda` has it. */
export interface SqsRecord {
  /** `<topic>-<partition>@<offset>`: the same at every delivery. */
  messageId: string;
  receiptHandle: string;
  body: string;
  attributes: {
    AWSTraceHeader?: string;
    /** Always `1`: a mapping does not say how often it has delivered. */
    ApproximateReceiveCount: string;
    SentTimestamp: string;
    SenderId: string;
    ApproximateFirstReceiveTimestamp: string;
    SequenceNumber: string;
    /** The record's key as text; absent where it has none. */
    MessageGroupId?: string;
    MessageDeduplicationId: string;
  };
  messageAttributes: Record<string, SqsMessageAttribute>;
  md5OfBody: string;
  eventSource: 'aws:sqs';
  eventSourceARN: string;
  awsRegion: string;
}

/** Makes the message; nothing in it refers to the record. */
export function toSqsRecord(record: LeasedRecord, queueArn: string | undefined): SqsRecord {
  const { topic, partition, offset, timestamp, headers, keyBytes } = record;
  const messageId = `${topic}-${partition}@${offset}`;
  const body = toBody(record);
  const region = process.env['AWS_REGION'] ?? 'us-east-1';
  const trace = headers.text('X-Amzn-Trace-Id');
  const groupId = keyBytes === null ? undefined : toText(keyBytes);
  return {
    messageId,
    receiptHandle: messageId,
    body,
    attributes: {
      ...(trace !== undefined && { AWSTraceHeader: trace }),
      ApproximateReceiveCount: '1',
      SentTimestamp: String(timestamp),
      SenderId: 'kafka',
      ApproximateFirstReceiveTimestamp: String(Date.now()),
      SequenceNumber: String(offset).padStart(20, '0'),
      ...(groupId !== undefined && { MessageGroupId: groupId }),
      MessageDeduplicationId: messageId,
    },
    messageAttributes: toAttributes(record),
    md5OfBody: createHash('md5').update(body).digest('hex'),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn ?? `arn:aws:sqs:${region}:000000000000:${topic}`,
    awsRegion: region,
  };
}

/** Text as it is, the bytes of a value that the definition does not open as text, anything else as JSON. */
function toBody(record: LeasedRecord): string {
  const { value } = record;
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (value === undefined || value instanceof Uint8Array) return toText(record.toBuffer() ?? Buffer.alloc(0));
  return JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each));
}

/** The last header of a name counts, as with Kafka's own `lastHeader`. */
function toAttributes(record: LeasedRecord): Record<string, SqsMessageAttribute> {
  const attributes: Record<string, SqsMessageAttribute> = {};
  for (const [name, bytes] of record.headers) {
    const attribute: SqsMessageAttribute = isUtf8(bytes)
      ? { stringValue: bytes.toString('utf8'), dataType: 'String' }
      : { binaryValue: bytes.toString('base64'), dataType: 'Binary' };
    // Assigned, the name __proto__ would set the object's prototype.
    Object.defineProperty(attributes, name, {
      value: attribute,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return attributes;
}

/** UTF-8, or base64 where the bytes are none. */
function toText(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'base64');
}

// A record as an SQS message. Own file: body, attributes and ids are what the queue's readers depend on.

import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { LeasedRecord } from '../../lib/index.ts';

/** A message of a FIFO queue, and its size as SQS counts it. */
export interface Message {
  readonly body: string;
  readonly groupId: string;
  readonly deduplicationId: string;
  readonly attributes: Readonly<Record<string, MessageAttributeValue>>;
  /** UTF-8 bytes of the body, and of name, type and value of each attribute. */
  readonly bytes: number;
}

/**
 * The message for a record. The body is its value; for a tombstone, as SQS knows no empty body, it is
 * `{"tombstone":true,"topic":...,"partition":...,"offset":...}`.
 *
 * The group is the record's key, so that SQS keeps the key's order; records without a key keep that of their partition.
 * The deduplication id is `<topic>-<partition>-<offset>-<timestamp>`: what is delivered again within five minutes is not doubled.
 *
 * Attributes: `topic`, `partition`, `offset`, `timestamp` (epoch ms), `key` (text, or binary where SQS takes it as no
 * text; none when the record has no key or an empty one), `headers` (JSON, `[[name, text], [name, base64, "base64"]]`;
 * none when there are none) and `tombstone` (`"true"` or none).
 */
export function toMessage(record: LeasedRecord<string, Buffer>): Message {
  const { topic, partition, offset, timestamp, isTombstone, key } = record;
  const attributes = {
    topic: text(topic),
    partition: number(partition),
    offset: number(offset),
    timestamp: number(timestamp),
    ...(key?.length && { key: textOrBinary(key) }),
    ...(record.headers.size > 0 && { headers: toHeaders(record.headers) }),
    ...(isTombstone && { tombstone: text('true') }),
  };
  const body = record.value ?? JSON.stringify({ tombstone: true, topic, partition, offset });
  return {
    body,
    groupId: toId(key ?? `${topic}-${partition}`),
    deduplicationId: toId(`${topic}-${partition}-${offset}-${timestamp}`),
    attributes,
    bytes: sizeOf(body, attributes),
  };
}

/** The same message with another body and further attributes. */
export function withBody(
  message: Message,
  body: string,
  more: Readonly<Record<string, MessageAttributeValue>>,
): Message {
  const attributes = { ...message.attributes, ...more };
  return { ...message, body, attributes, bytes: sizeOf(body, attributes) };
}

/**
 * Whether SQS takes `text` as a body or an attribute: not empty, and only characters that XML 1.0 has.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export function isSendable(text: string): boolean {
  return /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]+$/u.test(text);
}

/** A number as an attribute. */
export function number(value: number): MessageAttributeValue {
  return { DataType: 'Number', StringValue: String(value) };
}

function text(value: string): MessageAttributeValue {
  return { DataType: 'String', StringValue: value };
}

function textOrBinary(bytes: Buffer): MessageAttributeValue {
  const value = bytes.toString();
  return isUtf8(bytes) && isSendable(value) ? text(value) : { DataType: 'Binary', BinaryValue: bytes };
}

function toHeaders(headers: LeasedRecord['headers']): MessageAttributeValue {
  const entries = [...headers].map(([name, bytes]) =>
    isUtf8(bytes) ? [name, bytes.toString()] : [name, bytes.toString('base64'), 'base64'],
  );
  return textOrBinary(Buffer.from(JSON.stringify(entries))); // even as JSON it may hold what SQS refuses, U+FFFE for one
}

/** Group and deduplication ids: 1 to 128 letters, digits and punctuation marks; the hash of whatever is no such id. */
function toId(id: string | Buffer): string {
  const text = id.toString();
  return /^[!-~]{1,128}$/.test(text) ? text : `sha256-${hash('sha256', id)}`;
}

function sizeOf(body: string, attributes: Readonly<Record<string, MessageAttributeValue>>): number {
  let bytes = Buffer.byteLength(body);
  for (const [name, { DataType = '', StringValue = '', BinaryValue }] of Object.entries(attributes)) {
    const parts = [name, DataType, StringValue, BinaryValue ?? ''];
    for (const part of parts) bytes += typeof part === 'string' ? Buffer.byteLength(part) : part.length;
  }
  return bytes;
}

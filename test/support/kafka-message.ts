// A message as kafkajs gives it, of which a test sets what it is about.
import type { KafkaMessage } from 'kafkajs';

/** Offset 7 at a moment of 2023, without key, value and headers, unless `fields` say otherwise. */
export function toMessage(fields: Partial<KafkaMessage>): KafkaMessage {
  return {
    key: null,
    value: null,
    timestamp: '1700000000000',
    attributes: 0,
    offset: '7',
    headers: {},
    ...fields,
  } as KafkaMessage;
}

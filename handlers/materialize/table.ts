// The table's one write: newer records win, whatever the order and number of deliveries. Own file: the condition is what
// all of the consumer's safety rests on.

import {
  ConditionalCheckFailedException,
  PutItemCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { Item } from './item.ts';

/** Where items go. */
export interface ItemTarget {
  readonly client: DynamoDBClient;
  readonly table: string;
}

/**
 * Inside a partition the offset decides: it is the log's own order. Offsets of two partitions say nothing about each
 * other; a key has records in two only when the topic was given more partitions, and then the later timestamp wins, or
 * the higher partition when both are the same, so that every order of arrival ends the same way.
 *
 * AND binds before OR; parentheses would make dynalite, which parses the text at each write, three times as slow.
 *
 * Non-obvious: a topic that is deleted and made again starts at offset 0, which looks old here. It needs a new table.
 */
const isNewer =
  'attribute_not_exists(#key) ' +
  'OR #partition = :partition AND #offset < :offset ' +
  'OR #partition <> :partition AND #timestamp < :timestamp ' +
  'OR #partition < :partition AND #timestamp = :timestamp';

/** Writes `item` unless the table holds the same record or a newer one of its key; true when it was written. */
export async function putNewer(
  item: Item,
  { client, table }: ItemTarget,
  signal: AbortSignal,
): Promise<boolean> {
  const { partition, offset, timestamp } = item;
  const command = new PutItemCommand({
    TableName: table,
    Item: { ...item },
    ConditionExpression: isNewer,
    ExpressionAttributeNames: {
      '#key': 'key',
      '#partition': 'partition',
      '#offset': 'offset',
      '#timestamp': 'timestamp',
    },
    ExpressionAttributeValues: {
      ':partition': partition,
      ':offset': offset,
      ':timestamp': timestamp,
    },
  });
  try {
    await client.send(command, { abortSignal: signal });
    return true;
  } catch (error) {
    // What is there is this record or a newer one: the delivery is a repeated or a late one, and its work is done.
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

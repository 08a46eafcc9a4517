// Keeps the latest order per key in a DynamoDB table; a repeated or late delivery changes nothing.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createConsumer, type ConsumerHandler } from '../../lib/index.ts';
import { requireSetting } from '../environment.ts';
import { materialize } from './consumer.ts';
import { toItem } from './item.ts';
import { putNewer } from './table.ts';

const target = {
  client: new DynamoDBClient({}),
  table: requireSetting('MATERIALIZE_TABLE', "the table's name"),
};

// An older record of a deleted key is delivered until it is over age; a week more is for offsets that are set back by hand.
const markerSeconds = materialize.retry.maxAgeSeconds + 7 * 86_400;

/** Lambda's entry point. Environment: `MATERIALIZE_TABLE`, a table whose partition key is the string `key`. */
export const handler: ConsumerHandler = createConsumer(materialize, {
  async record(record, { signal, log }) {
    const item = toItem(record, { markerSeconds, now: Date.now() });
    const isWritten = await putNewer(item, target, signal);
    if (!isWritten) log.debug('record is not newer than its item, left as it is');
  },
});

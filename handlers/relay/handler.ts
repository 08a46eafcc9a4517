// Relays order events to an SQS FIFO queue, in batches, each record with its own result.

import { SQSClient } from '@aws-sdk/client-sqs';
import { createConsumer, type ConsumerHandler } from '../../lib/index.ts';
import { requireSetting } from '../environment.ts';
import { createClaimChecks } from './claim-check.ts';
import { relay } from './consumer.ts';
import { createOutbox } from './outbox.ts';
import { createRelayer, parseQueueUrl, readMaxBodyBytes } from './relayer.ts';

const queueUrl = parseQueueUrl(requireSetting('RELAY_QUEUE_URL', "the FIFO queue's URL"));
const bucket = requireSetting('RELAY_BUCKET', "the claim-check bucket's name");

/** Lambda's entry point. Environment: `RELAY_QUEUE_URL`, `RELAY_BUCKET`, and `RELAY_MAX_BODY_BYTES`. */
export const handler: ConsumerHandler = createConsumer(
  relay,
  createRelayer({
    outbox: createOutbox(new SQSClient({}), queueUrl),
    claimChecks: createClaimChecks(bucket),
    maxBodyBytes: readMaxBodyBytes(),
  }),
);

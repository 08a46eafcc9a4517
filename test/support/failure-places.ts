// Where mappings put what they give up, beside buckets: a queue, a queue behind a topic of SNS, and a topic of Kafka.

import { CreateTopicCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { toQueueUrl } from '../../tools/aws/resources.ts';
import type { LocalCluster } from './local-cluster.ts';

const queues = ['failed', 'fed'];
const failureTopic = 'failed-orders';

/** Makes them: queue `failed`, SNS topic `failed` with queue `fed` behind it, Kafka topic `failed-orders`. */
export async function createFailurePlaces({ clients: { sqs, sns }, produce }: LocalCluster): Promise<void> {
  for (const QueueName of queues) await sqs.send(new CreateQueueCommand({ QueueName }));
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'failed' }));
  const Endpoint = 'arn:aws:sqs:us-east-1:000000000000:fed';
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
  await produce(failureTopic, []);
}

/** The options of `tailrace dead-letters` that name all of them, these buckets, and the folder of accounts. */
export function toPlaceOptions(
  { endpoints, broker }: LocalCluster,
  {
    buckets,
    accounts,
  }: { readonly buckets: readonly { readonly name: string }[]; readonly accounts: string },
): readonly string[] {
  return [
    ...buckets.flatMap(({ name }) => ['--bucket', name]),
    ...queues.flatMap((name) => ['--queue-url', toQueueUrl(endpoints, name)]),
    '--failure-topic',
    failureTopic,
    '--brokers',
    broker.bootstrapServers,
    '--account',
    accounts,
  ];
}

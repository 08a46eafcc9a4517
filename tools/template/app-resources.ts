// The resources of an app that functions write to, in the form in which local endpoints make them.
import type { AwsResources, QueueResource, TableResource } from '../aws/resources.ts';
import { isTrue, type Found, type StackResources } from './stack-resources.ts';

/** Reads buckets, queues, topics and tables of all stacks. @throws {LocalError} `UNRESOLVED`. */
export function readResources(stacks: readonly StackResources[]): AwsResources {
  const find = (...types: readonly string[]): readonly Found[] =>
    stacks.flatMap((stack) => stack.find(...types));
  return {
    buckets: find('AWS::S3::Bucket').map(({ name }) => ({ name })),
    queues: find('AWS::SQS::Queue').map(readQueue),
    topics: find('AWS::SNS::Topic').map(({ name }) => ({ name })),
    tables: find('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable').map(({ name, read }) => ({
      name,
      keySchema: read('KeySchema') as TableResource['keySchema'],
      attributeDefinitions: read('AttributeDefinitions') as TableResource['attributeDefinitions'],
    })),
  };
}

const queueAttributes = [
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'DelaySeconds',
  'FifoThroughputLimit',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'RedrivePolicy',
  'VisibilityTimeout',
] as const;

function readQueue({ name, read }: Found): QueueResource {
  const fifo = isTrue(read('FifoQueue'));
  const attributes = queueAttributes
    .map((attribute) => [attribute, read(attribute)] as const)
    .filter(([, value]) => value !== undefined)
    .map(([attribute, value]) => [attribute, typeof value === 'string' ? value : JSON.stringify(value)]);
  return {
    name,
    fifo,
    attributes: {
      ...(fifo ? { FifoQueue: 'true' } : {}),
      ...(Object.fromEntries(attributes) as Record<string, string>),
    },
  };
}

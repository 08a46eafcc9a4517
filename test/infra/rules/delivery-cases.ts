// How records reach the function and where they go: pollers, retries, destinations.

import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue, type IQueue } from 'aws-cdk-lib/aws-sqs';
import { cluster, msk, secretArn } from '../consumer-stack.ts';
import { define, noControls, none, onDemand, site, type Case } from './case.ts';

const withSecret = { secretArn, secretKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/a' };
const foreignQueue = (id: string, owner: string): IQueue =>
  Queue.fromQueueArn(site.stack, id, `arn:aws:sqs:eu-west-1:${owner}:failed`);
const foreignBucket = (id: string, owner: string): IBucket =>
  Bucket.fromBucketAttributes(site.stack, id, { bucketArn: 'arn:aws:s3:::failed', account: owner });

export const deliveryCases: readonly Case[] = [
  {
    rule: 'RETRY_CONTROLS_WITHOUT_POLLERS',
    trap: { overrides: { ...onDemand, MaximumRecordAgeInSeconds: 3600 } },
    also: ['PARTIAL_RESPONSES_OFF', 'INFINITE_RETRIES_CAPPED'],
    neighbour: { overrides: { ...onDemand, BisectBatchOnFunctionError: false } },
    neighbourAlso: ['PARTIAL_RESPONSES_OFF', 'INFINITE_RETRIES_CAPPED'],
  },
  {
    rule: 'RETRY_CONTROLS_WITHOUT_POLLERS',
    why: 'an empty setting is no poller',
    trap: { overrides: { ProvisionedPollerConfig: {} } },
    also: ['PARTIAL_RESPONSES_WITHOUT_POLLERS'],
    neighbour: { overrides: { ProvisionedPollerConfig: { MinimumPollers: 1 } } },
  },
  {
    rule: 'PARTIAL_RESPONSES_WITHOUT_POLLERS',
    trap: { overrides: { ...onDemand, FunctionResponseTypes: ['ReportBatchItemFailures'] } },
    also: ['INFINITE_RETRIES_CAPPED'],
    neighbour: { overrides: { FunctionResponseTypes: ['ReportBatchItemFailures'] } },
  },
  {
    rule: 'KAFKA_DESTINATION_WITHOUT_POLLERS',
    trap: { overrides: onDemand, onFailure: { type: 'kafka-topic', topic: 'failed' } },
    also: ['PARTIAL_RESPONSES_OFF', 'INFINITE_RETRIES_CAPPED'],
    neighbour: { onFailure: { type: 'kafka-topic', topic: 'failed' } },
  },
  {
    rule: 'MAPPING_LOGS_WITHOUT_POLLERS',
    trap: { overrides: onDemand, mappingLogLevel: 'INFO' },
    also: ['PARTIAL_RESPONSES_OFF', 'INFINITE_RETRIES_CAPPED'],
    neighbour: { mappingLogLevel: 'INFO' },
  },
  {
    rule: 'POLLERS_ABOVE_PARTITIONS',
    trap: { definition: define({ provisionedPollers: { max: 7 } }), partitions: 6 },
    neighbour: { definition: define({ provisionedPollers: { max: 6 } }), partitions: 6 },
  },
  {
    rule: 'INFINITE_RETRIES_CAPPED',
    trap: { overrides: { MaximumRetryAttempts: -1 } },
    neighbour: { overrides: { MaximumRetryAttempts: 10_000 } },
  },
  {
    rule: 'INFINITE_RETRIES_CAPPED',
    why: 'nothing said is for ever',
    trap: { overrides: { MaximumRetryAttempts: none } },
    neighbour: {
      overrides: {
        ...noControls,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        DestinationConfig: none,
      },
    },
  },
  {
    rule: 'DROPS_WITHOUT_DESTINATION',
    trap: { overrides: { DestinationConfig: none, MaximumRetryAttempts: -1 } },
    neighbour: {
      overrides: { DestinationConfig: none, MaximumRetryAttempts: -1, MaximumRecordAgeInSeconds: -1 },
    },
  },
  {
    rule: 'DROPS_WITHOUT_DESTINATION',
    why: 'attempts alone',
    trap: { overrides: { DestinationConfig: none, MaximumRecordAgeInSeconds: -1 } },
    neighbour: { overrides: { MaximumRecordAgeInSeconds: -1 } },
  },
  {
    rule: 'PARTIAL_RESPONSES_OFF',
    trap: { overrides: { FunctionResponseTypes: none }, definition: define({ retry: { bisect: false } }) },
    neighbour: { definition: define({ retry: { bisect: false } }) },
  },
  {
    rule: 'BISECT_WITHOUT_PARTIAL_RESPONSES',
    trap: { overrides: { FunctionResponseTypes: [] } },
    also: ['PARTIAL_RESPONSES_OFF'],
    neighbour: {
      overrides: { FunctionResponseTypes: [] },
      definition: define({ retry: { bisect: false } }),
    },
    neighbourAlso: ['PARTIAL_RESPONSES_OFF'],
  },
  {
    rule: 'AGE_BELOW_WINDOW_AND_TIMEOUT',
    trap: {
      definition: define({
        timeoutSeconds: 90,
        batch: { maximumBatchingWindowSeconds: 30 },
        retry: { maxAgeSeconds: 120 },
      }),
    },
    neighbour: {
      definition: define({
        timeoutSeconds: 90,
        batch: { maximumBatchingWindowSeconds: 30 },
        retry: { maxAgeSeconds: 121 },
      }),
    },
  },
  {
    rule: 'AGE_BELOW_WINDOW_AND_TIMEOUT',
    why: 'without a retry the window alone counts',
    trap: {
      definition: define({
        batch: { maximumBatchingWindowSeconds: 60 },
        retry: { maxAgeSeconds: 60, maxAttempts: 1 },
      }),
    },
    neighbour: {
      definition: define({
        batch: { maximumBatchingWindowSeconds: 59 },
        retry: { maxAgeSeconds: 60, maxAttempts: 1 },
      }),
    },
  },
  {
    rule: 'TIMEOUT_ABOVE_MAPPING_LIMIT',
    trap: { definition: { ...define({}), timeoutSeconds: 841 } },
    neighbour: { definition: define({ timeoutSeconds: 840 }) },
  },
  {
    rule: 'DEAD_LETTER_TOPIC_IS_SOURCE',
    trap: { onFailure: { type: 'kafka-topic', topic: 'orders.v1' } },
    neighbour: { onFailure: { type: 'kafka-topic', topic: 'orders.v1.failed' } },
  },
  {
    rule: 'DESTINATION_IS_FIFO',
    why: 'a queue',
    trap: { onFailure: { type: 'sqs', queue: new Queue(site.stack, 'FifoQueue', { fifo: true }) } },
    neighbour: { onFailure: { type: 'sqs', queue: new Queue(site.stack, 'Queue') } },
  },
  {
    rule: 'DESTINATION_IS_FIFO',
    why: 'a topic',
    trap: { onFailure: { type: 'sns', topic: new Topic(site.stack, 'FifoTopic', { fifo: true }) } },
    neighbour: { onFailure: { type: 'sns', topic: new Topic(site.stack, 'Topic') } },
  },
  {
    rule: 'DESTINATION_NOT_WRITABLE',
    why: 'another account’s queue',
    trap: { onFailure: { type: 'sqs', queue: foreignQueue('Theirs', '999999999999') } },
    neighbour: { onFailure: { type: 'sqs', queue: foreignQueue('Ours', '123456789012') } },
  },
  {
    rule: 'DESTINATION_NOT_WRITABLE',
    why: 'another account’s bucket',
    trap: { onFailure: { type: 's3', bucket: foreignBucket('TheirBucket', '999999999999') } },
    neighbour: { onFailure: { type: 's3', bucket: foreignBucket('OurBucket', '123456789012') } },
  },
  {
    rule: 'DESTINATION_NOT_WRITABLE',
    why: 'a topic behind ACLs',
    trap: {
      source: { type: 'msk-scram', clusterArn: `${msk}:cluster/${cluster}`, ...withSecret },
      onFailure: { type: 'kafka-topic', topic: 'failed' },
    },
    neighbour: {
      source: { type: 'msk-unauthenticated', clusterArn: `${msk}:cluster/${cluster}` },
      onFailure: { type: 'kafka-topic', topic: 'failed' },
    },
  },
  {
    rule: 'UNGRANTED_OVERRIDE',
    trap: { overrides: { DestinationConfig: { OnFailure: { Destination: 'kafka://failed' } } } },
    neighbour: { overrides: { Tags: [{ Key: 'team', Value: 'orders' }] } },
  },
];

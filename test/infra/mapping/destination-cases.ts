// For every kind of destination: what writing to it takes, and how a mapping names it.

import type { Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Destination } from '../../../infra/mapping/destination.ts';
import { keyArn, msk } from '../consumer-stack.ts';

/** A destination, and what follows from it. */
export interface DestinationCase {
  readonly onFailure: Destination | undefined;
  /** With IAM; of the cluster named. */
  readonly grants: (of: string | undefined) => readonly string[];
  readonly address: (id: (prefix: string) => string) => unknown;
}

const ownDeadLetters = 's3:PutObject on DeadLetterBucket.Arn/dead-letter/orders/*';
const seal = [`kms:Decrypt on ${keyArn}`, `kms:GenerateDataKey on ${keyArn}`];

/** Every kind of destination, with the resources it takes, in this stack. */
export function createDestinations(stack: Stack): Readonly<Record<string, DestinationCase>> {
  const key = Key.fromKeyArn(stack, 'Key', keyArn);
  return {
    ByDefault: {
      onFailure: undefined,
      grants: () => ['s3:PutObject on DeadLetterBucket.Arn/*', 's3:ListBucket on DeadLetterBucket.Arn'],
      address: (id) => ({ 'Fn::GetAtt': [id('DeadLetterBucket'), 'Arn'] }),
    },
    ToBucket: {
      onFailure: { type: 's3', bucket: new Bucket(stack, 'FailedBucket', { encryptionKey: key }) },
      grants: () => [
        ownDeadLetters,
        's3:PutObject on FailedBucket.Arn/*',
        's3:ListBucket on FailedBucket.Arn',
        `kms:GenerateDataKey on ${keyArn}`,
      ],
      address: (id) => ({ 'Fn::GetAtt': [id('FailedBucket'), 'Arn'] }),
    },
    ToQueue: {
      onFailure: { type: 'sqs', queue: new Queue(stack, 'FailedQueue') },
      grants: () => [ownDeadLetters, 'sqs:SendMessage on FailedQueue.Arn'],
      address: (id) => ({ 'Fn::GetAtt': [id('FailedQueue'), 'Arn'] }),
    },
    ToSealedQueue: {
      onFailure: { type: 'sqs', queue: new Queue(stack, 'SealedQueue', { encryptionMasterKey: key }) },
      grants: () => [ownDeadLetters, 'sqs:SendMessage on SealedQueue.Arn', ...seal],
      address: (id) => ({ 'Fn::GetAtt': [id('SealedQueue'), 'Arn'] }),
    },
    ToSns: {
      onFailure: { type: 'sns', topic: new Topic(stack, 'FailedSns') },
      grants: () => [ownDeadLetters, 'sns:Publish on FailedSns'],
      address: (id) => ({ Ref: id('FailedSns') }),
    },
    ToSealedSns: {
      onFailure: { type: 'sns', topic: new Topic(stack, 'SealedSns', { masterKey: key }) },
      grants: () => [ownDeadLetters, 'sns:Publish on SealedSns', ...seal],
      address: (id) => ({ Ref: id('SealedSns') }),
    },
    ToTopic: {
      onFailure: { type: 'kafka-topic', topic: 'orders.failed' },
      grants: (of) => [
        ownDeadLetters,
        ...(of === undefined
          ? []
          : [
              `kafka-cluster:DescribeTopic on ${msk}:topic/${of}/orders.failed`,
              `kafka-cluster:WriteData on ${msk}:topic/${of}/orders.failed`,
              `kafka-cluster:DescribeCluster on ${msk}:cluster/${of}`,
            ]),
      ],
      address: () => 'kafka://orders.failed',
    },
  };
}

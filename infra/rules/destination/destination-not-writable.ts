import { Token } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { toResource } from '../../mapping/destination.ts';
import { isMsk } from '../../source/source.ts';
import { guide, type Finding, type Rule, type RuleInput } from '../rule.ts';

export const destinationNotWritable: Rule = {
  refuses: 'a destination of another account, or a topic behind ACLs: rights that synth cannot see',
  evidence: [
    guide('kafka-on-failure', "the function's execution role needs the permissions of the destination"),
    guide('kafka-on-failure-destination', 'writing to a topic needs the rights of the cluster itself'),
  ],
  proofs: [
    {
      about: 'another account’s queue',
      failing: ({ stack, id }) => ({
        onFailure: {
          type: 'sqs',
          queue: Queue.fromQueueArn(stack, id(), 'arn:aws:sqs:eu-west-1:999999999999:failed'),
        },
      }),
      passing: ({ stack, id }) => ({
        onFailure: {
          type: 'sqs',
          queue: Queue.fromQueueArn(stack, id(), 'arn:aws:sqs:eu-west-1:123456789012:failed'),
        },
      }),
    },
    {
      about: 'another account’s bucket',
      failing: ({ stack, id }) => ({
        onFailure: {
          type: 's3',
          bucket: Bucket.fromBucketAttributes(stack, id(), {
            bucketArn: 'arn:aws:s3:::failed',
            account: '999999999999',
          }),
        },
      }),
      passing: ({ stack, id }) => ({
        onFailure: {
          type: 's3',
          bucket: Bucket.fromBucketAttributes(stack, id(), {
            bucketArn: 'arn:aws:s3:::failed',
            account: '123456789012',
          }),
        },
      }),
    },
    {
      about: 'a topic behind ACLs',
      failing: ({ stack, id, clusterArn, secretArn, keyArn }) => ({
        source: {
          type: 'msk-scram',
          clusterArn: clusterArn(),
          secret: Secret.fromSecretAttributes(stack, id(), {
            secretCompleteArn: secretArn,
            encryptionKey: Key.fromKeyArn(stack, id(), keyArn),
          }),
        },
        onFailure: { type: 'kafka-topic', topic: 'failed' },
      }),
      passing: ({ clusterArn }) => ({
        source: { type: 'msk-unauthenticated', clusterArn: clusterArn() },
        onFailure: { type: 'kafka-topic', topic: 'failed' },
      }),
    },
  ],
  check: (input) => (input.onFailure.type === 'kafka-topic' ? checkTopic(input) : checkAccount(input)),
};

function checkTopic({ onFailure, source }: RuleInput): Finding | undefined {
  // With IAM the grant is made here; without authentication there is nobody to grant anything to.
  if (onFailure.type !== 'kafka-topic') return undefined;
  if (source.type === 'msk-iam' || source.type === 'msk-unauthenticated') return undefined;
  return {
    field: 'onFailure',
    got: `topic ${onFailure.topic} of a cluster with ${isMsk(source) ? 'MSK' : 'its own'} ${source.type.replace(/^(msk|self-managed)-/, '')} authentication`,
    why: "the right to write there is an ACL of the broker, which synth cannot see or make; without it AWS's delivery fails and the records are dropped",
    remedy: `allow Write and Describe on the topic to the secret's user, then acknowledge, saying where that is done`,
  };
}

function checkAccount({ onFailure, account }: RuleInput): Finding | undefined {
  const owner = toResource(onFailure)?.env.account;
  if (owner === undefined || account === undefined || Token.isUnresolved(owner) || owner === account) {
    return undefined;
  }
  return {
    field: 'onFailure',
    got: `a destination of account ${owner} for a function of account ${account}`,
    why: "the function's role alone cannot reach into another account; without its resource policy AWS's delivery fails and the records are dropped",
    remedy: `allow it in the destination's resource policy, then acknowledge, saying where that is done`,
  };
}

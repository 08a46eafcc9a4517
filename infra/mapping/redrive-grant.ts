// What a person or a role needs for `tailrace dead-letters` on one consumer: reading what failed, sending it to the function, and marking
// it as resolved.

import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { Stack } from 'aws-cdk-lib';
import { rootStackName } from '../root-stack-name.ts';
import type { ResolvedDestination } from './destination.ts';

interface Redriven extends Construct {
  readonly function: IFunction;
  readonly deadLetterBucket: IBucket;
  readonly onFailure: ResolvedDestination;
}

interface Rights {
  readonly actions: readonly string[];
  readonly resourceArns: readonly string[];
  readonly conditions?: Record<string, Record<string, unknown>>;
}

/** Where the runtime and the mapping write, and where a redrive moves what is resolved. */
const [unresolved, resolved] = [['dead-letter/*', 'aws/lambda/*'], 'resolved/*'] as const;

/** Grants it all. The tool reads a bucket as a whole: of a bucket that consumers share, their letters too. */
export function grantRedrive(consumer: Redriven, grantee: IGrantable): Grant {
  const grants = redriveRights(consumer).map(({ actions, resourceArns, conditions }) =>
    Grant.addToPrincipal({
      grantee,
      actions: [...actions],
      resourceArns: [...resourceArns],
      ...(conditions && { conditions }),
    }),
  );
  return grants.reduce((all, grant) => all.combine(grant));
}

function redriveRights(consumer: Redriven): readonly Rights[] {
  const { deadLetterBucket, onFailure } = consumer;
  const buckets = [deadLetterBucket];
  if (onFailure.type === 's3' && onFailure.bucket !== deadLetterBucket) buckets.push(onFailure.bucket);
  return [
    ...stackRights(consumer),
    ...buckets.flatMap(bucketRights),
    ...(onFailure.type === 'sqs' ? queueRights(onFailure.queue) : []),
  ];
}

// `--stack` finds places by the stack's resources, and those of its nested stacks, whose names begin with its own.
function stackRights(consumer: Redriven): readonly Rights[] {
  const name = rootStackName(consumer);
  const stack = Stack.of(consumer);
  const toArn = (each: string): string =>
    stack.formatArn({ service: 'cloudformation', resource: 'stack', resourceName: `${each}/*` });
  const { functionArn } = consumer.function;
  return [
    { actions: ['cloudformation:ListStackResources'], resourceArns: [toArn(name), toArn(`${name}-*`)] },
    {
      actions: ['lambda:GetFunctionConfiguration', 'lambda:InvokeFunction'],
      resourceArns: [functionArn],
    },
    // It has no resource level (service authorization reference).
    {
      actions: ['lambda:ListEventSourceMappings'],
      resourceArns: ['*'],
    },
  ];
}

function bucketRights(bucket: IBucket): readonly Rights[] {
  const toArns = (patterns: readonly string[]): readonly string[] =>
    patterns.map((pattern) => bucket.arnForObjects(pattern));
  return [
    {
      actions: ['s3:ListBucket'],
      resourceArns: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': [...unresolved, resolved] } },
    },
    { actions: ['s3:GetObject'], resourceArns: toArns([...unresolved, resolved]) },
    { actions: ['s3:PutObject'], resourceArns: toArns([resolved]) },
    { actions: ['s3:DeleteObject'], resourceArns: toArns(unresolved) },
    ...(bucket.encryptionKey === undefined
      ? []
      : [{ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resourceArns: [bucket.encryptionKey.keyArn] }]),
  ];
}

function queueRights({
  queueArn,
  encryptionMasterKey,
}: Extract<ResolvedDestination, { readonly type: 'sqs' }>['queue']): readonly Rights[] {
  const actions = [
    'ChangeMessageVisibility',
    'DeleteMessage',
    'GetQueueAttributes',
    'GetQueueUrl',
    'ReceiveMessage',
  ];
  return [
    { actions: actions.map((each) => `sqs:${each}`), resourceArns: [queueArn] },
    ...(encryptionMasterKey === undefined
      ? []
      : [{ actions: ['kms:Decrypt'], resourceArns: [encryptionMasterKey.keyArn] }]),
  ];
}

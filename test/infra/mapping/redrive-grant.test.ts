// Who may redrive a consumer's dead letters may do that, and nothing more.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { addConsumer, createStack, importKey, keyArn, region, account } from '../consumer-stack.ts';
import { listGrants, type TemplateJson } from '../grants.ts';

const site = createStack();
const role = (id: string): Role => new Role(site.stack, id, { assumedBy: new AccountRootPrincipal() });
const plain = addConsumer(site, 'Plain', { deadLetterBucket: undefined });
plain.grantRedrive(role('Operator'));
const queue = new Queue(site.stack, 'Failed', { encryptionMasterKey: importKey(keyArn) });
addConsumer(site, 'Queued', { onFailure: { type: 'sqs', queue } }).grantRedrive(role('Clerk'));
const template = Template.fromStack(site.stack).toJSON() as TemplateJson;

const stacks = [
  `cloudformation:ListStackResources on arn:AWS::Partition:cloudformation:${region}:${account}:stack/Test-*/*`,
  `cloudformation:ListStackResources on arn:AWS::Partition:cloudformation:${region}:${account}:stack/Test/*`,
];

function rights(bucket: string, fn: string, more: readonly string[] = []): readonly string[] {
  return [
    ...stacks,
    `lambda:GetFunctionConfiguration on ${fn}.Arn`,
    `lambda:InvokeFunction on ${fn}.Arn`,
    'lambda:ListEventSourceMappings on *',
    `s3:DeleteObject on ${bucket}.Arn/aws/lambda/*`,
    `s3:DeleteObject on ${bucket}.Arn/dead-letter/*`,
    `s3:GetObject on ${bucket}.Arn/aws/lambda/*`,
    `s3:GetObject on ${bucket}.Arn/dead-letter/*`,
    `s3:GetObject on ${bucket}.Arn/resolved/*`,
    `s3:ListBucket on ${bucket}.Arn if {"StringLike":{"s3:prefix":["dead-letter/*","aws/lambda/*","resolved/*"]}}`,
    `s3:PutObject on ${bucket}.Arn/resolved/*`,
    ...more,
  ].toSorted();
}

test('grants reading, sending to the function and marking as resolved', () => {
  assert.deepEqual(
    listGrants(template, 'Operator').map((each) => each.replace('AWS::Partition', 'AWS::Partition')),
    rights('PlainDeadLetterBucket', 'PlainFunction'),
  );
});

test('grants taking messages of the queue that is the destination, and reading what its key encrypts', () => {
  const names = [
    'ChangeMessageVisibility',
    'DeleteMessage',
    'GetQueueAttributes',
    'GetQueueUrl',
    'ReceiveMessage',
  ];
  assert.deepEqual(
    listGrants(template, 'Clerk'),
    rights('DeadLetterBucket', 'QueuedFunction', [
      ...names.map((name) => `sqs:${name} on Failed.Arn`),
      `kms:Decrypt on ${keyArn}`,
    ]),
  );
});

test('deletes of dead letters only what is resolved, after 90 days', () => {
  const [, bucket] =
    Object.entries(template.Resources).find(
      ([id, { Type }]) => Type === 'AWS::S3::Bucket' && id.startsWith('PlainDeadLetterBucket'),
    ) ?? [];
  assert.ok(bucket);
  const { Rules } = bucket.Properties['LifecycleConfiguration'] as {
    readonly Rules: readonly Readonly<Record<string, unknown>>[];
  };
  assert.deepEqual(
    Rules.filter((rule) => 'ExpirationInDays' in rule),
    [{ Id: 'expire-resolved', Prefix: 'resolved/', ExpirationInDays: 90, Status: 'Enabled' }],
  );
});

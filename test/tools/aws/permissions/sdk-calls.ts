// One call of each kind that the guard judges, as the SDK sends it, and what must be granted for it.
import {
  BatchWriteItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { PublishBatchCommand, PublishCommand } from '@aws-sdk/client-sns';
import {
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import type { AwsClients } from '../../../../tools/aws/clients.ts';

/** The local account. */
export const account = '000000000000';
/** The resources that are called. */
export const bucketArn = 'arn:aws:s3:::bucket';
export const queueArn: string = `arn:aws:sqs:us-east-1:${account}:queue`;
export const topicArn: string = `arn:aws:sns:us-east-1:${account}:topic`;
export const tableArn: string = `arn:aws:dynamodb:us-east-1:${account}:table/table`;
/** All objects of the bucket. */
export const objects: string = `${bucketArn}/*`;

/** One call. */
export interface Call {
  /** What must be granted for it. */
  readonly action: string;
  readonly resource: string;
  readonly send: () => Promise<unknown>;
}

const object = { Bucket: 'bucket', Key: 'some/key' };
const item = { key: { S: 'k' } };
const s3 = (action: string, resource: string, send: Call['send']): Call => ({
  action: `s3:${action}`,
  resource,
  send,
});

/** All of them; `queueUrl` is the queue's. */
export function toCalls(clients: Omit<AwsClients, 'glue' | 'close'>, queueUrl: string): readonly Call[] {
  return [
    s3('PutObject', objects, () => clients.s3.send(new PutObjectCommand({ ...object, Body: 'x' }))),
    s3('PutObject', objects, () => clients.s3.send(new CreateMultipartUploadCommand(object))),
    s3('GetObject', objects, () => clients.s3.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'there' }))),
    s3('DeleteObject', objects, () => clients.s3.send(new DeleteObjectCommand(object))),
    s3('ListBucket', bucketArn, () =>
      clients.s3.send(new ListObjectsV2Command({ Bucket: 'bucket', Prefix: 'a' })),
    ),
    s3('ListAllMyBuckets', '*', () => clients.s3.send(new ListBucketsCommand())),
    {
      action: 'sqs:SendMessage',
      resource: queueArn,
      send: () => clients.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'x' })),
    },
    {
      action: 'sqs:SendMessage',
      resource: queueArn,
      send: () =>
        clients.sqs.send(
          new SendMessageBatchCommand({
            QueueUrl: queueUrl,
            Entries: [{ Id: 'a', MessageBody: 'x' }],
          }),
        ),
    },
    {
      action: 'sqs:ReceiveMessage',
      resource: queueArn,
      send: () => clients.sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl })),
    },
    {
      action: 'sqs:GetQueueUrl',
      resource: queueArn,
      send: () => clients.sqs.send(new GetQueueUrlCommand({ QueueName: 'queue' })),
    },
    {
      action: 'sns:Publish',
      resource: topicArn,
      send: () => clients.sns.send(new PublishCommand({ TopicArn: topicArn, Message: 'x' })),
    },
    {
      action: 'sns:Publish',
      resource: topicArn,
      send: () =>
        clients.sns.send(
          new PublishBatchCommand({
            TopicArn: topicArn,
            PublishBatchRequestEntries: [{ Id: 'a', Message: 'x' }],
          }),
        ),
    },
    {
      action: 'dynamodb:PutItem',
      resource: tableArn,
      send: () => clients.dynamo.send(new PutItemCommand({ TableName: 'table', Item: item })),
    },
    {
      action: 'dynamodb:UpdateItem',
      resource: tableArn,
      send: () => clients.dynamo.send(new UpdateItemCommand({ TableName: 'table', Key: item })),
    },
    {
      action: 'dynamodb:BatchWriteItem',
      resource: tableArn,
      send: () =>
        clients.dynamo.send(
          new BatchWriteItemCommand({ RequestItems: { table: [{ PutRequest: { Item: item } }] } }),
        ),
    },
    {
      action: 'dynamodb:Query',
      resource: tableArn,
      send: () =>
        clients.dynamo.send(
          new QueryCommand({
            TableName: 'table',
            KeyConditionExpression: '#k = :k',
            ExpressionAttributeNames: { '#k': 'key' },
            ExpressionAttributeValues: { ':k': { S: 'k' } },
          }),
        ),
    },
  ];
}

// A stack of one consumer as templates have it: the base that changes are compared with.

import type { StackResource } from '../../../tools/diff/stack-template.ts';

/** Its mapping. */
export function mapping(properties: Readonly<Record<string, unknown>> = {}): StackResource {
  return {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      FunctionName: { Ref: 'Function' },
      EventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/a/00000000-0000-0000-0000-000000000000-0',
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'shop-orders' },
      Topics: ['orders'],
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 100,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Queue', 'Arn'] } } },
      ...properties,
    },
  };
}

/** The policy of its role: reading a topic, and sending to a queue. */
export function policy(topic: string, queue = 'Queue'): StackResource {
  return {
    Type: 'AWS::IAM::Policy',
    Properties: {
      PolicyName: 'reads',
      Roles: [{ Ref: 'Role' }],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: ['kafka-cluster:ReadData', 'kafka-cluster:DescribeTopic'],
            Resource: `arn:aws:kafka:us-east-1:000000000000:topic/a/0/${topic}`,
          },
          { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: { 'Fn::GetAtt': [queue, 'Arn'] } },
          { Effect: 'Allow', Action: 'logs:PutLogEvents', Resource: '*' },
        ],
      },
    },
  };
}

/** All of it. */
export const deployed: ReadonlyMap<string, StackResource> = new Map<string, StackResource>([
  ['Mapping', mapping()],
  ['Policy', policy('orders')],
  [
    'Role',
    {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
          ],
        },
      },
    },
  ],
  [
    'Function',
    {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Code: { ZipFile: 'exports.handler = async () => null' },
      },
    },
  ],
  ['Queue', { Type: 'AWS::SQS::Queue', Properties: {} }],
  [
    'Table',
    {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
      },
    },
  ],
  [
    'Bucket',
    { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain', Properties: {} },
  ],
]);

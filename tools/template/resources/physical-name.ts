// Names and attributes that CloudFormation would invent for resources: stable from run to run, legal for their service,
// and recognizable. Its own file because Ref and GetAtt mean something else for every resource type.
import type { LocalAccount } from './intrinsics.ts';
import { own } from '../own-property.ts';

/** What a resource's Ref and GetAtt are made of. */
export interface NamedResource {
  readonly type: string;
  /** Physical name, given by the template or invented. */
  readonly name: string;
}

/**
 * Property that holds the name of a resource, per type. Some of them are made here; of the others a function gets the name or
 * ARN that it would have, so that an app which only mentions them runs. Types that are not listed have no name.
 */
export const nameProperties: Readonly<Record<string, string>> = {
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Lambda::LayerVersion': 'LayerName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::KMS::Key': 'KeyId',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::MSK::Cluster': 'ClusterName',
  'AWS::MSK::ServerlessCluster': 'ClusterName',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::SSM::Parameter': 'Name',
  'AWS::Kinesis::Stream': 'Name',
  'AWS::Events::EventBus': 'Name',
  'AWS::Glue::Registry': 'Name',
  'AWS::Glue::Schema': 'Name',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
};

/** Invents a physical name from stack and logical id; `isFifo` adds the suffix that SQS and SNS ask for. */
export function inventName(
  type: string,
  ids: { readonly stackName: string; readonly logicalId: string; readonly isFifo: boolean },
): string {
  const text = `${ids.stackName}-${ids.logicalId}`;
  // Bucket names: 3..63 of a-z, 0-9 and dash. The end is kept, since CDK puts its distinguishing hash there.
  if (type === 'AWS::S3::Bucket')
    return text
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]/g, '-')
      .slice(-63)
      .replace(/^-+/, '');
  const suffix = ids.isFifo ? '.fifo' : '';
  return `${text.slice(suffix.length - 64)}${suffix}`;
}

type Attributes = Readonly<Record<string, () => string>>;

/** Gives `Ref` (attribute undefined) or `Fn::GetAtt` of a resource; undefined for what is not known of its type. */
export function readAttribute(
  { type, name }: NamedResource,
  attribute: string | undefined,
  account: LocalAccount & { readonly queueUrl: (queueName: string) => string },
): string | undefined {
  const arn = (service: string, path: string): string =>
    `arn:aws:${service}:${account.region}:${account.accountId}:${path}`;
  const named = (service: string, path: string): Attributes => ({
    Ref: () => name,
    Arn: () => arn(service, path),
  });
  const byArn = (service: string, path: string): Attributes => ({
    Ref: () => arn(service, path),
    Arn: () => arn(service, path),
  });
  const tables: Readonly<Record<string, Attributes>> = {
    'AWS::Lambda::Function': named('lambda', `function:${name}`),
    'AWS::Lambda::LayerVersion': byArn('lambda', `layer:${name}:1`),
    'AWS::S3::Bucket': {
      Ref: () => name,
      Arn: () => `arn:aws:s3:::${name}`,
      DomainName: () => `${name}.s3.amazonaws.com`,
      RegionalDomainName: () => `${name}.s3.${account.region}.amazonaws.com`,
    },
    'AWS::SQS::Queue': {
      Ref: () => account.queueUrl(name),
      QueueUrl: () => account.queueUrl(name),
      Arn: () => arn('sqs', name),
      QueueName: () => name,
    },
    'AWS::SNS::Topic': {
      Ref: () => arn('sns', name),
      TopicArn: () => arn('sns', name),
      TopicName: () => name,
    },
    'AWS::DynamoDB::Table': named('dynamodb', `table/${name}`),
    'AWS::DynamoDB::GlobalTable': named('dynamodb', `table/${name}`),
    'AWS::Logs::LogGroup': named('logs', `log-group:${name}:*`),
    'AWS::IAM::Role': { Ref: () => name, Arn: () => `arn:aws:iam::${account.accountId}:role/${name}` },
    // AWS ends a cluster's ARN in a UUID and a number of its own, a secret's in six characters.
    'AWS::MSK::Cluster': byArn('kafka', `cluster/${name}/00000000-0000-0000-0000-000000000000-1`),
    'AWS::MSK::ServerlessCluster': byArn('kafka', `cluster/${name}/00000000-0000-0000-0000-000000000000-s1`),
    'AWS::SecretsManager::Secret': {
      Ref: () => arn('secretsmanager', `secret:${name}-000000`),
      Id: () => arn('secretsmanager', `secret:${name}-000000`),
    },
    'AWS::Glue::Registry': byArn('glue', `registry/${name}`),
    'AWS::Glue::Schema': byArn('glue', `schema/${name}`),
    'AWS::KMS::Key': { Ref: () => name, KeyId: () => name, Arn: () => arn('kms', `key/${name}`) },
    'AWS::SSM::Parameter': { Ref: () => name },
    'AWS::Kinesis::Stream': named('kinesis', `stream/${name}`),
    'AWS::Events::EventBus': { ...named('events', `event-bus/${name}`), Name: () => name },
    'AWS::StepFunctions::StateMachine': { ...byArn('states', `stateMachine:${name}`), Name: () => name },
  };
  return own(own(tables, type), attribute ?? 'Ref')?.();
}

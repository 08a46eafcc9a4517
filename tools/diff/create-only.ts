// Properties that CloudFormation cannot change in place: a change makes the resource anew. For what a consumer's stack holds whose
// loss is told of. The resource schemas' createOnlyProperties and conditionalCreateOnlyProperties, as cfn-lint 1.58.0 carries them;
// a test holds the list against that.

/** Property paths by resource type, the parts of a path separated by dots. */
export const createOnly: Readonly<Record<string, readonly string[]>> = {
  'AWS::Lambda::EventSourceMapping': [
    'EventSourceArn',
    'StartingPosition',
    'StartingPositionTimestamp',
    'SelfManagedEventSource',
    'AmazonManagedKafkaEventSourceConfig',
    'SelfManagedKafkaEventSourceConfig',
  ],
  'AWS::S3::Bucket': ['BucketName', 'BucketNamePrefix', 'BucketNamespace', 'ObjectLockEnabled'],
  'AWS::SQS::Queue': ['QueueName', 'FifoQueue'],
  'AWS::SNS::Topic': ['TopicName', 'FifoTopic'],
  'AWS::DynamoDB::Table': ['TableName', 'KeySchema', 'LocalSecondaryIndexes', 'ImportSourceSpecification'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
  'AWS::MSK::Cluster': [
    'ClusterName',
    'BrokerNodeGroupInfo.BrokerAZDistribution',
    'BrokerNodeGroupInfo.ClientSubnets',
    'BrokerNodeGroupInfo.SecurityGroups',
    'EncryptionInfo.EncryptionAtRest',
    'EncryptionInfo.EncryptionInTransit.InCluster',
  ],
  'AWS::MSK::ServerlessCluster': ['ClusterName', 'ClientAuthentication', 'VpcConfigs', 'Tags'],
  'AWS::MSK::Topic': ['ClusterArn', 'TopicName', 'ReplicationFactor'],
  'AWS::SecretsManager::Secret': ['Name'],
};

/** Entries that those schemas lack, each with what else says so. */
export const beyondSchemas: Readonly<Record<string, string>> = {
  'AWS::Lambda::EventSourceMapping AmazonManagedKafkaEventSourceConfig':
    '@aws-cdk/aws-service-spec 0.1.216 has it as causing replacement; the API has no way to change a group',
  'AWS::Lambda::EventSourceMapping SelfManagedKafkaEventSourceConfig': 'the same',
  'AWS::S3::Bucket ObjectLockEnabled': '@aws-cdk/aws-service-spec 0.1.216 has it as causing replacement',
  'AWS::DynamoDB::Table LocalSecondaryIndexes': 'the API makes local indexes with their table only',
};

/** What holds data, or a cluster's place in it, and what is lost with it. */
export const dataTypes: Readonly<Record<string, string>> = {
  'AWS::S3::Bucket': 'its objects',
  'AWS::SQS::Queue': 'the messages that wait in it',
  'AWS::SNS::Topic': 'its subscriptions',
  'AWS::DynamoDB::Table': 'its items',
  'AWS::Logs::LogGroup': 'its log lines',
  'AWS::MSK::Cluster': 'its topics and their records',
  'AWS::MSK::ServerlessCluster': 'its topics and their records',
  'AWS::MSK::Topic': 'its records',
  'AWS::KMS::Key': 'what is encrypted with it',
  'AWS::SecretsManager::Secret': 'its value',
};

/** A property by its path; undefined when it is not there. */
export function readPath(properties: Readonly<Record<string, unknown>> | undefined, path: string): unknown {
  let value: unknown = properties;
  for (const part of path.split('.'))
    value =
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined;
  return value;
}

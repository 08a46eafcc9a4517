// Properties that CloudFormation cannot change in place: a change makes the resource anew. From the resource schemas
// (`createOnlyProperties`, read 2026-11-29), for what a consumer's stack holds.

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
  'AWS::Lambda::Function': ['FunctionName', 'PackageType'],
  'AWS::S3::Bucket': ['BucketName'],
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
  'AWS::MSK::ServerlessCluster': ['ClusterName', 'ClientAuthentication', 'VpcConfigs'],
  'AWS::MSK::Topic': ['ClusterArn', 'TopicName', 'ReplicationFactor'],
  'AWS::KMS::Key': [],
  'AWS::SecretsManager::Secret': ['Name'],
};

/** What holds data, or a cluster's place in it, and what is lost with it. */
export const dataTypes: Readonly<Record<string, string>> = {
  'AWS::S3::Bucket': 'its objects',
  'AWS::SQS::Queue': 'the messages that wait in it',
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

// What is deployed: what a role may do, and what the mapping says.

import type { MutantArea } from '../mutant.ts';

/** In the order of the files. */
export const grantMutants: MutantArea = {
  area: 'grants and mapping',
  mutants: [
    {
      fault: 'lets a poller commit as any group of the cluster',
      file: 'infra/source/source-grants.ts',
      find: "      resources: [toClusterPart(source, 'group', groupId)],",
      replace: "      resources: [toClusterPart(source, 'group', '*')],",
      caughtBy: ['test/infra/source/source-grants.test.ts'],
    },
    {
      fault: 'lets a mapping write to any topic of the cluster',
      file: 'infra/source/source-grants.ts',
      find: `      resources: [toClusterPart(source, 'topic', topic)],
    }),
    new PolicyStatement({
      sid: 'DescribeClusterToWrite',`,
      replace: `      resources: [toClusterPart(source, 'topic', '*')],
    }),
    new PolicyStatement({
      sid: 'DescribeClusterToWrite',`,
      caughtBy: ['test/infra/source/source-grants.test.ts'],
    },
    {
      fault: 'lets a reader produce',
      file: 'infra/source/source-grants.ts',
      find: "      actions: ['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'],",
      replace:
        "      actions: ['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup', 'kafka-cluster:WriteData'],",
      caughtBy: ['test/infra/source/source-grants.test.ts'],
    },
    {
      fault: 'grants a topic of a cluster without IAM',
      file: 'infra/source/source-grants.ts',
      find: `  if (source.type !== 'msk-iam') return [];
  return [
    new PolicyStatement({
      sid: 'WriteDeadLetterTopic',`,
      replace: `  if (!isMsk(source)) return [];
  return [
    new PolicyStatement({
      sid: 'WriteDeadLetterTopic',`,
      caughtBy: ['test/infra/source/source-grants.test.ts'],
    },
    {
      fault: 'grants no key of a secret',
      file: 'infra/source/source-grants.ts',
      find: `    ...(keys.length === 0
      ? []`,
      replace: `    ...(keys.length >= 0
      ? []`,
      caughtBy: ['test/infra/source/source-grants.test.ts'],
    },
    {
      fault: 'lets a poller attach to any subnet',
      file: 'infra/source/network-grants.ts',
      find: `        network === undefined
          ? [toArn('*/*')]`,
      replace: `        network !== undefined
          ? [toArn('*/*')]`,
      caughtBy: ['test/infra/source/source-grants.test.ts'],
    },
    {
      fault: 'lets a function write to the whole dead-letter bucket',
      file: 'infra/mapping/destination.ts',
      find: 'bucket.arnForObjects(`dead-letter/${consumer}/*`)),',
      replace: "bucket.arnForObjects(`dead-letter/${consumer ? '' : ''}*`)),",
      caughtBy: ['test/infra/source/source-grants.test.ts', 'test/infra/kafka-consumer-source.test.ts'],
    },
    {
      fault: 'lets a function read what it stores',
      file: 'infra/mapping/destination.ts',
      find: "    statement('StoreFailedBatches', ['s3:PutObject'], bucket.arnForObjects('*')),",
      replace:
        "    statement('StoreFailedBatches', ['s3:PutObject', 's3:GetObject'], bucket.arnForObjects('*')),",
      caughtBy: ['test/infra/source/source-grants.test.ts'],
    },
    {
      fault: 'lets a mapping send to any queue',
      file: 'infra/mapping/destination.ts',
      find: "        statement('SendFailedBatches', ['sqs:SendMessage'], queueArn),",
      replace: "        statement('SendFailedBatches', ['sqs:SendMessage'], queueArn && '*'),",
      caughtBy: ['test/infra/source/source-grants.test.ts'],
    },
    {
      fault: 'grants no key of a queue',
      file: 'infra/mapping/destination.ts',
      find: "        ...keyStatements(['kms:Decrypt', 'kms:GenerateDataKey'], encryptionMasterKey),",
      replace:
        "        ...keyStatements(['kms:Decrypt', 'kms:GenerateDataKey'], encryptionMasterKey && undefined),",
      caughtBy: ['test/infra/source/source-grants.test.ts'],
    },
    {
      fault: "grants nothing for a Kafka topic of CDK's",
      file: 'infra/mapping/permissions.ts',
      find: "  return onFailure.type === 'kafka-topic' ? writeStatements(source, onFailure.topic) : [];",
      replace:
        "  return onFailure.type === 'kafka-topic' ? writeStatements(source, onFailure.topic).slice(1) : [];",
      caughtBy: ['test/infra/kafka-consumer-source.test.ts'],
    },
    {
      fault: 'lets a function write to any log group',
      file: 'infra/mapping/permissions.ts',
      find: '    resources: [logGroup.logGroupArn],',
      replace: "    resources: [logGroup.logGroupArn && '*'],",
      caughtBy: ['test/infra/source/source-grants.test.ts'],
    },
    {
      fault: 'grants no dead letters where they have a bucket of their own',
      file: 'infra/mapping/permissions.ts',
      find: '    ...(isShared ? [] : deadLetterStatements(deadLetterBucket, definition.name)),',
      replace: '    ...(isShared || isOurs ? [] : deadLetterStatements(deadLetterBucket, definition.name)),',
      caughtBy: ['test/infra/source/source-grants.test.ts', 'test/infra/kafka-consumer-source.test.ts'],
    },
    {
      fault: 'reads secrets of a registry that nobody has named',
      file: 'infra/mapping/schema-registry.ts',
      find: "    ...toStatement('ReadRegistryCredentials', 'secretsmanager:GetSecretValue', secrets.map(toSecretArn)),",
      replace:
        "    ...toStatement('ReadRegistryCredentials', 'secretsmanager:GetSecretValue', secrets.map(() => '*')),",
      caughtBy: ['test/infra/source/source-grants.test.ts'],
    },
    {
      fault: "lets every consumer read Glue's schemas",
      file: 'infra/mapping/schema-registry.ts',
      find: "      ofGlue.length > 0 || fetchesFromGlue(definition) ? ['*'] : [],",
      replace: "      ofGlue.length >= 0 || fetchesFromGlue(definition) ? ['*'] : [],",
      caughtBy: ['test/infra/source/source-grants.test.ts'],
    },
    {
      fault: 'counts the first attempt among the retries',
      file: 'infra/mapping/mapping.ts',
      find: '    MaximumRetryAttempts: retry.maxAttempts - 1, // AWS',
      replace: '    MaximumRetryAttempts: retry.maxAttempts, // AWS',
      caughtBy: ['test/infra/kafka-consumer.test.ts'],
    },
    {
      fault: 'has AWS ignore partial responses',
      file: 'infra/mapping/mapping.ts',
      find: "    FunctionResponseTypes: ['ReportBatchItemFailures'],",
      replace: '    FunctionResponseTypes: [],',
      caughtBy: ['test/infra/kafka-consumer.test.ts'],
    },
    {
      fault: 'halves no batch',
      file: 'infra/mapping/mapping.ts',
      find: '    BisectBatchOnFunctionError: retry.bisect,',
      replace: '    BisectBatchOnFunctionError: false,',
      caughtBy: ['test/infra/kafka-consumer.test.ts'],
    },
    {
      fault: 'has no destination',
      file: 'infra/mapping/mapping.ts',
      find: '    DestinationConfig: { OnFailure: { Destination: toAddress(onFailure) } },',
      replace: '    DestinationConfig: onFailure && {},',
      caughtBy: ['test/infra/kafka-consumer.test.ts'],
    },
    {
      fault: 'starts at another position than the definition says',
      file: 'infra/mapping/mapping.ts',
      find: '      ? { StartingPosition: definition.startingPosition }',
      replace: "      ? { StartingPosition: definition.startingPosition && 'LATEST' }",
      caughtBy: ['test/infra/kafka-consumer.test.ts'],
    },
    {
      fault: 'starts in milliseconds where AWS takes seconds',
      file: 'infra/mapping/mapping.ts',
      find: '          StartingPositionTimestamp: Math.floor(startAt.getTime() / 1000),',
      replace: '          StartingPositionTimestamp: startAt.getTime(),',
      caughtBy: ['test/infra/kafka-consumer.test.ts'],
    },
    {
      fault: 'leaves the group to AWS',
      file: 'infra/mapping/mapping.ts',
      find: '    ConsumerGroupId: groupId,',
      replace: '',
      caughtBy: ['test/infra/kafka-consumer.test.ts', 'test/infra/source/source-grants.test.ts'],
    },
    {
      fault: 'lets two consumers read as one group',
      file: 'infra/mapping/consumer-group.ts',
      find: '  owners.set(root, ofApp.set(toKey(consumer, groupId), path));',
      replace: `  owners.set(root, ofApp);
  void path;`,
      caughtBy: ['test/infra/rules/rules.test.ts', 'test/infra/kafka-consumer.test.ts'],
    },
    {
      fault: 'takes two stages for one place',
      file: 'infra/mapping/consumer-group.ts',
      find: '  return `${place} ${groupId}`;',
      replace: "  return `${place && ''} ${groupId}`;",
      caughtBy: ['test/infra/kafka-consumer.test.ts'],
    },
  ],
};

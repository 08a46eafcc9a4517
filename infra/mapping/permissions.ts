// Everything that the role of a consumer may do, together: reading, failing, storing, decoding.

import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { ConsumerDefinition } from '../../lib/definition/define-consumer.ts';
import { sourceStatements, writeStatements } from '../source/source-grants.ts';
import type { KafkaSource } from '../source/source.ts';
import {
  deadLetterStatements,
  destinationStatements,
  isOfCdk,
  type OnFailure,
  type ResolvedDestination,
} from './destination.ts';
import { registryStatements, type HandlerRegistry, type MappingRegistry } from './schema-registry.ts';

/** What a consumer is, as far as its permissions depend on it. */
interface Permitted extends Construct {
  readonly definition: ConsumerDefinition;
  readonly source: KafkaSource;
  readonly groupId: string;
  readonly deadLetterBucket: IBucket;
  readonly onFailure: ResolvedDestination;
}

/** What was asked for. */
interface Requested {
  readonly onFailure: OnFailure;
  readonly schemaRegistry?: MappingRegistry;
  readonly handlerRegistry?: HandlerRegistry;
}

/** What the function's role needs beside its logs. */
export function permissionStatements(consumer: Permitted, requested: Requested): readonly PolicyStatement[] {
  const { definition, source, groupId, onFailure, deadLetterBucket } = consumer;
  const isOurs = !isOfCdk(requested.onFailure);
  // The grant for failed batches covers the whole bucket, and so the function's own dead letters in it.
  const isShared = isOurs && onFailure.type === 's3' && onFailure.bucket === deadLetterBucket;
  return [
    ...(isShared ? [] : deadLetterStatements(deadLetterBucket, definition.name)),
    ...(isOurs ? destinationStatements(onFailure, source) : ungranted(onFailure, source)),
    ...sourceStatements(source, { topic: definition.topic, groupId }, Stack.of(consumer)),
    ...registryStatements(definition, requested.schemaRegistry, requested.handlerRegistry),
  ];
}

/** Writing to the one log group. */
export function writeLogs(logGroup: ILogGroup): PolicyStatement {
  return new PolicyStatement({
    sid: 'WriteLogs',
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [logGroup.logGroupArn],
  });
}

/** What CDK's own destinations leave out: `KafkaDlq` grants nothing. */
function ungranted(onFailure: ResolvedDestination, source: KafkaSource): PolicyStatement[] {
  return onFailure.type === 'kafka-topic' ? writeStatements(source, onFailure.topic) : [];
}

// One consumer as AWS runs it: its function, the mapping that feeds it, its log group, and a role that may do exactly
// what the two need. Everything that the definition says is taken from the definition.

import { Duration, Stack, type RemovalPolicy } from 'aws-cdk-lib';
import {
  PolicyStatement,
  Role,
  ServicePrincipal,
  type IGrantable,
  type IPrincipal,
} from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  EventSourceMapping,
  Function,
  LoggingFormat,
  MetricType,
  Runtime,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { ConsumerConfig } from '../lib/define.ts';
import { bundledHandler, bundleHandler } from './bundle.ts';
import { sourceMapping, sourceStatements, type KafkaSource } from './source.ts';

export interface KafkaConsumerProps {
  /** What `defineConsumer()` made. */
  readonly definition: ConsumerConfig;
  /** The file that exports `handler`, an absolute path. */
  readonly entry: string;
  readonly source: KafkaSource;
  /** Takes the dead letters of the function and the failed batches of the mapping. */
  readonly deadLetterBucket: IBucket;
  /** What the log group does when the stack goes. */
  readonly removalPolicy: RemovalPolicy;
  /** Variables that the handler reads, beside those that every consumer has. Default none. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How long log lines are kept. Default one month. */
  readonly logRetention?: RetentionDays;
}

/** A function that is fed one Kafka topic, as its definition says. */
export class KafkaConsumer extends Construct implements IGrantable {
  readonly function: Function;
  readonly grantPrincipal: IPrincipal;
  /** The consumer group that the mapping reads and commits as, `<stack>-<consumer>`. */
  readonly groupId: string;

  constructor(scope: Construct, id: string, props: KafkaConsumerProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const { definition, source, deadLetterBucket } = props;
    // Given, not left to AWS (which takes the mapping's UUID): only a known name can be granted exactly.
    this.groupId = `${stack.stackName}-${definition.name}`;

    const logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: props.removalPolicy,
    });
    // A role of our own: the one that CDK would make, and the one that AWS proposes for MSK, reach every log group,
    // every cluster and every network interface.
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const reading = { topic: definition.topic, groupId: this.groupId };
    for (const statement of [
      ...logStatements(logGroup),
      ...deadLetterStatements(deadLetterBucket),
      ...sourceStatements(source, reading, stack),
    ]) {
      role.addToPolicy(statement);
    }
    this.grantPrincipal = role;
    this.function = this.#addFunction(props, role, logGroup);
    this.#addMapping(props);
  }

  #addFunction(
    { definition, entry, environment, deadLetterBucket }: KafkaConsumerProps,
    role: Role,
    logGroup: LogGroup,
  ): Function {
    return new Function(this, 'Function', {
      description: `Consumes ${definition.topic} as ${definition.name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: bundledHandler,
      code: bundleHandler(entry),
      memorySize: definition.memory.sizeMb,
      timeout: Duration.seconds(definition.timeoutSeconds),
      role,
      logGroup,
      // The runtime's lines are JSON already; this makes Lambda's own (start, report with the memory used) JSON too, so
      // that one query reads both. It leaves lines alone that are JSON.
      loggingFormat: LoggingFormat.JSON,
      environment: {
        POWERTOOLS_SERVICE_NAME: definition.name,
        TAILRACE_DEAD_LETTER_BUCKET: deadLetterBucket.bucketName,
        ...environment,
      },
    });
  }

  #addMapping({ definition, source, deadLetterBucket }: KafkaConsumerProps): void {
    const { batch, retry, pollers } = definition;
    new EventSourceMapping(this, 'Mapping', {
      target: this.function,
      ...sourceMapping(source),
      kafkaTopic: definition.topic,
      kafkaConsumerGroupId: this.groupId,
      startingPosition: StartingPosition[definition.startFrom],
      batchSize: batch.maxRecords,
      maxBatchingWindow: Duration.seconds(batch.windowSeconds),
      // Retry settings count for Kafka only with pollers of one's own (AWS: provisioned mode).
      provisionedPollerConfig: { minimumPollers: pollers.min, maximumPollers: pollers.max },
      retryAttempts: retry.maxAttempts - 1, // AWS leaves the first attempt out of its count
      maxRecordAge: Duration.seconds(retry.maxAgeSeconds),
      bisectBatchOnError: retry.bisect,
      reportBatchItemFailures: true,
      supportS3OnFailureDestination: true,
      // S3OnFailureDestination would let the function read and delete what is in the bucket.
      onFailure: { bind: () => ({ destination: deadLetterBucket.bucketArn }) },
      metricsConfig: { metrics: [MetricType.EVENT_COUNT, MetricType.ERROR_COUNT, MetricType.KAFKA_METRICS] },
    });
  }
}

function logStatements(logGroup: LogGroup): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'WriteLogs',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    }),
  ];
}

// The whole bucket, which holds nothing else: AWS documents no key for the failed batches of Kafka mappings, and a
// guess that is wrong would lose the very records that nothing else keeps. It asks for ListBucket to find the bucket.
function deadLetterStatements(bucket: IBucket): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'StoreDeadLetters',
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects('*')],
    }),
    new PolicyStatement({
      sid: 'FindDeadLetterBucket',
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
    }),
  ];
}

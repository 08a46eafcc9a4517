// For each refusal its trap, and the nearest legal neighbour of the trap. Own file: the table grows with the rules.

import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue, type IQueue } from 'aws-cdk-lib/aws-sqs';
import type { KafkaConsumerProps } from '../../infra/kafka-consumer.ts';
import type { RuleId } from '../../infra/refusals/refusal.ts';
import { defineConsumer, type ConsumerConfig, type ConsumerDefinition } from '../../lib/define.ts';
import { avro, avroReader } from '../../lib/format/avro.ts';
import { confluent } from '../../lib/format/confluent.ts';
import type { Format } from '../../lib/format/format.ts';
import { glue } from '../../lib/format/glue.ts';
import { json, jsonReader } from '../../lib/format/json.ts';
import { text } from '../../lib/format/text.ts';
import { addConsumer, cluster, createStack, msk, secretArn } from './consumer-stack.ts';

const site = createStack();
let consumers = 0;
/** Adds a consumer with these props to the one stack that all cases share. */
export const add = (props: Partial<KafkaConsumerProps>): void => {
  consumers += 1;
  addConsumer(site, `Consumer${consumers}`, props);
};

/** `orders` with these fields. */
export function define(fields: Partial<ConsumerDefinition<string>>): ConsumerConfig {
  return defineConsumer({ name: 'orders', topic: 'orders.v1', value: text(), ...fields });
}

/** A rule, what breaks it, and what just does not. */
export interface Case {
  readonly rule: RuleId;
  readonly why?: string;
  readonly trap: Partial<KafkaConsumerProps>;
  readonly neighbour: Partial<KafkaConsumerProps>;
  /** What else the trap, and what else the neighbour, is refused for; acknowledged in the test. */
  readonly also?: readonly RuleId[];
  readonly neighbourAlso?: readonly RuleId[];
}

export const none = undefined;
/** All that AWS has in provisioned mode only, taken away. */
const noControls = {
  MaximumRetryAttempts: none,
  MaximumRecordAgeInSeconds: none,
  BisectBatchOnFunctionError: none,
  FunctionResponseTypes: none,
};
const onDemand = { ...noControls, ProvisionedPollerConfig: none };
const withSecret = { secretArn, secretKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/a' };
const serverless = `${msk}:cluster/${cluster.slice(0, -1)}s1`;
const foreignQueue = (id: string, owner: string): IQueue =>
  Queue.fromQueueArn(site.stack, id, `arn:aws:sqs:eu-west-1:${owner}:failed`);
const foreignBucket = (id: string, owner: string): IBucket =>
  Bucket.fromBucketAttributes(site.stack, id, { bucketArn: 'arn:aws:s3:::failed', account: owner });
const elsewhere = (arn: string): string => arn.replace('eu-west-1', 'eu-west-2');
const ofOthers = (arn: string): string => arn.replace('123456789012', '999999999999');
const selfManaged = { type: 'self-managed-plain', bootstrapServers: ['a:9096'], secretArn } as const;
const glueRegistry = {
  type: 'glue',
  registryArn: 'arn:aws:glue:eu-west-1:123456789012:registry/orders',
  recordFormat: 'JSON',
} as const;
const guarded = {
  type: 'confluent-basic',
  url: 'https://registry',
  recordFormat: 'JSON',
  secretArn,
} as const;
const read = (value: Format<unknown>): ConsumerConfig =>
  defineConsumer({ name: 'orders', topic: 'orders.v1', value });
addConsumer(site, 'First', { groupId: 'taken' });
const mb = 1_048_576;
const large = { maxInflatedBytesInFlight: 256 * mb };
const largestValue = ((6 * mb - 2048) / 4) * 3;

export const cases: readonly Case[] = [
  {
    rule: 'RETRY_CONTROLS_WITHOUT_POLLERS',
    trap: { overrides: { ...onDemand, MaximumRecordAgeInSeconds: 3600 } },
    also: ['PARTIAL_RESPONSES_OFF', 'INFINITE_RETRIES_CAPPED'],
    neighbour: { overrides: { ...onDemand, BisectBatchOnFunctionError: false } },
    neighbourAlso: ['PARTIAL_RESPONSES_OFF', 'INFINITE_RETRIES_CAPPED'],
  },
  {
    rule: 'RETRY_CONTROLS_WITHOUT_POLLERS',
    why: 'an empty setting is no poller',
    trap: { overrides: { ProvisionedPollerConfig: {} } },
    also: ['PARTIAL_RESPONSES_WITHOUT_POLLERS'],
    neighbour: { overrides: { ProvisionedPollerConfig: { MinimumPollers: 1 } } },
  },
  {
    rule: 'PARTIAL_RESPONSES_WITHOUT_POLLERS',
    trap: { overrides: { ...onDemand, FunctionResponseTypes: ['ReportBatchItemFailures'] } },
    also: ['INFINITE_RETRIES_CAPPED'],
    neighbour: { overrides: { FunctionResponseTypes: ['ReportBatchItemFailures'] } },
  },
  {
    rule: 'KAFKA_DESTINATION_WITHOUT_POLLERS',
    trap: { overrides: onDemand, onFailure: { type: 'kafka-topic', topic: 'failed' } },
    also: ['PARTIAL_RESPONSES_OFF', 'INFINITE_RETRIES_CAPPED'],
    neighbour: { onFailure: { type: 'kafka-topic', topic: 'failed' } },
  },
  {
    rule: 'MAPPING_LOGS_WITHOUT_POLLERS',
    trap: { overrides: onDemand, mappingLogLevel: 'INFO' },
    also: ['PARTIAL_RESPONSES_OFF', 'INFINITE_RETRIES_CAPPED'],
    neighbour: { mappingLogLevel: 'INFO' },
  },
  {
    rule: 'POLLERS_ABOVE_PARTITIONS',
    trap: { definition: define({ pollers: { max: 7 } }), partitions: 6 },
    neighbour: { definition: define({ pollers: { max: 6 } }), partitions: 6 },
  },
  {
    rule: 'INFINITE_RETRIES_CAPPED',
    trap: { overrides: { MaximumRetryAttempts: -1 } },
    neighbour: { overrides: { MaximumRetryAttempts: 10_000 } },
  },
  {
    rule: 'INFINITE_RETRIES_CAPPED',
    why: 'nothing said is for ever',
    trap: { overrides: { MaximumRetryAttempts: none } },
    neighbour: {
      overrides: {
        ...noControls,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        DestinationConfig: none,
      },
    },
  },
  {
    rule: 'DROPS_WITHOUT_DESTINATION',
    trap: { overrides: { DestinationConfig: none, MaximumRetryAttempts: -1 } },
    neighbour: {
      overrides: { DestinationConfig: none, MaximumRetryAttempts: -1, MaximumRecordAgeInSeconds: -1 },
    },
  },
  {
    rule: 'DROPS_WITHOUT_DESTINATION',
    why: 'attempts alone',
    trap: { overrides: { DestinationConfig: none, MaximumRecordAgeInSeconds: -1 } },
    neighbour: { overrides: { MaximumRecordAgeInSeconds: -1 } },
  },
  {
    rule: 'PARTIAL_RESPONSES_OFF',
    trap: { overrides: { FunctionResponseTypes: none }, definition: define({ retry: { bisect: false } }) },
    neighbour: { definition: define({ retry: { bisect: false } }) },
  },
  {
    rule: 'BISECT_WITHOUT_PARTIAL_RESPONSES',
    trap: { overrides: { FunctionResponseTypes: [] } },
    also: ['PARTIAL_RESPONSES_OFF'],
    neighbour: {
      overrides: { FunctionResponseTypes: [] },
      definition: define({ retry: { bisect: false } }),
    },
    neighbourAlso: ['PARTIAL_RESPONSES_OFF'],
  },
  {
    rule: 'AGE_BELOW_WINDOW_AND_TIMEOUT',
    trap: {
      definition: define({ timeoutSeconds: 90, batch: { windowSeconds: 30 }, retry: { maxAgeSeconds: 120 } }),
    },
    neighbour: {
      definition: define({ timeoutSeconds: 90, batch: { windowSeconds: 30 }, retry: { maxAgeSeconds: 121 } }),
    },
  },
  {
    rule: 'AGE_BELOW_WINDOW_AND_TIMEOUT',
    why: 'without a retry the window alone counts',
    trap: {
      definition: define({ batch: { windowSeconds: 60 }, retry: { maxAgeSeconds: 60, maxAttempts: 1 } }),
    },
    neighbour: {
      definition: define({ batch: { windowSeconds: 59 }, retry: { maxAgeSeconds: 60, maxAttempts: 1 } }),
    },
  },
  {
    rule: 'TIMEOUT_ABOVE_MAPPING_LIMIT',
    trap: { definition: { ...define({}), timeoutSeconds: 841 } },
    neighbour: { definition: define({ timeoutSeconds: 840 }) },
  },
  {
    rule: 'DEAD_LETTER_TOPIC_IS_SOURCE',
    trap: { onFailure: { type: 'kafka-topic', topic: 'orders.v1' } },
    neighbour: { onFailure: { type: 'kafka-topic', topic: 'orders.v1.failed' } },
  },
  {
    rule: 'DESTINATION_IS_FIFO',
    why: 'a queue',
    trap: { onFailure: { type: 'sqs', queue: new Queue(site.stack, 'FifoQueue', { fifo: true }) } },
    neighbour: { onFailure: { type: 'sqs', queue: new Queue(site.stack, 'Queue') } },
  },
  {
    rule: 'DESTINATION_IS_FIFO',
    why: 'a topic',
    trap: { onFailure: { type: 'sns', topic: new Topic(site.stack, 'FifoTopic', { fifo: true }) } },
    neighbour: { onFailure: { type: 'sns', topic: new Topic(site.stack, 'Topic') } },
  },
  {
    rule: 'DESTINATION_NOT_WRITABLE',
    why: 'another account’s queue',
    trap: { onFailure: { type: 'sqs', queue: foreignQueue('Theirs', '999999999999') } },
    neighbour: { onFailure: { type: 'sqs', queue: foreignQueue('Ours', '123456789012') } },
  },
  {
    rule: 'DESTINATION_NOT_WRITABLE',
    why: 'another account’s bucket',
    trap: { onFailure: { type: 's3', bucket: foreignBucket('TheirBucket', '999999999999') } },
    neighbour: { onFailure: { type: 's3', bucket: foreignBucket('OurBucket', '123456789012') } },
  },
  {
    rule: 'DESTINATION_NOT_WRITABLE',
    why: 'a topic behind ACLs',
    trap: {
      source: { type: 'msk-scram', clusterArn: `${msk}:cluster/${cluster}`, ...withSecret },
      onFailure: { type: 'kafka-topic', topic: 'failed' },
    },
    neighbour: {
      source: { type: 'msk-unauthenticated', clusterArn: `${msk}:cluster/${cluster}` },
      onFailure: { type: 'kafka-topic', topic: 'failed' },
    },
  },
  {
    rule: 'UNGRANTED_OVERRIDE',
    trap: { overrides: { DestinationConfig: { OnFailure: { Destination: 'kafka://failed' } } } },
    neighbour: { overrides: { Tags: [{ Key: 'team', Value: 'orders' }] } },
  },
  {
    rule: 'LATEST_MISSES_RECORDS',
    trap: { definition: define({ startFrom: 'LATEST' }) },
    neighbour: { definition: define({ startFrom: 'LATEST' }), startAt: new Date() },
  },
  {
    rule: 'START_TIME_IN_FUTURE',
    trap: { startAt: new Date(Date.now() + 3_600_000) },
    neighbour: { startAt: new Date() },
  },
  {
    rule: 'SERVERLESS_WITHOUT_IAM',
    trap: { source: { type: 'msk-mtls', clusterArn: serverless, secretArn } },
    neighbour: { source: { type: 'msk-iam', clusterArn: serverless } },
  },
  {
    rule: 'GROUP_NOT_UNIQUE',
    trap: { groupId: 'taken' },
    neighbour: {},
  },
  {
    rule: 'SOURCE_ELSEWHERE',
    why: 'a cluster in another Region',
    trap: { source: { type: 'msk-iam', clusterArn: elsewhere(`${msk}:cluster/${cluster}`) } },
    neighbour: { source: { type: 'msk-iam', clusterArn: `${msk}:cluster/${cluster}` } },
  },
  {
    rule: 'SOURCE_ELSEWHERE',
    why: 'a cluster of another account',
    trap: { source: { type: 'msk-iam', clusterArn: `${ofOthers(msk)}:cluster/${cluster}` } },
    neighbour: { source: { type: 'msk-iam', clusterArn: `${msk}:cluster/${cluster}` } },
  },
  {
    rule: 'SOURCE_ELSEWHERE',
    why: 'a secret in another Region',
    trap: { source: { ...selfManaged, secretArn: elsewhere(secretArn) } },
    neighbour: { source: { ...selfManaged, secretArn: ofOthers(secretArn) } },
  },
  {
    rule: 'SOURCE_ELSEWHERE',
    why: 'a Glue registry in another Region',
    trap: { schemaRegistry: { ...glueRegistry, registryArn: elsewhere(glueRegistry.registryArn) } },
    neighbour: { schemaRegistry: glueRegistry },
  },
  {
    rule: 'SOURCE_ELSEWHERE',
    why: 'the secret of a registry in another Region',
    trap: { schemaRegistry: { ...guarded, secretArn: elsewhere(secretArn) } },
    neighbour: { schemaRegistry: guarded },
  },
  {
    rule: 'SCHEMA_REGISTRY_WITHOUT_POLLERS',
    trap: { overrides: onDemand, schemaRegistry: glueRegistry },
    also: ['PARTIAL_RESPONSES_OFF', 'INFINITE_RETRIES_CAPPED'],
    neighbour: { schemaRegistry: glueRegistry },
  },
  {
    rule: 'FORMAT_AGAINST_REGISTRY',
    why: 'JSON read as Avro',
    trap: { schemaRegistry: glueRegistry, definition: read(glue({ reader: avroReader() })) },
    neighbour: {
      schemaRegistry: { ...glueRegistry, recordFormat: 'SOURCE' },
      definition: read(glue({ reader: avroReader() })),
    },
  },
  {
    rule: 'FORMAT_AGAINST_REGISTRY',
    why: 'JSON in bare Avro’s place',
    trap: { schemaRegistry: guarded, definition: read(avro('string')) },
    neighbour: { schemaRegistry: { ...guarded, attributes: ['KEY'] }, definition: read(avro('string')) },
  },
  {
    rule: 'FORMAT_AGAINST_REGISTRY',
    why: 'Glue’s framing from Confluent’s registry',
    trap: { schemaRegistry: guarded, definition: read(glue({ reader: jsonReader() })) },
    neighbour: { schemaRegistry: guarded, definition: read(confluent({ reader: jsonReader() })) },
  },
  {
    rule: 'FORMAT_AGAINST_REGISTRY',
    why: 'Confluent’s framing from Glue’s registry',
    trap: { schemaRegistry: glueRegistry, definition: read(confluent({ reader: jsonReader() })) },
    neighbour: { schemaRegistry: glueRegistry, definition: read(json()) },
  },
  {
    rule: 'FILTER_NOT_ON_VALUE',
    trap: { filters: [{ key: ['a'] }] },
    neighbour: { filters: [{ value: ['a'] }], definition: define({ compression: 'none' }) },
  },
  {
    rule: 'FILTER_ON_COMPRESSED_VALUE',
    trap: { filters: [{ value: { kind: ['order'] } }] },
    neighbour: {
      filters: [{ value: { kind: ['order'] } }],
      definition: define({ compression: 'none' }),
    },
  },
  {
    rule: 'FILTER_ON_COMPRESSED_VALUE',
    why: 'unless a registry reads it first',
    trap: {
      filters: [{ value: { kind: ['order'] } }],
      schemaRegistry: { ...glueRegistry, attributes: ['KEY'] },
    },
    neighbour: { filters: [{ value: { kind: ['order'] } }], schemaRegistry: glueRegistry },
  },
  {
    rule: 'MEMORY_BELOW_BUDGET',
    why: 'by its budget',
    trap: {
      definition: define({
        memory: { sizeMb: 256 },
        limits: large,
        batch: { maxRecords: 1000 },
        concurrency: 1000,
      }),
    },
    neighbour: {
      definition: define({
        memory: { sizeMb: 347 },
        limits: large,
        batch: { maxRecords: 1000 },
        concurrency: 1000,
      }),
    },
  },
  {
    rule: 'MEMORY_BELOW_BUDGET',
    why: 'by the number of its records',
    trap: {
      definition: define({
        concurrency: 100,
        memory: { sizeMb: 150 },
        limits: large,
        batch: { maxRecords: 60 },
      }),
    },
    neighbour: {
      definition: define({
        concurrency: 100,
        memory: { sizeMb: 151 },
        limits: large,
        batch: { maxRecords: 60 },
      }),
    },
  },
  {
    rule: 'MEMORY_BELOW_BUDGET',
    why: 'by a single record',
    trap: {
      definition: define({ memory: { sizeMb: 289 }, limits: { maxInflatedBytesPerRecord: 100 * mb } }),
    },
    neighbour: {
      definition: define({ memory: { sizeMb: 290 }, limits: { maxInflatedBytesPerRecord: 100 * mb } }),
    },
  },
  {
    rule: 'MEMORY_BELOW_BUDGET',
    why: 'by its partitions',
    trap: { definition: define({ memory: { sizeMb: 128 }, limits: large, concurrency: 50 }), partitions: 38 },
    neighbour: {
      definition: define({ memory: { sizeMb: 128 }, limits: large, concurrency: 50 }),
      partitions: 37,
    },
  },
  {
    rule: 'MEMORY_BELOW_BUDGET',
    why: 'unless values are not opened',
    trap: { definition: define({ memory: { sizeMb: 128 }, limits: large, concurrency: 50 }) },
    neighbour: {
      definition: { ...define({ memory: { sizeMb: 128 }, limits: large, concurrency: 50 }), value: none },
    },
  },
  {
    rule: 'MEMORY_BELOW_MEASURED_PEAK',
    trap: { definition: define({ memory: { sizeMb: 200, measuredPeakMb: 200 } }) },
    neighbour: { definition: define({ memory: { sizeMb: 200, measuredPeakMb: 199 } }) },
  },
  {
    rule: 'RECORD_ABOVE_EVENT_LIMIT',
    why: 'as stated',
    trap: { maxRecordBytes: largestValue + 1 },
    neighbour: { maxRecordBytes: largestValue },
  },
  {
    rule: 'RECORD_ABOVE_EVENT_LIMIT',
    why: 'by the limit of an uncompressed value',
    trap: { definition: define({ compression: 'none', limits: { maxInflatedBytesPerRecord: 5 * mb } }) },
    neighbour: { definition: define({ limits: { maxInflatedBytesPerRecord: 5 * mb } }) },
  },
  {
    rule: 'RECORD_ABOVE_EVENT_LIMIT',
    why: 'by a limit, unless values are not opened',
    trap: { definition: define({ compression: 'none', limits: { maxInflatedBytesPerRecord: 5 * mb } }) },
    neighbour: {
      definition: {
        ...define({ compression: 'none', limits: { maxInflatedBytesPerRecord: 5 * mb } }),
        value: none,
      },
    },
  },
];

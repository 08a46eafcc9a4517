// The event source mapping as plain data, in CloudFormation's own words: the rules judge what AWS will get, by
// whatever way it came in, the definition, a prop or an override.

import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ConsumerDefinition } from '../../lib/definition/define-consumer.ts';
import { toAddress, type OnFailure, type ResolvedDestination } from './destination.ts';
import { toRegistryConfig, type MappingRegistry, type SchemaRegistryConfig } from './schema-registry.ts';
import { toSourceAccess, type SourceAccess } from '../source/source-access.ts';
import { isMsk, type KafkaSource } from '../source/source.ts';

/** An event pattern: what one filter asks of a record, such as `{ value: { kind: ['order'] } }`. */
export type FilterPattern = Readonly<Record<string, unknown>>;

/** What a mapping takes beside the definition; every field is optional. */
export interface MappingOptions {
  /** Whether the mapping reads records. A disabled mapping keeps its committed offsets. Default true. */
  readonly enabled?: boolean;
  /**
   * The on-failure destination of the mapping: one of this package's, or one of CDK's (`SqsDlq`, `SnsDlq`,
   * `S3OnFailureDestination`, `KafkaDlq`). Default the dead-letter bucket.
   */
  readonly onFailure?: OnFailure;
  /**
   * Where a consumer group without committed offsets starts: at the first record that is not older than this time, which must not
   * be in the future. Default the definition's `startingPosition`.
   */
  readonly startAt?: Date;
  /**
   * The id of the consumer group, 1..200 characters a-z A-Z 0-9 - / : _ + = . @. A group with committed offsets continues from
   * them, whatever the starting position is. Default `<stack>-<consumer>`.
   */
  readonly groupId?: string;
  /** Log level of the pollers. They write to the function's log group, in streams `<date>/<mapping id>`. Default nothing. */
  readonly mappingLogLevel?: 'DEBUG' | 'INFO' | 'WARN';
  /** Groups of metrics that the mapping reports, 0..3. Default all three. */
  readonly mappingMetrics?: readonly ('EventCount' | 'ErrorCount' | 'KafkaMetrics')[];
  /**
   * Filter patterns, 0..10 (5 without a raised quota). A record that matches none of them is skipped and committed. For Kafka a
   * pattern can only filter on `value`. Default all records are consumed.
   */
  readonly filters?: readonly FilterPattern[];
  /** The KMS key with which Lambda encrypts the filters; the key's policy must allow Lambda to decrypt. Default Lambda's own. */
  readonly filterKey?: IKey;
  /**
   * The schema registry with which AWS validates records before the function gets them, and decodes them if `recordFormat` says
   * so. Default none.
   */
  readonly schemaRegistry?: MappingRegistry;
  /**
   * `queue` reads a self-managed Kafka 4.2 or later as a share group, without order, batching window or starting position; a
   * failed record may go to any poller. It cannot be changed after the mapping is created. Default `stream`.
   */
  readonly consumptionMode?: 'stream' | 'queue';
  /**
   * Name of a poller group, 1..128 characters a-z A-Z 0-9 - _. Mappings in one VPC with the same name share their pollers. Default
   * none.
   */
  readonly pollerGroup?: string;
  /**
   * Properties of the `AWS::Lambda::EventSourceMapping`, with CloudFormation's names, that replace the generated ones; undefined
   * removes one. Use it for new AWS features. Rules check the result, but permissions do not change. Default none.
   */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/** Properties of an `AWS::Lambda::EventSourceMapping` for Kafka but its function; overrides may add any other. */
export interface MappingProperties extends SourceAccess {
  /** Absent is true. */
  readonly Enabled?: boolean;
  readonly Topics?: readonly string[];
  readonly AmazonManagedKafkaEventSourceConfig?: GroupConfig;
  readonly SelfManagedKafkaEventSourceConfig?: GroupConfig;
  readonly StartingPosition?: string;
  /** Unix seconds. */
  readonly StartingPositionTimestamp?: number;
  readonly BatchSize?: number;
  readonly MaximumBatchingWindowInSeconds?: number;
  readonly ProvisionedPollerConfig?: {
    readonly MinimumPollers?: number;
    readonly MaximumPollers?: number;
    readonly PollerGroupName?: string;
  };
  /** -1 (for ever), 0..10000; absent is -1. */
  readonly MaximumRetryAttempts?: number;
  /** -1 (for ever), 60..604800; absent is -1. */
  readonly MaximumRecordAgeInSeconds?: number;
  readonly BisectBatchOnFunctionError?: boolean;
  readonly FunctionResponseTypes?: readonly string[];
  readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination?: string } };
  readonly FilterCriteria?: { readonly Filters?: readonly { readonly Pattern?: string }[] };
  readonly KmsKeyArn?: string;
  readonly LoggingConfig?: { readonly SystemLogLevel?: string };
  readonly MetricsConfig?: { readonly Metrics?: readonly string[] };
}

/** What a mapping reads as, and by which schemas. */
export interface GroupConfig {
  readonly ConsumerGroupId?: string;
  readonly SchemaRegistryConfig?: SchemaRegistryConfig;
  readonly ConsumptionMode?: 'Stream' | 'Queue';
}

/** What a mapping is made of, each with its default in place. */
export interface MappingInput {
  readonly definition: ConsumerDefinition;
  readonly source: KafkaSource;
  readonly groupId: string;
  readonly onFailure: ResolvedDestination;
  readonly options: MappingOptions;
}

/** The mapping without its overrides. */
export function toMapping(input: MappingInput): MappingProperties {
  const { definition, source, onFailure, options } = input;
  const { filters = [], filterKey, mappingLogLevel } = options;
  const metrics = options.mappingMetrics ?? ['EventCount', 'ErrorCount', 'KafkaMetrics'];
  return {
    ...toSourceAccess(source),
    ...(options.enabled === undefined ? {} : { Enabled: options.enabled }),
    ...toGroup(input),
    Topics: [definition.topic],
    ...(options.consumptionMode === 'queue' ? {} : toStream(input)),
    BatchSize: definition.batch.maxRecords,
    ...toPollers(definition, options.pollerGroup),
    DestinationConfig: { OnFailure: { Destination: toAddress(onFailure) } },
    ...(filters.length === 0
      ? {}
      : { FilterCriteria: { Filters: filters.map((each) => ({ Pattern: JSON.stringify(each) })) } }),
    ...(filterKey === undefined ? {} : { KmsKeyArn: filterKey.keyArn }),
    ...(mappingLogLevel === undefined ? {} : { LoggingConfig: { SystemLogLevel: mappingLogLevel } }),
    ...(metrics.length === 0 ? {} : { MetricsConfig: { Metrics: [...metrics] } }),
  };
}

function toGroup({ source, groupId, options }: MappingInput): Partial<MappingProperties> {
  const { schemaRegistry, consumptionMode } = options;
  // Given, not left to AWS (which takes the mapping's UUID): only a known name can be granted exactly.
  const group: GroupConfig = {
    ConsumerGroupId: groupId,
    ...(schemaRegistry === undefined ? {} : { SchemaRegistryConfig: toRegistryConfig(schemaRegistry) }),
    ...(consumptionMode === 'queue' ? { ConsumptionMode: 'Queue' } : {}),
  };
  return isMsk(source)
    ? { AmazonManagedKafkaEventSourceConfig: group }
    : { SelfManagedKafkaEventSourceConfig: group };
}

/** What a share group does not have: a start of one's choice, and a window. */
function toStream({ definition, options: { startAt } }: MappingInput): Partial<MappingProperties> {
  return {
    ...(startAt === undefined
      ? { StartingPosition: definition.startingPosition }
      : {
          StartingPosition: 'AT_TIMESTAMP',
          StartingPositionTimestamp: Math.floor(startAt.getTime() / 1000),
        }),
    MaximumBatchingWindowInSeconds: definition.batch.maximumBatchingWindowSeconds,
  };
}

/** Pollers of its own, and all that AWS offers only beside them. */
function toPollers(
  { provisionedPollers, retry }: ConsumerDefinition,
  pollerGroup: string | undefined,
): Partial<MappingProperties> {
  if (provisionedPollers === false) return {};
  return {
    ProvisionedPollerConfig: {
      MinimumPollers: provisionedPollers.min,
      MaximumPollers: provisionedPollers.max,
      ...(pollerGroup === undefined ? {} : { PollerGroupName: pollerGroup }),
    },
    MaximumRetryAttempts: retry.maxAttempts - 1, // AWS leaves the first attempt out of its count
    MaximumRecordAgeInSeconds: retry.maxAgeSeconds,
    BisectBatchOnFunctionError: retry.bisect,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  };
}

/** The mapping as AWS will get it; what is undefined stands in no template. */
export function withOverrides(
  properties: MappingProperties,
  overrides: MappingOptions['overrides'] = {},
): MappingProperties {
  return { ...properties, ...overrides };
}

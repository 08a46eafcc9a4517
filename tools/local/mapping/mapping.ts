// One event source mapping as its template resource describes it, checked as AWS would check it: what the local runner
// does not do is refused here, and what AWS gives only to provisioned pollers is named, instead of being ignored silently.
import { createHash } from 'node:crypto';
import { readAccess, type AccessConfiguration } from './access-configuration.ts';
import { LocalError } from '../error.ts';
import { FilterPatternError } from './filter-operators.ts';
import { checkMapping, readFlag, toOnDemand, type Refuse } from './mapping-check.ts';
import { readDestination, type OnFailure } from './on-failure.ts';
import { compileFilters } from './record-filter.ts';
import { readRegistry, type RegistryConfig } from './registry-config.ts';
import type { StartingPosition } from '../poller/start-position.ts';

/** A Kafka event source mapping with every default filled in. */
export interface Mapping {
  /** UUID, the same in every run. */
  readonly id: string;
  readonly logicalId: string;
  readonly functionName: string;
  /** The function's POWERTOOLS_SERVICE_NAME, else its name; made longer where another mapping would have the same. */
  readonly consumer: string;
  readonly topic: string;
  /** 1..10000. */
  readonly batchSize: number;
  /** Batching window, 0..300000 ms; 500 where the template says nothing. */
  readonly windowMs: number;
  readonly startingPosition: StartingPosition;
  /** -1 or 0..10000. */
  readonly maximumRetryAttempts: number;
  /** -1 or 60..604800. */
  readonly maximumRecordAgeSeconds: number;
  readonly bisect: boolean;
  readonly reportBatchItemFailures: boolean;
  /** As in the template, else the mapping's id. */
  readonly consumerGroupId: string;
  readonly provisioned: { readonly minPollers: number; readonly maxPollers: number } | undefined;
  readonly onFailure: OnFailure | undefined;
  /** `FilterCriteria` as in the template, checked; undefined: every record is consumed. */
  readonly filterCriteria: unknown;
  readonly registry: RegistryConfig | undefined;
  /** How the cluster is entered; empty: as anybody, or by IAM. */
  readonly access: readonly AccessConfiguration[];
  /** Cluster ARN of an Amazon MSK source; a self-managed source has none. */
  readonly eventSourceArn: string | undefined;
  readonly enabled: boolean;
  /** What the template says and the mapping does not do, as sentences. */
  readonly warnings: readonly string[];
}

type Properties = Readonly<Record<string, unknown>>;

/** Which mapping it is, and what calls it makes. */
export interface MappingPlace extends Pick<Mapping, 'logicalId' | 'functionName' | 'consumer'> {
  readonly stackName: string;
}

/**
 * Reads the resolved properties of an `AWS::Lambda::EventSourceMapping` that has topics.
 * @throws {LocalError} `UNSUPPORTED` naming the mapping and the setting.
 */
export function readMapping(place: MappingPlace, given: Properties): Mapping {
  const provisioned = readPollers(given['ProvisionedPollerConfig']);
  const { properties, warning } =
    provisioned === undefined ? toOnDemand(given) : { properties: given, warning: undefined };
  const source = (properties['AmazonManagedKafkaEventSourceConfig'] ??
    properties['SelfManagedKafkaEventSourceConfig'] ??
    {}) as Properties;
  const arn = properties['EventSourceArn'];
  const { stackName, ...names } = place;
  const where = `${stackName}/${names.logicalId}`;
  const refuse = (what: string, remedy: string): never => {
    throw new LocalError('UNSUPPORTED', `${what} in mapping ${where}; ${remedy}`);
  };
  const topic = readTopic(properties['Topics'] ?? [], refuse);
  if (source['ConsumptionMode'] !== undefined && source['ConsumptionMode'] !== 'Stream')
    refuse('ConsumptionMode Queue is not supported locally', 'use Stream to run locally');
  checkMapping(given, source, refuse);
  checkFilters(properties['FilterCriteria'], refuse);

  const id = toUuid(where);
  const groupId = source['ConsumerGroupId'];
  const maximumBatchingWindowSeconds = properties['MaximumBatchingWindowInSeconds'];
  const responseTypes = (properties['FunctionResponseTypes'] ?? []) as readonly string[];
  return {
    ...names,
    id,
    topic,
    batchSize: Number(properties['BatchSize'] ?? 100),
    windowMs: maximumBatchingWindowSeconds === undefined ? 500 : Number(maximumBatchingWindowSeconds) * 1000,
    startingPosition: readStart(properties, refuse),
    maximumRetryAttempts: Number(properties['MaximumRetryAttempts'] ?? -1),
    maximumRecordAgeSeconds: Number(properties['MaximumRecordAgeInSeconds'] ?? -1),
    bisect: readFlag(properties, 'BisectBatchOnFunctionError', { absent: false }, refuse),
    reportBatchItemFailures: responseTypes.includes('ReportBatchItemFailures'),
    consumerGroupId: typeof groupId === 'string' ? groupId : id,
    provisioned,
    onFailure: readDestination(properties['DestinationConfig'], topic, refuse),
    filterCriteria: properties['FilterCriteria'],
    registry: readRegistry(source['SchemaRegistryConfig'], refuse),
    access: readAccess(properties['SourceAccessConfigurations'], refuse),
    eventSourceArn: typeof arn === 'string' ? arn : undefined,
    enabled: readFlag(properties, 'Enabled', { absent: true }, refuse),
    warnings: warning === undefined ? [] : [warning],
  };
}

function readTopic(topics: unknown, refuse: Refuse): string {
  if (!Array.isArray(topics))
    return refuse(`Topics is not a list, got ${JSON.stringify(topics)}`, 'expected a list of one topic');
  if (topics.length > 1)
    refuse(`a mapping has one topic, got ${topics.length}`, 'make one mapping per topic');
  const [topic = ''] = topics as readonly string[];
  return topic;
}

function readPollers(config: unknown): Mapping['provisioned'] {
  if (typeof config !== 'object' || config === null || Object.keys(config).length === 0) return undefined;
  const { MinimumPollers, MaximumPollers } = config as Properties;
  return { minPollers: Number(MinimumPollers ?? 1), maxPollers: Number(MaximumPollers ?? 200) };
}

function readStart(properties: Properties, refuse: Refuse): StartingPosition {
  const position = properties['StartingPosition'];
  if (position === 'TRIM_HORIZON' || position === 'LATEST') return position;
  if (position !== 'AT_TIMESTAMP')
    return refuse(
      `unknown StartingPosition, got ${String(position)}`,
      'expected TRIM_HORIZON, LATEST or AT_TIMESTAMP',
    );
  const atMs = Number(properties['StartingPositionTimestamp']) * 1000;
  if (!(atMs >= 0 && atMs <= Date.now()))
    refuse(
      `StartingPositionTimestamp is not valid, got ${String(properties['StartingPositionTimestamp'])}`,
      'expected Unix seconds that are not in the future',
    );
  return { atMs };
}

function checkFilters(criteria: unknown, refuse: Refuse): void {
  try {
    compileFilters(criteria);
  } catch (error) {
    if (!(error instanceof FilterPatternError)) throw error;
    refuse(error.message, 'change the pattern, or filter in the handler');
  }
}

// A name-based UUID (RFC 9562 version 8, SHA-256): offsets committed under it are found again by the next run.
function toUuid(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

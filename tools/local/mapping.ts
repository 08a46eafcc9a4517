// One event source mapping as its template resource describes it, checked as AWS would check it: what the local runner
// does not do, and what AWS gives only to provisioned pollers, is refused here instead of being ignored silently.
import { createHash } from 'node:crypto';
import { LocalError } from './error.ts';

/** Where the mapping puts what it gives up. */
export type OnFailure =
  | { readonly type: 's3'; readonly bucket: string; readonly arn: string }
  | { readonly type: 'sqs'; readonly queue: string; readonly arn: string }
  | { readonly type: 'sns'; readonly arn: string };

/** A Kafka event source mapping with every default filled in. */
export interface Mapping {
  /** UUID, the same in every run. */
  readonly id: string;
  readonly logicalId: string;
  readonly functionName: string;
  /** Name of the consumer: the function's POWERTOOLS_SERVICE_NAME, else its name. */
  readonly consumer: string;
  readonly topic: string;
  /** 1..10000. */
  readonly batchSize: number;
  /** Batching window, 0..300000 ms; 500 where the template says nothing. */
  readonly windowMs: number;
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
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
  /** Cluster ARN of an Amazon MSK source; a self-managed source has none. */
  readonly eventSourceArn: string | undefined;
  readonly enabled: boolean;
}

type Properties = Readonly<Record<string, unknown>>;

/**
 * Reads the resolved properties of an `AWS::Lambda::EventSourceMapping`; undefined if its source is not Kafka.
 * @throws {LocalError} `UNSUPPORTED` naming the mapping and the setting.
 */
export function readMapping(
  place: { readonly stackName: string; readonly logicalId: string },
  properties: Properties,
  findConsumer: (functionName: string) => string | undefined,
): Mapping | undefined {
  const source = (properties['AmazonManagedKafkaEventSourceConfig'] ??
    properties['SelfManagedKafkaEventSourceConfig'] ??
    {}) as Properties;
  const topics = (properties['Topics'] ?? []) as readonly string[];
  const [topic] = topics;
  const arn = properties['EventSourceArn'];
  if (topic === undefined) return undefined;

  const where = `${place.stackName}/${place.logicalId}`;
  const refuse = (what: string, remedy: string): never => {
    throw new LocalError('UNSUPPORTED', `${what} in mapping ${where}; ${remedy}`);
  };
  if (topics.length > 1)
    refuse(`a mapping has one topic, got ${topics.length}`, 'make one mapping per topic');
  const startingPosition = properties['StartingPosition'];
  if (startingPosition !== 'TRIM_HORIZON' && startingPosition !== 'LATEST') {
    return refuse(
      `unsupported starting position, got ${String(startingPosition)}, expected TRIM_HORIZON or LATEST`,
      'use one of these to run locally',
    );
  }
  const settings = { FilterCriteria: properties['FilterCriteria'], ...source };
  for (const setting of ['FilterCriteria', 'SchemaRegistryConfig', 'ConsumptionMode'] as const) {
    if ((settings as Properties)[setting] !== undefined) {
      refuse(`${setting} is not supported locally yet`, 'leave it out to run locally');
    }
  }
  const provisioned = readPollers(properties['ProvisionedPollerConfig']);
  if (provisioned === undefined) refuseWithoutPollers(properties, refuse);

  const functionName = String(properties['FunctionName']).replace(/^arn:.*:function:/, '');
  const consumer = findConsumer(functionName);
  if (consumer === undefined)
    return refuse(`unknown function, got ${functionName}`, 'map a function of the same app');
  const id = toUuid(where);
  const groupId = source['ConsumerGroupId'];
  const windowSeconds = properties['MaximumBatchingWindowInSeconds'];
  const responseTypes = (properties['FunctionResponseTypes'] ?? []) as readonly string[];
  return {
    id,
    logicalId: place.logicalId,
    functionName,
    consumer,
    topic,
    batchSize: Number(properties['BatchSize'] ?? 100),
    windowMs: windowSeconds === undefined ? 500 : Number(windowSeconds) * 1000,
    startingPosition,
    maximumRetryAttempts: Number(properties['MaximumRetryAttempts'] ?? -1),
    maximumRecordAgeSeconds: Number(properties['MaximumRecordAgeInSeconds'] ?? -1),
    bisect: properties['BisectBatchOnFunctionError'] === true,
    reportBatchItemFailures: responseTypes.includes('ReportBatchItemFailures'),
    consumerGroupId: typeof groupId === 'string' ? groupId : id,
    provisioned,
    onFailure: readDestination(properties['DestinationConfig'], refuse),
    eventSourceArn: typeof arn === 'string' ? arn : undefined,
    enabled: properties['Enabled'] !== false,
  };
}

type Refuse = (what: string, remedy: string) => never;

function readPollers(config: unknown): Mapping['provisioned'] {
  if (typeof config !== 'object' || config === null || Object.keys(config).length === 0) return undefined;
  const { MinimumPollers, MaximumPollers } = config as Properties;
  return { minPollers: Number(MinimumPollers ?? 1), maxPollers: Number(MaximumPollers ?? 200) };
}

// The guide lists these for provisioned mode only. Whether the API rejects or ignores them otherwise is not documented;
// ignoring them here would hide a mapping that retries for ever on AWS.
function refuseWithoutPollers(properties: Properties, refuse: Refuse): void {
  const settings = [
    'MaximumRetryAttempts',
    'MaximumRecordAgeInSeconds',
    'BisectBatchOnFunctionError',
    'FunctionResponseTypes',
  ];
  const found = settings.filter((setting) => properties[setting] !== undefined);
  if (found.length > 0)
    refuse(`${found.join(', ')} without ProvisionedPollerConfig`, 'set ProvisionedPollerConfig');
}

function readDestination(config: unknown, refuse: Refuse): OnFailure | undefined {
  const { OnFailure } = (config ?? {}) as { readonly OnFailure?: { readonly Destination?: unknown } };
  const arn = OnFailure?.Destination;
  if (typeof arn !== 'string') return undefined;
  if (arn.startsWith('kafka://')) {
    return refuse(
      'a Kafka topic as on-failure destination is not supported locally yet',
      'use an S3 bucket, SQS queue or SNS topic to run locally',
    );
  }
  const [, , service, , , name = ''] = arn.split(':');
  if (service === 's3') return { type: 's3', bucket: name, arn };
  if (service === 'sqs') return { type: 'sqs', queue: name, arn };
  if (service === 'sns') return { type: 'sns', arn };
  return refuse(`unknown on-failure destination, got ${arn}`, 'use an S3 bucket, SQS queue or SNS topic');
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

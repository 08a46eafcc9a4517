// What a plan starts from: the traffic, and the consumer that is to take it. All in one flat object, every default in place.

import type { ConsumerDefinition, Order } from '../../lib/definition/define-consumer.ts';

/** Traffic and consumer. Rates are records a second; sizes are bytes as they are in Kafka. */
export interface Workload {
  readonly consumer: string;
  readonly topic: string;
  readonly recordsPerSecond: number;
  /** What must be kept up with; at least `recordsPerSecond`. */
  readonly peakPerSecond: number;
  /** A value as it is produced, compressed if it is. */
  readonly valueBytes: number;
  readonly keyBytes: number;
  /** All header values of a record. */
  readonly headerBytes: number;
  /** Decompressed bytes for each byte of a value. */
  readonly ratio: number;
  /** What the consumer's own function takes for one record, at its memory size. */
  readonly handlerMs: number;
  readonly partitions: number;
  readonly maxRecords: number;
  readonly maximumBatchingWindowSeconds: number;
  readonly order: Order;
  /** Lanes side by side in an invocation. */
  readonly concurrency: number;
  readonly memoryMb: number;
  readonly maxDecompressedBytesInFlight: number;
  readonly timeoutSeconds: number;
  readonly minPollers: number;
  readonly maxPollers: number;
  /** 1 where the mapping has pollers on demand, which cost nothing; else 0. */
  readonly onDemand: number;
  /** Mappings that share the pollers of a group, this one included; 1 for none. */
  readonly pollerGroupMappings: number;
  /** Of 100 records, those that end as dead letters. */
  readonly deadLetterPercent: number;
  readonly s3PutsPerThousand: number;
  readonly sqsRequestsPerThousand: number;
  readonly dynamodbUnitsPerThousand: number;
  readonly msk: 'none' | 'serverless';
  /** How long MSK keeps a record; for its storage. */
  readonly retentionHours: number;
}

/** What a definition says of a plan. */
export function fromDefinition(definition: ConsumerDefinition): Partial<Workload> {
  return {
    consumer: definition.name,
    topic: definition.topic,
    maxRecords: definition.batch.maxRecords,
    maximumBatchingWindowSeconds: definition.batch.maximumBatchingWindowSeconds,
    order: definition.order,
    concurrency: definition.concurrency,
    memoryMb: definition.memory.sizeMb,
    maxDecompressedBytesInFlight: definition.limits.maxDecompressedBytesInFlight,
    timeoutSeconds: definition.timeoutSeconds,
    onDemand: definition.provisionedPollers === false ? 1 : 0,
    ...(definition.provisionedPollers !== false && {
      minPollers: definition.provisionedPollers.min,
      maxPollers: definition.provisionedPollers.max,
    }),
  };
}

/** Defaults of what neither the definition nor the command line says; the consumer's are those of `defineConsumer`. */
export const defaultWorkload: Workload = {
  consumer: 'a consumer',
  topic: 'orders',
  recordsPerSecond: 100,
  peakPerSecond: 100,
  valueBytes: 800,
  keyBytes: 16,
  headerBytes: 0,
  ratio: 1.5,
  handlerMs: 5,
  partitions: 12,
  maxRecords: 100,
  maximumBatchingWindowSeconds: 1,
  order: 'partition',
  concurrency: 10,
  memoryMb: 256,
  maxDecompressedBytesInFlight: 16_777_216,
  timeoutSeconds: 60,
  minPollers: 1,
  maxPollers: 4,
  onDemand: 0,
  pollerGroupMappings: 1,
  deadLetterPercent: 0.1,
  s3PutsPerThousand: 0,
  sqsRequestsPerThousand: 0,
  dynamodbUnitsPerThousand: 0,
  msk: 'none',
  retentionHours: 24,
};

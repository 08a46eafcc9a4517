// The command line of `tailrace plan` as a workload: each option is a field, and a number may have a fraction.

import { toNumber, UsageError, type OptionSpec, type OptionValues } from '../command.ts';
import { readDefinition } from '../project/definition.ts';
import { defaultWorkload, fromDefinition, type Workload } from './workload.ts';

type NumberField = {
  [K in keyof Workload]: Workload[K] extends number ? K : never;
}[keyof Workload];

interface NumberOption {
  readonly field: NumberField;
  readonly summary: string;
  readonly valueName: string;
  readonly range: readonly [min: number, max: number];
  readonly isWhole?: boolean;
  /** Default the workload's own default. */
  readonly byDefault?: string;
}

const ofDefinition = "the consumer's";

/** Every option that is a number, by its name. */
const numberOptions: Readonly<Record<string, NumberOption>> = {
  rate: {
    field: 'recordsPerSecond',
    summary: 'records per second, on average',
    valueName: 'N',
    range: [1e-6, 1e9],
  },
  peak: {
    field: 'peakPerSecond',
    summary: 'records per second at the peak',
    valueName: 'N',
    range: [1e-6, 1e9],
    byDefault: '--rate',
  },
  bytes: {
    field: 'valueBytes',
    summary: 'mean size of a value as it is in Kafka, after compression',
    valueName: 'BYTES',
    range: [0, 1e9],
  },
  ratio: {
    field: 'ratio',
    summary: 'compression ratio: decompressed bytes for each byte in Kafka',
    valueName: 'N',
    range: [1, 1e6],
  },
  'key-bytes': { field: 'keyBytes', summary: 'mean size of a key', valueName: 'BYTES', range: [0, 1e6] },
  'header-bytes': {
    field: 'headerBytes',
    summary: "mean size of a record's headers",
    valueName: 'BYTES',
    range: [0, 1e6],
  },
  'handler-ms': {
    field: 'handlerMs',
    summary: 'time that your function takes for one record',
    valueName: 'MS',
    range: [0, 840_000],
  },
  partitions: {
    field: 'partitions',
    summary: 'partitions of the topic',
    valueName: 'N',
    range: [1, 1e6],
    isWhole: true,
  },
  memory: {
    field: 'memoryMb',
    summary: 'memory size of the function',
    valueName: 'MB',
    range: [128, 10_240],
    isWhole: true,
    byDefault: ofDefinition,
  },
  'max-records': {
    field: 'maxRecords',
    summary: 'most records in one batch',
    valueName: 'N',
    range: [1, 10_000],
    isWhole: true,
    byDefault: ofDefinition,
  },
  window: {
    field: 'maximumBatchingWindowSeconds',
    summary: 'batching window',
    valueName: 'SECONDS',
    range: [0, 300],
    isWhole: true,
    byDefault: ofDefinition,
  },
  'min-pollers': {
    field: 'minPollers',
    summary: 'fewest pollers',
    valueName: 'N',
    range: [1, 200],
    isWhole: true,
    byDefault: ofDefinition,
  },
  'max-pollers': {
    field: 'maxPollers',
    summary: 'most pollers',
    valueName: 'N',
    range: [1, 2000],
    isWhole: true,
    byDefault: ofDefinition,
  },
  'poller-group': {
    field: 'pollerGroupMappings',
    summary: 'mappings that share the poller group, this one included',
    valueName: 'N',
    range: [1, 100],
    isWhole: true,
  },
  'dead-letters': {
    field: 'deadLetterPercent',
    summary: 'share of records that become dead letters',
    valueName: 'PERCENT',
    range: [0, 100],
  },
  's3-puts': {
    field: 's3PutsPerThousand',
    summary: 'S3 PUTs that your function makes for 1,000 records',
    valueName: 'N',
    range: [0, 1e6],
  },
  'sqs-requests': {
    field: 'sqsRequestsPerThousand',
    summary: 'SQS FIFO requests that your function makes for 1,000 records',
    valueName: 'N',
    range: [0, 1e6],
  },
  'dynamodb-writes': {
    field: 'dynamodbUnitsPerThousand',
    summary: 'DynamoDB write units that your function uses for 1,000 records',
    valueName: 'N',
    range: [0, 1e7],
  },
  'retention-hours': {
    field: 'retentionHours',
    summary: 'hours that MSK keeps a record',
    valueName: 'N',
    range: [1, 87_600],
  },
};

/** The same, as the command line takes them: as text, because they may have a fraction. */
export function toOptionSpecs(): Readonly<Record<string, OptionSpec>> {
  return Object.fromEntries(
    Object.entries(numberOptions).map(([name, { field, summary, valueName, byDefault }]) => [
      name,
      { kind: 'text', summary, valueName, byDefault: byDefault ?? String(defaultWorkload[field]) },
    ]),
  );
}

/**
 * The workload that a command line asks for; `project` is the folder in which a consumer's definition is looked for.
 *
 * @throws UsageError `USAGE`
 */
export async function toWorkload(values: OptionValues, project: string): Promise<Workload> {
  const name = values['consumer'];
  const definition =
    name === undefined ? {} : fromDefinition((await readDefinition(project, String(name))).definition);
  const numbers = Object.entries(numberOptions).flatMap(([option, spec]) => {
    const value = values[option];
    return value === undefined ? [] : [[spec.field, parseNumber(option, String(value), spec)] as const];
  });
  const given = Object.fromEntries(numbers) as Partial<Workload>;
  const msk = values['msk'] === 'serverless' ? 'serverless' : 'none';
  const workload = { ...defaultWorkload, ...definition, ...given, msk } as const;
  const peakPerSecond = given.peakPerSecond ?? workload.recordsPerSecond;
  if (peakPerSecond < workload.recordsPerSecond) {
    throw new UsageError(
      `--peak is below --rate, got ${peakPerSecond}, expected ${workload.recordsPerSecond} or more`,
    );
  }
  if (workload.minPollers > workload.maxPollers) {
    throw new UsageError(
      `--min-pollers is above --max-pollers, got ${workload.minPollers}, expected at most ${workload.maxPollers}`,
    );
  }
  return { ...workload, peakPerSecond };
}

function parseNumber(
  option: string,
  text: string,
  { range: [min, max], isWhole = false }: NumberOption,
): number {
  const number = toNumber(text);
  const isKind = isWhole ? Number.isInteger(number) : !Number.isNaN(number);
  if (isKind && number >= min && number <= max) return number;
  const kind = isWhole ? 'an integer' : 'a number';
  throw new UsageError(
    `--${option} is ${isKind ? 'out of range' : `not ${kind}`}, got ${JSON.stringify(text)}, ` +
      `expected ${kind} ${min}..${max}`,
  );
}

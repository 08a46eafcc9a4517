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
    summary: 'records a second, on average',
    valueName: 'N',
    range: [1e-6, 1e9],
  },
  peak: {
    field: 'peakPerSecond',
    summary: 'records a second that must be kept up with',
    valueName: 'N',
    range: [1e-6, 1e9],
    byDefault: '--rate',
  },
  bytes: {
    field: 'valueBytes',
    summary: 'of a value as it is produced, compressed if it is',
    valueName: 'BYTES',
    range: [0, 1e9],
  },
  ratio: { field: 'ratio', summary: 'decompressed bytes for each of those', valueName: 'N', range: [1, 1e6] },
  'key-bytes': { field: 'keyBytes', summary: 'of a key', valueName: 'BYTES', range: [0, 1e6] },
  'header-bytes': {
    field: 'headerBytes',
    summary: "of a record's headers",
    valueName: 'BYTES',
    range: [0, 1e6],
  },
  'handler-ms': {
    field: 'handlerMs',
    summary: "your function's own time for a record",
    valueName: 'MS',
    range: [0, 840_000],
  },
  partitions: {
    field: 'partitions',
    summary: 'of the topic',
    valueName: 'N',
    range: [1, 1e6],
    isWhole: true,
  },
  memory: {
    field: 'memoryMb',
    summary: 'memory size',
    valueName: 'MB',
    range: [128, 10_240],
    isWhole: true,
    byDefault: ofDefinition,
  },
  'max-records': {
    field: 'maxRecords',
    summary: 'most records of a batch',
    valueName: 'N',
    range: [1, 10_000],
    isWhole: true,
    byDefault: ofDefinition,
  },
  window: {
    field: 'maximumBatchingWindowSeconds',
    summary: 'that a batch gathers for',
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
    summary: 'mappings that share the pollers of a group, this one included',
    valueName: 'N',
    range: [1, 100],
    isWhole: true,
  },
  'dead-letters': {
    field: 'deadLetterPercent',
    summary: 'of the records, as dead letters',
    valueName: 'PERCENT',
    range: [0, 100],
  },
  's3-puts': {
    field: 's3PutsPerThousand',
    summary: 'PUTs for 1,000 records',
    valueName: 'N',
    range: [0, 1e6],
  },
  'sqs-requests': {
    field: 'sqsRequestsPerThousand',
    summary: 'requests to a FIFO queue for 1,000 records',
    valueName: 'N',
    range: [0, 1e6],
  },
  'dynamodb-writes': {
    field: 'dynamodbUnitsPerThousand',
    summary: 'write units for 1,000 records',
    valueName: 'N',
    range: [0, 1e7],
  },
  'retention-hours': {
    field: 'retentionHours',
    summary: 'that MSK keeps a record',
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
  const kind = isWhole ? 'integer' : 'number';
  throw new UsageError(
    `--${option} is ${isKind ? 'out of range' : `no ${kind}`}, got ${JSON.stringify(text)}, ` +
      `expected ${isWhole ? 'an integer' : 'a number'} ${min}..${max}`,
  );
}

// The one description of a consumer, read by the runtime, the infrastructure, the local runner and the tuner alike.
// All of it but the formats is plain data, checked here, at definition time.

import { codecs, type Codec } from '../codec/codec.ts';
import type { Format } from '../format/format.ts';
import { checkDefinition, type Problem } from './definition-check.ts';
import { shortenStack } from './shorten-stack.ts';

/** Which records stay in order: those of a partition, those of a key, or none. */
export type Order = 'partition' | 'key' | 'none';

/** A consumer's memory size and how it was measured; the contents of `memory.json`, which `tailrace tune --write` writes. */
export interface MemoryProfile {
  /** The function's memory size, 128..10240 MB. */
  readonly sizeMb: number;
  /** Highest resident memory seen while measuring, MB. */
  readonly measuredPeakMb?: number;
  /** When it was measured, ISO date. */
  readonly measuredAt?: string;
  /** The command that measured it. */
  readonly measuredBy?: string;
  /** Node version and commit of the measurement. */
  readonly measuredOn?: string;
  /** Settings of the definition during the measurement, by name. */
  readonly measuredFor?: Readonly<Record<string, string | number>>;
}

/** What `defineConsumer()` takes. */
export interface ConsumerConfig<V = undefined, K = string> {
  /** 1..40 lower-case letters, digits and hyphens, starting with a letter. Part of resource names, metrics and logs. */
  readonly name: string;
  /** The Kafka topic, 2..249 characters a-z A-Z 0-9 . _ -; a mapping reads exactly one. */
  readonly topic: string;
  /** How values are decoded. Default none: values are neither decompressed nor decoded, and `record.value` is undefined. */
  readonly value?: Format<V>;
  /**
   * How keys are decoded, before the function runs; a record whose key cannot be decoded is dead-lettered. Default none:
   * `record.key` is the key as UTF-8 text, decoded when it is read, or null if it is not UTF-8.
   */
  readonly key?: Format<K>;
  /**
   * Which compressions of the value are decompressed: those detected by magic number or header, none, or only the listed ones.
   * Default `detect`.
   */
  readonly compression?: 'detect' | 'none' | readonly Codec[];
  /** Which records stay in order. Default `partition`. */
  readonly order?: Order;
  /** Lanes that run in parallel in one invocation, 1..1000. Default 10. */
  readonly concurrency?: number;
  readonly batch?: {
    /** Most records in one invocation, 1..10000. Default 100. */
    readonly maxRecords?: number;
    /** How long the mapping collects a batch, whole seconds, 0..300. Default 1. */
    readonly maximumBatchingWindowSeconds?: number;
  };
  readonly retry?: {
    /** Most deliveries of a record, including the first, 1..10001. Default 5. */
    readonly maxAttempts?: number;
    /** A record older than this goes to the on-failure destination, seconds, 60..604800. Default 86400. */
    readonly maxAgeSeconds?: number;
    /** Whether the mapping splits a failing batch in two. Default true. */
    readonly bisect?: boolean;
  };
  /** Where dead letters are stored. Default `{ to: 's3' }`. */
  readonly deadLetter?: { readonly to: 's3' };
  readonly limits?: {
    /**
     * Most bytes of one value after decompression, 1..1073741824; a larger value is dead-lettered with `TOO_LARGE` before the
     * memory is allocated. Default 1048576.
     */
    readonly maxDecompressedBytesPerRecord?: number;
    /**
     * Most bytes that one value may take in memory as objects, strings and buffers, 1024..1073741824; a larger one is dead-
     * lettered with `VALUE_TOO_LARGE`. Default: 16 times `maxDecompressedBytesPerRecord`, at most a sixteenth of the memory size.
     */
    readonly maxValueBytesPerRecord?: number;
    /** Most bytes of all values in progress in the process, 1..1073741824; worker threads share them. Default 16777216. */
    readonly maxDecompressedBytesInFlight?: number;
  };
  /** The memory size and how it was measured: the contents of `memory.json`. Default 256 MB. */
  readonly memory?: MemoryProfile;
  /** The function's timeout, seconds, 1..840: Kafka mappings allow at most 14 minutes. Default 60. */
  readonly timeoutSeconds?: number;
  /**
   * Provisioned pollers, which AWS bills by the hour (about 135 USD a month for up to ten, us-east-1), or `false` for on-demand
   * pollers, which are free. On-demand pollers support no `retry` settings, no bisecting, no partial responses, no schema
   * registries and no Kafka destination: if a record fails, the runtime throws, and AWS sends the whole batch again, 11 times in
   * all, before it goes to the on-failure destination.
   */
  readonly provisionedPollers?:
    | {
        /** Fewest pollers, 1..200. Default 1. */
        readonly min?: number;
        /** Most pollers, `min`..2000. Default 4. */
        readonly max?: number;
      }
    | false;
  /** Where a consumer group without committed offsets starts. Default `TRIM_HORIZON`, which misses no record. */
  readonly startingPosition?: 'TRIM_HORIZON' | 'LATEST';
}

/** A checked definition with all defaults filled in; what `defineConsumer()` returns. */
export interface ConsumerDefinition<V = unknown, K = unknown> {
  readonly name: string;
  readonly topic: string;
  readonly value: Format<V> | undefined;
  readonly key: Format<K> | undefined;
  readonly compression: 'detect' | 'none' | readonly Codec[];
  readonly order: Order;
  readonly concurrency: number;
  readonly batch: { readonly maxRecords: number; readonly maximumBatchingWindowSeconds: number };
  readonly retry: { readonly maxAttempts: number; readonly maxAgeSeconds: number; readonly bisect: boolean };
  readonly deadLetter: { readonly to: 's3' };
  readonly limits: {
    readonly maxDecompressedBytesPerRecord: number;
    readonly maxValueBytesPerRecord: number;
    readonly maxDecompressedBytesInFlight: number;
  };
  readonly memory: {
    readonly sizeMb: number;
    readonly measuredPeakMb: number | undefined;
    /** Settings during the measurement; undefined if `memory.json` does not have them. */
    readonly measuredFor: Readonly<Record<string, string | number>> | undefined;
  };
  readonly timeoutSeconds: number;
  /** False for on-demand pollers; `retry` then has what AWS does by itself. */
  readonly provisionedPollers: { readonly min: number; readonly max: number } | false;
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
}

/** The definition is wrong. `problems` has every field with its value and what is allowed. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
  readonly code = 'INVALID_DEFINITION';
  readonly problems: readonly Problem[];

  constructor(consumer: unknown, problems: readonly Problem[]) {
    const lines = problems.map(({ field, got, expected }) => `${field}: got ${got}, expected ${expected}`);
    const who = typeof consumer === 'string' ? ` of consumer ${JSON.stringify(consumer)}` : '';
    super(`definition${who} is not valid; correct it in its consumer.ts:\n  ${lines.join('\n  ')}`);
    this.problems = problems;
    shortenStack(this);
  }
}

/**
 * Checks that `definition` is what {@link defineConsumer} gives, and not the plain object that it takes.
 *
 * @throws DefinitionError `INVALID_DEFINITION`
 */
export function requireDefinition(definition: unknown): void {
  const sections = ['batch', 'deadLetter', 'limits', 'memory', 'retry'];
  const missing = sections.filter(
    (name) => !isObject(definition) || !isObject(Reflect.get(definition, name)),
  );
  if (missing.length === 0) return;
  const got = isObject(definition) ? `an object without ${missing.join(', ')}` : typeof definition;
  const name = isObject(definition) ? Reflect.get(definition, 'name') : undefined;
  const expected = 'what defineConsumer() returns';
  throw new DefinitionError(name, [{ field: 'definition', got, expected }]);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A consumer's name. Part of resource names. */
export const namePattern = /^[a-z][a-z0-9-]{0,39}$/;
/**
 * A topic's name: what Kafka takes and the mapping's own pattern (Lambda service model), no dot in front and two characters at least. It
 * stands in grants, where a star would be more than one topic.
 */
export const topicPattern = /^[\w-][\w.-]{1,248}$/;
const oneGiB = 1_073_741_824;
// JSON of short members becomes up to 16 times its length; objects of Avro and Protobuf in which most fields are absent, too.
const growthOfValues = 16;
// A sixteenth of the memory size: at 128 MB half of that is Node's, and an event and garbage take most of the rest.
const partOfMb = 65_536;

/** `limits.maxValueBytesPerRecord` where a definition does not say it, for a memory size, MB. */
export function defaultValueBytes(maxDecompressedBytesPerRecord: number, sizeMb: number): number {
  return Math.max(1024, Math.min(oneGiB, maxDecompressedBytesPerRecord * growthOfValues, sizeMb * partOfMb));
}

/** What AWS does with pollers on demand and a destination: 10 retries by itself, no limit of age. Source: Lambda guide, kafka-retry-configurations. */
const onDemandRetry = { maxAttempts: 11, maxAgeSeconds: Number.MAX_SAFE_INTEGER, bisect: false } as const;

/**
 * Checks a definition and fills in its defaults.
 *
 * @throws DefinitionError `INVALID_DEFINITION` with all problems, including unknown fields
 */
export function defineConsumer<V = undefined, K = string>(
  definition: ConsumerConfig<V, K>,
): ConsumerDefinition<V, K> {
  const { top, finish } = checkDefinition(definition);
  const [batch, retry, deadLetter] = [top.section('batch'), top.section('retry'), top.section('deadLetter')];
  const [limits, memory, provisionedPollers] = [
    top.section('limits'),
    top.section('memory'),
    top.sectionOrFalse('provisionedPollers'),
  ];
  const maxDecompressedBytesPerRecord = limits.integer(
    'maxDecompressedBytesPerRecord',
    [1, oneGiB],
    1_048_576,
  );
  const sizeMb = memory.integer('sizeMb', [128, 10_240], 256);
  const minPollers = provisionedPollers?.integer('min', [1, 200], 1) ?? 1;
  if (provisionedPollers === undefined) {
    retry.allow('maxAttempts', 'maxAgeSeconds', 'bisect');
    top.forbid(
      'retry',
      'nothing together with provisionedPollers: false, for which AWS accepts no retry settings',
    );
  }

  const config: ConsumerDefinition<V, K> = {
    name: top.match('name', namePattern, 'a lower-case name such as "orders", at most 40 characters'),
    topic: top.match('topic', topicPattern, 'a topic name of 2..249 characters a-z A-Z 0-9 . _ -'),
    value: top.format('value') as Format<V> | undefined,
    key: top.format('key') as Format<K> | undefined,
    compression: top.compression('compression', codecs),
    order: top.oneOf('order', ['partition', 'key', 'none'], 'partition'),
    concurrency: top.integer('concurrency', [1, 1000], 10),
    batch: {
      maxRecords: batch.integer('maxRecords', [1, 10_000], 100),
      maximumBatchingWindowSeconds: batch.integer('maximumBatchingWindowSeconds', [0, 300], 1),
    },
    retry:
      provisionedPollers === undefined
        ? onDemandRetry
        : {
            maxAttempts: retry.integer('maxAttempts', [1, 10_001], 5),
            maxAgeSeconds: retry.integer('maxAgeSeconds', [60, 604_800], 86_400),
            bisect: retry.boolean('bisect', true),
          },
    deadLetter: { to: deadLetter.oneOf('to', ['s3'], 's3') },
    limits: {
      maxDecompressedBytesPerRecord,
      maxValueBytesPerRecord: limits.integer(
        'maxValueBytesPerRecord',
        [1024, oneGiB],
        defaultValueBytes(maxDecompressedBytesPerRecord, sizeMb),
      ),
      maxDecompressedBytesInFlight: limits.integer('maxDecompressedBytesInFlight', [1, oneGiB], 16_777_216),
    },
    memory: {
      sizeMb,
      measuredPeakMb: memory.isGiven('measuredPeakMb')
        ? memory.integer('measuredPeakMb', [1, 10_240], 1)
        : undefined,
      measuredFor: definition?.memory?.measuredFor,
    },
    timeoutSeconds: top.integer('timeoutSeconds', [1, 840], 60),
    provisionedPollers:
      provisionedPollers === undefined
        ? false
        : {
            min: minPollers,
            max: provisionedPollers.integer('max', [minPollers, 2000], Math.max(minPollers, 4)),
          },
    startingPosition: top.oneOf('startingPosition', ['TRIM_HORIZON', 'LATEST'], 'TRIM_HORIZON'),
  };
  memory.allow('measuredPeakMb', 'measuredAt', 'measuredBy', 'measuredOn', 'measuredFor');
  const problems = finish();
  if (problems.length > 0) throw new DefinitionError(definition?.name, problems);
  return config;
}

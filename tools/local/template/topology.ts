// From the synthesized templates to the things that run locally: functions with their assets, mappings, and the buckets,
// queues, topics and tables that they use. Everything is plain data; nothing is started here.
import { statSync } from 'node:fs';
import type { AwsResources, QueueResource, TableResource } from '../../aws/resources.ts';
import { LocalError } from '../error.ts';
import { createResolver, type LocalAccount, type Resolver } from './intrinsics.ts';
import { readMapping, type Mapping } from '../mapping/mapping.ts';
import { inventName, nameProperties, readAttribute } from './physical-name.ts';
import { readStacks, type Stack, type TemplateResource } from './template.ts';

/** A function as it would be deployed. */
export interface LambdaFunction {
  readonly logicalId: string;
  readonly name: string;
  /** `<module>.<export>`, as `index.handler`. */
  readonly handler: string;
  /** As `nodejs24.x`. */
  readonly runtime: string;
  /** Folder of the unzipped asset, absolute. */
  readonly assetPath: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly architecture: 'arm64' | 'x86_64';
  readonly logFormat: 'Text' | 'JSON';
}

/** Everything of an app that the local runner runs or creates. */
export interface Topology extends AwsResources {
  readonly functions: readonly LambdaFunction[];
  readonly mappings: readonly Mapping[];
}

/** Kafka topics that an app reads, and those that its failures go to: on AWS somebody has made them before. */
export function toKafkaTopics({ mappings }: Pick<Topology, 'mappings'>): ReadonlySet<string> {
  return new Set(
    mappings.flatMap(({ topic, onFailure }) =>
      onFailure?.type === 'kafka' ? [topic, onFailure.topic] : [topic],
    ),
  );
}

/** What local ids are made of. */
export interface TopologyOptions extends LocalAccount {
  /** Gives the URL that a queue will have once it is created. */
  readonly queueUrl: (queueName: string) => string;
  /** Physical name of a resource that is deployed already. Default: the template's, or one is invented. */
  readonly physicalName?: (stackName: string, logicalId: string) => string | undefined;
}

/**
 * Reads the app that `cdk synth` wrote to the folder `cdkOut`.
 * @throws {LocalError} `NO_CDK_OUT`, `UNRESOLVED` or `UNSUPPORTED`.
 */
export function readTopology(cdkOut: string, options: TopologyOptions): Topology {
  const parts = readStacks(cdkOut).map((stack) => readStack(stack, options));
  return {
    functions: parts.flatMap(({ functions }) => functions),
    mappings: parts.flatMap(({ mappings }) => mappings),
    buckets: parts.flatMap(({ buckets }) => buckets),
    queues: parts.flatMap(({ queues }) => queues),
    topics: parts.flatMap(({ topics }) => topics),
    tables: parts.flatMap(({ tables }) => tables),
  };
}

type Properties = Readonly<Record<string, unknown>>;

interface Found {
  readonly logicalId: string;
  readonly name: string;
  readonly read: (property: string) => unknown;
}

function readStack(stack: Stack, options: TopologyOptions): Topology {
  const names = new Map<string, string>();
  const nameOf = (logicalId: string): string | undefined => {
    const resource = stack.template.Resources[logicalId];
    const property = nameProperties[resource?.Type ?? ''];
    if (resource === undefined || property === undefined) return undefined;
    const known = names.get(logicalId);
    if (known !== undefined) return known;
    const given = resolver.resolve(logicalId, resource.Properties?.[property]);
    const isFifo = isTrue(resource.Properties?.['FifoQueue'] ?? resource.Properties?.['FifoTopic']);
    const ids = { stackName: stack.name, logicalId, isFifo };
    const name =
      options.physicalName?.(stack.name, logicalId) ??
      (typeof given === 'string' ? given : inventName(resource.Type, ids));
    names.set(logicalId, name);
    return name;
  };
  const resolver: Resolver = createResolver(stack, options, (logicalId, attribute) => {
    const type = stack.template.Resources[logicalId]?.Type;
    const name = nameOf(logicalId);
    return type === undefined || name === undefined
      ? undefined
      : readAttribute({ type, name }, attribute, options);
  });
  const find = (...types: readonly string[]): readonly Found[] =>
    Object.entries(stack.template.Resources)
      .filter(
        ([logicalId, resource]) => types.includes(resource.Type) && exists(resolver, logicalId, resource),
      )
      .map(([logicalId, { Properties }]) => ({
        logicalId,
        name: nameOf(logicalId) ?? logicalId,
        read: (property) => resolver.resolve(logicalId, Properties?.[property]),
      }));

  const mapped = find('AWS::Lambda::EventSourceMapping');
  const targets = new Set(mapped.map(({ read }) => functionName(read('FunctionName'))));
  // Functions of CDK's own (custom resources) have no mapping, run elsewhere and may hold anything.
  const functions = find('AWS::Lambda::Function')
    .filter(({ name }) => targets.has(name))
    .map((found) => readFunction(found, stack));
  const consumers = new Map(
    functions.map(({ name, environment }) => [name, environment['POWERTOOLS_SERVICE_NAME'] ?? name]),
  );
  return {
    functions,
    mappings: mapped.flatMap(({ logicalId }) => {
      const all = resolver.resolve(
        logicalId,
        stack.template.Resources[logicalId]?.Properties ?? {},
      ) as Properties;
      const place = { stackName: stack.name, logicalId };
      return readMapping(place, all, (name) => consumers.get(name)) ?? [];
    }),
    buckets: find('AWS::S3::Bucket').map(({ name }) => ({ name })),
    queues: find('AWS::SQS::Queue').map(readQueue),
    topics: find('AWS::SNS::Topic').map(({ name }) => ({ name })),
    tables: find('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable').map(({ name, read }) => ({
      name,
      keySchema: read('KeySchema') as TableResource['keySchema'],
      attributeDefinitions: read('AttributeDefinitions') as TableResource['attributeDefinitions'],
    })),
  };
}

function exists(resolver: Resolver, logicalId: string, { Condition }: TemplateResource): boolean {
  return Condition === undefined || resolver.holds(logicalId, Condition);
}

function functionName(reference: unknown): string {
  return String(reference).replace(/^arn:.*:function:/, '');
}

// "840 seconds or less" for functions that a Kafka mapping calls; 4 KB of variables (Lambda guide, quotas).
const maxTimeoutSeconds = 840;
const maxEnvironmentBytes = 4096;

function readFunction({ logicalId, name, read }: Found, stack: Stack): LambdaFunction {
  const runtime = String(read('Runtime'));
  const refuse = (what: string, remedy: string): never => {
    throw new LocalError('UNSUPPORTED', `${what} in function ${stack.name}/${logicalId}; ${remedy}`);
  };
  if (!runtime.startsWith('nodejs'))
    refuse(`unsupported runtime, got ${runtime}, expected nodejs`, 'run it on AWS');
  const { S3Key } = (read('Code') ?? {}) as { readonly S3Key?: string };
  const assetPath = stack.assets.get(S3Key ?? '');
  if (assetPath === undefined || statSync(assetPath, { throwIfNoEntry: false })?.isDirectory() !== true) {
    return refuse(`no asset folder, got ${assetPath ?? S3Key ?? 'inline code'}`, 'run: npm run synth');
  }
  const memoryMb = Number(read('MemorySize') ?? 128);
  if (!(memoryMb >= 128 && memoryMb <= 10_240))
    refuse(`MemorySize is out of range, got ${memoryMb}`, 'expected 128..10240');
  const timeoutSeconds = Number(read('Timeout') ?? 3);
  if (!(timeoutSeconds >= 1 && timeoutSeconds <= maxTimeoutSeconds))
    refuse(
      `Timeout is out of range, got ${timeoutSeconds}`,
      `expected 1..${maxTimeoutSeconds} for a Kafka mapping`,
    );
  const [architecture] = (read('Architectures') ?? []) as readonly string[];
  const { Variables = {} } = (read('Environment') ?? {}) as { readonly Variables?: Properties };
  const environment = Object.fromEntries(
    Object.entries(Variables).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  const environmentBytes = Buffer.byteLength(JSON.stringify(environment));
  if (environmentBytes > maxEnvironmentBytes)
    refuse(
      `Environment is too large, got ${environmentBytes} bytes as JSON`,
      `expected at most ${maxEnvironmentBytes}`,
    );
  const { LogFormat } = (read('LoggingConfig') ?? {}) as { readonly LogFormat?: string };
  return {
    logicalId,
    name,
    handler: String(read('Handler')),
    runtime,
    assetPath,
    memoryMb,
    timeoutSeconds,
    environment,
    architecture: architecture === 'arm64' ? 'arm64' : 'x86_64',
    logFormat: LogFormat === 'JSON' ? 'JSON' : 'Text',
  };
}

const queueAttributes = [
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'DelaySeconds',
  'FifoThroughputLimit',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'RedrivePolicy',
  'VisibilityTimeout',
] as const;

function readQueue({ name, read }: Found): QueueResource {
  const fifo = isTrue(read('FifoQueue'));
  const attributes = queueAttributes
    .map((attribute) => [attribute, read(attribute)] as const)
    .filter(([, value]) => value !== undefined)
    .map(([attribute, value]) => [attribute, typeof value === 'string' ? value : JSON.stringify(value)]);
  return {
    name,
    fifo,
    attributes: {
      ...(fifo ? { FifoQueue: 'true' } : {}),
      ...(Object.fromEntries(attributes) as Record<string, string>),
    },
  };
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

// From the synthesized templates to the things that run locally: functions with their assets, mappings, and the buckets,
// queues, topics and tables that they use. Everything is plain data; nothing is started here.
import type { AwsResources } from '../aws/resources.ts';
import { LocalError } from '../local/error.ts';
import { networkTypes } from '../local/mapping/access-configuration.ts';
import { readMapping, type Mapping } from '../local/mapping/mapping.ts';
import { readResources } from './resources/app-resources.ts';
import { nameConsumers } from './consumer-names.ts';
import { own } from './own-property.ts';
import { readPermissions, type AppPermissions } from './permissions.ts';
import {
  isEndpointVariable,
  readFunction,
  type FunctionParts,
  type LambdaFunction,
} from './lambda-function.ts';
import {
  openStacks,
  readFunctionName,
  type Found,
  type NamingOptions,
  type StackResources,
} from './resources/stack-resources.ts';
import { readTemplateFile } from './document/template-file.ts';
import { readStacks } from './document/template.ts';

export type { LambdaFunction } from './lambda-function.ts';

/** Everything of an app that the local runner runs or creates. */
export interface Topology extends AwsResources {
  /** Those that a Kafka mapping calls. */
  readonly functions: readonly LambdaFunction[];
  readonly mappings: readonly Mapping[];
  /** What the functions may do. Default: everything. */
  readonly permissions?: AppPermissions;
}

/** Kafka topics that an app reads, and those that its failures go to: on AWS somebody has made them before. */
export function toKafkaTopics({ mappings }: Pick<Topology, 'mappings'>): ReadonlySet<string> {
  return new Set(
    mappings.flatMap(({ topic, onFailure }) =>
      onFailure?.type === 'kafka' ? [topic, onFailure.topic] : [topic],
    ),
  );
}

/** How an app is read. */
export interface TopologyOptions extends NamingOptions {
  /** What is read: an assembly of the CDK, or one file. Default `assembly`. */
  readonly format?: 'assembly' | 'template';
  /** Consumers to read; what the others hold may be anything. Default: all. */
  readonly consumers?: readonly string[];
  /** Values for variables of functions, in place of the template's; every function that has the variable gets it. */
  readonly variables?: Readonly<Record<string, string>>;
}

/**
 * Reads the app at `path`: the folder that `cdk synth` wrote, or a template's file.
 * @throws {LocalError} `NO_CDK_OUT` or `NO_TEMPLATE`, `UNRESOLVED`, `UNSUPPORTED`; `NO_SUCH_CONSUMER` or `NO_SUCH_NAME` for a name that the app does not have.
 */
export function readTopology(path: string, options: TopologyOptions): Topology {
  const isFile = options.format === 'template';
  const stacks = openStacks(isFile ? [readTemplateFile(path)] : readStacks(path), options);
  const sources = findSources(stacks);
  const names = sources.map(({ consumer }) => consumer);
  for (const consumer of options.consumers ?? []) checkConsumer(consumer, names);
  const wanted = sources.filter(({ consumer }) => options.consumers?.includes(consumer) ?? true);
  const parts = { names, variables: options.variables ?? {}, layers: findLayers(stacks) };
  const read = wanted.map((source) => readSource(source, parts));
  checkGiven(stacks, read, options);
  checkGroups(read);
  const functions = [...new Map(read.map(({ fn }) => [fn.name, fn])).values()];
  const resources = readResources(stacks);
  const { accountId, region } = options;
  return {
    functions,
    mappings: read.map(({ mapping }) => mapping),
    ...resources,
    permissions: readPermissions(stacks, { functions, resources, account: { accountId, region } }),
  };
}

/** @throws {LocalError} `NO_SUCH_CONSUMER` for a name that is not among the known ones. */
export function checkConsumer(consumer: string, known: readonly string[]): void {
  if (known.includes(consumer)) return;
  throw new LocalError(
    'NO_SUCH_CONSUMER',
    `no such consumer, got ${consumer}, expected one of: ${known.join(', ') || 'none'}; check the name`,
  );
}

type Properties = Readonly<Record<string, unknown>>;

/** A Kafka mapping and the function that it calls, of which no more is read yet than their names. */
interface Source {
  readonly consumer: string;
  readonly mapping: Found;
  readonly stack: StackResources;
  readonly target: { readonly fn: Found; readonly stack: StackResources } | undefined;
}

function findSources(stacks: readonly StackResources[]): readonly Source[] {
  const functions = new Map(
    stacks.flatMap((stack) =>
      stack.find('AWS::Lambda::Function').map((fn) => [fn.name, { fn, stack }] as const),
    ),
  );
  const found = stacks.flatMap((stack) =>
    stack.find('AWS::Lambda::EventSourceMapping').flatMap((mapping) => {
      // A source without topics is none of Kafka, and its function may be anything.
      const topics: unknown = mapping.read('Topics') ?? [];
      if (Array.isArray(topics) && topics.length === 0) return [];
      // No more than a name for now: what is no list of one topic is refused when this mapping is read.
      const topic = String([topics].flat()[0]);
      const functionName = readFunctionName(mapping.read('FunctionName'));
      const target = functions.get(functionName);
      const parts = { functionName, topic, logicalId: mapping.logicalId };
      return [{ mapping, stack, target, parts: { ...parts, service: readService(target) } }];
    }),
  );
  const names = nameConsumers(found.map(({ parts }) => parts));
  return found.map((source, index) => ({ ...source, consumer: names[index] ?? '' }));
}

function readService(target: Source['target']): string | undefined {
  if (target === undefined) return undefined;
  const { properties, resolve, head } = target.fn;
  const { Variables } = (head(properties['Environment']) ?? {}) as Properties;
  const service = resolve(own(head(Variables) as Properties | undefined, 'POWERTOOLS_SERVICE_NAME'));
  return typeof service === 'string' ? service : undefined;
}

function readSource(
  { consumer, mapping, stack, target }: Source,
  { names, variables, layers }: Omit<FunctionParts, 'stack'> & { readonly names: readonly string[] },
): { readonly mapping: Mapping; readonly fn: LambdaFunction } {
  try {
    const place = { stackName: stack.stack.name, logicalId: mapping.logicalId };
    if (target === undefined)
      throw new LocalError(
        'UNSUPPORTED',
        `unknown function, got ${String(mapping.read('FunctionName'))} in mapping ${place.stackName}/${place.logicalId}; map a function of the same app`,
      );
    const properties = readProperties(mapping);
    return {
      fn: readFunction(target.fn, { stack: target.stack.stack, layers, variables }),
      mapping: readMapping({ ...place, consumer, functionName: target.fn.name }, properties),
    };
  } catch (error) {
    const others = names.filter((name) => name !== consumer);
    if (!(error instanceof LocalError) || others.length === 0) throw error;
    const hint = `or run the others: --consumer ${others.join(' --consumer ')}`;
    throw new LocalError(error.code, `${error.message}; ${hint}`, { cause: error });
  }
}

// Where a cluster is, and how it is reached in a VPC, comes from resources that nobody makes here, and means nothing; nor do
// the mapping's key and tags. The cluster's ARN is only passed on to the function.
function readProperties({ properties, resolve, head }: Found): Properties {
  const {
    SelfManagedEventSource: _address,
    KmsKeyArn: _key,
    Tags: _tags,
    EventSourceArn,
    SourceAccessConfigurations,
    ...rest
  } = properties;
  const list = head(SourceAccessConfigurations);
  const isNetwork = (item: unknown): boolean =>
    networkTypes.has(head(own(item as Properties | undefined, 'Type')));
  const access = Array.isArray(list) ? list.map(head).filter((item) => !isNetwork(item)) : list;
  const passedOn = { EventSourceArn, SourceAccessConfigurations: access };
  const known = resolve(rest) as Properties;
  return { ...known, ...(resolve(passedOn, { onUnknown: () => {} }) as Properties) };
}

function checkGiven(
  stacks: readonly StackResources[],
  read: readonly { readonly fn: LambdaFunction }[],
  { variables = {}, parameters = {} }: TopologyOptions,
): void {
  const known = read.flatMap(({ fn }) => Object.keys(fn.environment));
  const asked = Object.keys(variables).filter((name) => !isEndpointVariable(name));
  checkNames('variable', asked, new Set(known));
  const declared = stacks.flatMap(({ stack }) => Object.keys(stack.template.Parameters ?? {}));
  checkNames('parameter', Object.keys(parameters), new Set(declared));
}

function findLayers(stacks: readonly StackResources[]): ReadonlyMap<string, string> {
  return new Map(
    stacks.flatMap(({ stack, find }) =>
      find('AWS::Lambda::LayerVersion').flatMap(({ logicalId, read, resolve }) => {
        const { S3Key } = (read('Content') ?? {}) as { readonly S3Key?: string };
        const path = stack.assets.get(S3Key ?? '');
        return path === undefined ? [] : [[String(resolve({ Ref: logicalId })), path] as const];
      }),
    ),
  );
}

/** A misspelled name must not pass for one that was given. */
function checkNames(what: string, names: readonly string[], known: ReadonlySet<string>): void {
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return;
  throw new LocalError(
    'NO_SUCH_NAME',
    `no such ${what}, got ${unknown}, expected one of: ${[...known].join(', ') || 'none'}; check the name`,
  );
}

/** "The consumer group ID must be unique among all your Kafka event sources" (Lambda API reference); two would share the partitions. */
function checkGroups(read: readonly { readonly mapping: Mapping }[]): void {
  const owners = new Map<string, string>();
  for (const { mapping } of read) {
    const { consumerGroupId, consumer } = mapping;
    const owner = owners.get(consumerGroupId);
    if (owner !== undefined)
      throw new LocalError(
        'UNSUPPORTED',
        `two mappings have one ConsumerGroupId, got ${consumerGroupId} in ${owner} and ${consumer}, expected one each; ` +
          'name another group, or none',
      );
    owners.set(consumerGroupId, consumer);
  }
}

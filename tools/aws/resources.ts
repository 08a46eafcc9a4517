// What a stack's template declares, made real at the local endpoints. Idempotent: a second run finds everything there.
import {
  CreateTableCommand,
  DescribeTableCommand,
  ResourceInUseException,
  type AttributeDefinition,
  type KeySchemaElement,
} from '@aws-sdk/client-dynamodb';
import {
  AlreadyExistsException,
  CreateRegistryCommand,
  CreateSchemaCommand,
  RegisterSchemaVersionCommand,
  type DataFormat,
} from '@aws-sdk/client-glue';
import { BucketAlreadyExists, BucketAlreadyOwnedByYou, CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateTopicCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  QueueNameExists,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { setTimeout as delay } from 'node:timers/promises';
import { createClients, type AwsClients } from './clients.ts';
import type { AwsEndpoints } from './endpoints.ts';

/** The resources to create, by their physical names. */
export interface AwsResources {
  readonly buckets: readonly { readonly name: string }[];
  /** `attributes` as SQS's CreateQueue takes them; `fifo` adds `FifoQueue`, and the name ends in `.fifo`. */
  readonly queues: readonly QueueResource[];
  /** SNS topics. */
  readonly topics: readonly { readonly name: string }[];
  readonly tables: readonly TableResource[];
  /** Schema registries of AWS Glue. Default none. */
  readonly registries?: readonly { readonly name: string }[];
  /** Schemas in them, or in the default one. Default none. */
  readonly schemas?: readonly SchemaResource[];
}

/** One schema of a Glue registry, with its versions in their order. */
export interface SchemaResource {
  readonly name: string;
  /** A registry's name; undefined: the default registry. */
  readonly registry: string | undefined;
  readonly dataFormat: DataFormat;
  readonly definitions: readonly string[];
}

/** One SQS queue. */
export interface QueueResource {
  readonly name: string;
  readonly fifo: boolean;
  readonly attributes: Readonly<Record<string, string>>;
}

/** One DynamoDB table without indexes, paid per request. */
export interface TableResource {
  readonly name: string;
  readonly keySchema: readonly KeySchemaElement[];
  readonly attributeDefinitions: readonly AttributeDefinition[];
}

/** Where created resources are, by name. */
export interface CreatedResources {
  readonly queueUrls: Readonly<Record<string, string>>;
  readonly topicArns: Readonly<Record<string, string>>;
}

/** URL of a queue at these endpoints, whether it exists yet or not. */
export function toQueueUrl(endpoints: Pick<AwsEndpoints, 'environment' | 'accountId'>, name: string): string {
  return `${endpoints.environment['AWS_ENDPOINT_URL_SQS']}/${endpoints.accountId}/${name}`;
}

/**
 * Creates what is missing and resolves once all of it can be used.
 * @throws {AwsResourceError} `RESOURCE_FAILED` naming the resource, when an endpoint refuses it.
 */
export async function createResources(
  resources: AwsResources,
  endpoints: Pick<AwsEndpoints, 'environment' | 'accountId' | 'region'>,
): Promise<CreatedResources> {
  const clients = createClients(endpoints);
  try {
    const [topicArns] = await Promise.all([
      createTopics(clients, resources.topics),
      ...resources.queues.map(async (queue) => await named('queue', queue.name, createQueue(clients, queue))),
      ...resources.buckets.map(async ({ name }) => await named('bucket', name, createBucket(clients, name))),
      ...resources.tables.map(async (table) => await named('table', table.name, createTable(clients, table))),
    ]);
    // Not the URLs that CreateQueue returned: fauxqs makes their host sqs.<region>.localhost, which need not resolve.
    await createSchemas(clients, resources);
    const queueUrls = resources.queues.map(({ name }) => [name, toQueueUrl(endpoints, name)] as const);
    return { queueUrls: Object.fromEntries(queueUrls), topicArns };
  } finally {
    clients.close();
  }
}

/** A resource that an endpoint refused, or that never became usable. */
export class AwsResourceError extends Error {
  override readonly name = 'AwsResourceError';
  readonly code = 'RESOURCE_FAILED';
  /** Physical name of the resource. */
  readonly resource: string;

  constructor(resource: string, message: string, cause: unknown) {
    super(message, { cause });
    this.resource = resource;
  }
}

async function named<T>(kind: string, name: string, creation: Promise<T>): Promise<T> {
  try {
    return await creation;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AwsResourceError(name, `${kind} ${name} cannot be created: ${reason}`, error);
  }
}

async function createQueue({ sqs }: AwsClients, { name, fifo, attributes }: QueueResource): Promise<void> {
  const Attributes = fifo ? { ...attributes, FifoQueue: 'true' } : attributes;
  try {
    await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  } catch (error) {
    // There from an earlier run, whose template said something else of it.
    if (!(error instanceof QueueNameExists)) throw error;
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { ...attributes } }));
  }
}

async function createTopics(
  { sns }: AwsClients,
  topics: readonly { readonly name: string }[],
): Promise<Readonly<Record<string, string>>> {
  const entries = topics.map(async ({ name }) => {
    const created = await named('topic', name, sns.send(new CreateTopicCommand({ Name: name })));
    return [name, created.TopicArn ?? ''] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** One after another: a schema needs its registry, and versions count up. */
async function createSchemas(
  { glue }: AwsClients,
  { registries = [], schemas = [] }: Pick<AwsResources, 'registries' | 'schemas'>,
): Promise<void> {
  for (const { name: RegistryName } of registries) {
    const command = new CreateRegistryCommand({ RegistryName });
    await named('schema registry', RegistryName, unlessThere(glue.send(command)));
  }
  for (const { name: SchemaName, registry, dataFormat: DataFormat, definitions } of schemas) {
    const RegistryId = registry === undefined ? {} : { RegistryId: { RegistryName: registry } };
    const command = new CreateSchemaCommand({ SchemaName, DataFormat, Compatibility: 'NONE', ...RegistryId });
    await named('schema', SchemaName, unlessThere(glue.send(command)));
    for (const SchemaDefinition of definitions) {
      const SchemaId = { SchemaName, ...(registry !== undefined && { RegistryName: registry }) };
      const version = new RegisterSchemaVersionCommand({ SchemaId, SchemaDefinition });
      await named('schema', SchemaName, glue.send(version));
    }
  }
}

async function unlessThere(creation: Promise<unknown>): Promise<void> {
  await creation.catch((error: unknown) => {
    if (!(error instanceof AlreadyExistsException)) throw error;
  });
}

async function createBucket({ s3 }: AwsClients, name: string): Promise<void> {
  try {
    await s3.send(new CreateBucketCommand({ Bucket: name }));
  } catch (error) {
    // Ours already: that is what was asked for. A stranger's bucket cannot exist at a local endpoint.
    if (!(error instanceof BucketAlreadyOwnedByYou || error instanceof BucketAlreadyExists)) throw error;
  }
}

async function createTable({ dynamo }: AwsClients, table: TableResource): Promise<void> {
  try {
    await dynamo.send(
      new CreateTableCommand({
        TableName: table.name,
        KeySchema: [...table.keySchema],
        AttributeDefinitions: [...table.attributeDefinitions],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  // The SDK's own waiter looks every 2 s at the least; a local table is there within milliseconds.
  const deadline = Date.now() + 10_000;
  for (;;) {
    const description = await dynamo.send(new DescribeTableCommand({ TableName: table.name }));
    if (description.Table?.TableStatus === 'ACTIVE') return;
    if (Date.now() > deadline)
      throw new Error(`status ${description.Table?.TableStatus} after 10 s, expected ACTIVE`);
    await delay(10);
  }
}

// The resources of an app that functions write to, in the form in which local endpoints make them.
import type { AwsResources, QueueResource, SchemaResource, TableResource } from '../../aws/resources.ts';
import { isTrue, type Found, type StackResources } from './stack-resources.ts';

/** Reads buckets, queues, topics and tables of all stacks. @throws {LocalError} `UNRESOLVED`. */
export function readResources(stacks: readonly StackResources[]): AwsResources {
  const find = (...types: readonly string[]): readonly Found[] =>
    stacks.flatMap((stack) => stack.find(...types));
  return {
    buckets: find('AWS::S3::Bucket').map(({ name }) => ({ name })),
    queues: find('AWS::SQS::Queue').map(readQueue),
    topics: find('AWS::SNS::Topic').map(({ name }) => ({ name })),
    tables: find('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable').map(({ name, read }) => ({
      name,
      keySchema: read('KeySchema') as TableResource['keySchema'],
      attributeDefinitions: read('AttributeDefinitions') as TableResource['attributeDefinitions'],
    })),
    registries: find('AWS::Glue::Registry').map(({ name }) => ({ name })),
    schemas: find('AWS::Glue::Schema').map((schema) => readSchema(schema, find('AWS::Glue::SchemaVersion'))),
  };
}

/** A schema with the versions that the app adds to it, which name it by its ARN or by its name. */
function readSchema(
  { logicalId, name, properties, read, resolve }: Found,
  versions: readonly Found[],
): SchemaResource {
  const registry = (read('Registry') ?? {}) as { readonly Name?: string; readonly Arn?: string };
  const registryName = registry.Name ?? registry.Arn?.split(':registry/')[1];
  const arn = resolve({ Ref: logicalId });
  const own = versions.filter((version) => {
    const of = (version.read('Schema') ?? {}) as {
      readonly SchemaArn?: string;
      readonly SchemaName?: string;
    };
    return of.SchemaArn === arn || of.SchemaName === name;
  });
  return {
    name,
    registry: registryName,
    dataFormat: read('DataFormat') as SchemaResource['dataFormat'],
    definitions: [properties['SchemaDefinition'], ...own.map((version) => version.read('SchemaDefinition'))]
      .map((each) => resolve(each))
      .filter((each) => typeof each === 'string'),
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

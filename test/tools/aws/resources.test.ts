// Declared resources become real ones: with their attributes, as often as wanted, or an error that names the culprit.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { GetSchemaVersionCommand } from '@aws-sdk/client-glue';
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { PublishCommand } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { createClients, type AwsClients } from '../../../tools/aws/clients.ts';
import { startAwsEndpoints, type AwsEndpoints } from '../../../tools/aws/endpoints.ts';
import { createMappingRegistry } from '../../../tools/local/schema/mapping-registry.ts';
import { createResources, toQueueUrl, type AwsResources } from '../../../tools/aws/resources.ts';

const none: AwsResources = { buckets: [], queues: [], topics: [], tables: [] };
let endpoints: AwsEndpoints;
let clients: AwsClients;

before(async () => {
  endpoints = await startAwsEndpoints();
  clients = createClients(endpoints);
});

after(async () => {
  clients.close();
  await endpoints.close();
});

test('creates buckets, queues, topics and tables, and finds them there the second time', async () => {
  const resources: AwsResources = {
    buckets: [{ name: 'archive' }],
    queues: [
      {
        name: 'relay.fifo',
        fifo: true,
        attributes: {
          VisibilityTimeout: '61',
          DeduplicationScope: 'messageGroup',
          FifoThroughputLimit: 'perMessageGroupId',
        },
      },
    ],
    topics: [{ name: 'alerts' }],
    tables: [
      {
        name: 'orders',
        keySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
        attributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
      },
    ],
  };
  const created = await createResources(resources, endpoints);
  assert.deepEqual(await createResources(resources, endpoints), created);

  const QueueUrl = created.queueUrls['relay.fifo'];
  assert.equal(QueueUrl, toQueueUrl(endpoints, 'relay.fifo'));
  const queue = await clients.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  assert.equal(queue.Attributes?.['FifoQueue'], 'true');
  assert.equal(queue.Attributes['VisibilityTimeout'], '61');
  assert.equal(queue.Attributes['DeduplicationScope'], 'messageGroup');
  await clients.s3.send(new HeadBucketCommand({ Bucket: 'archive' }));
  await clients.sns.send(new PublishCommand({ TopicArn: created.topicArns['alerts'], Message: 'hello' }));
  const table = await clients.dynamo.send(new DescribeTableCommand({ TableName: 'orders' }));
  assert.equal(table.Table?.TableStatus, 'ACTIVE');
});

test('creates schema registries, and schemas with all their versions', async () => {
  const resources: AwsResources = {
    ...none,
    registries: [{ name: 'shop' }],
    schemas: [
      { name: 'order', registry: 'shop', dataFormat: 'AVRO', definitions: ['"string"', '"bytes"'] },
      { name: 'plain', registry: undefined, dataFormat: 'JSON', definitions: ['{}'] },
      { name: 'empty', registry: 'shop', dataFormat: 'JSON', definitions: [] },
    ],
  };
  for (let times = 0; times < 2; times++) await createResources(resources, endpoints);
  const latest = async (SchemaName: string, RegistryName?: string): Promise<unknown> => {
    const SchemaId = { SchemaName, ...(RegistryName !== undefined && { RegistryName }) };
    const SchemaVersionNumber = { LatestVersion: true };
    const version = await clients.glue.send(new GetSchemaVersionCommand({ SchemaId, SchemaVersionNumber }));
    return [version.VersionNumber, version.SchemaDefinition];
  };
  assert.deepEqual(await latest('order', 'shop'), [2, '"bytes"']);
  assert.deepEqual(await latest('plain'), [1, '{}']);
  // A mapping whose registry is of the app asks here, without anybody's credentials.
  const SchemaId = { SchemaName: 'order', RegistryName: 'shop' };
  const SchemaVersionNumber = { VersionNumber: 1 };
  const first = await clients.glue.send(new GetSchemaVersionCommand({ SchemaId, SchemaVersionNumber }));
  const registry = createMappingRegistry(
    {
      type: 'glue',
      uri: 'arn:aws:glue:us-east-1:000000000000:registry/shop',
      recordFormat: 'JSON',
      attributes: ['VALUE'],
      access: [],
    },
    {
      registryUrl: undefined,
      secrets: undefined,
      glue: { client: clients.glue, accountId: endpoints.accountId },
    },
  );
  assert.equal((await registry.fetchSchema(first.SchemaVersionId ?? '')).text, '"string"');
});

test('names the resource that an endpoint refuses', async () => {
  const queues = [{ name: 'slow', fifo: false, attributes: { VisibilityTimeout: '43201' } }];
  await assert.rejects(createResources({ ...none, queues }, endpoints), {
    code: 'RESOURCE_FAILED',
    resource: 'slow',
  });
  const tables = [{ name: 'broken', keySchema: [], attributeDefinitions: [] }];
  await assert.rejects(createResources({ ...none, tables }, endpoints), {
    code: 'RESOURCE_FAILED',
    resource: 'broken',
  });
});

test('asks nothing of the endpoints when there is nothing to create', async () => {
  assert.deepEqual(await createResources(none, endpoints), { queueUrls: {}, topicArns: {} });
});

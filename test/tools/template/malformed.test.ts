// Templates that somebody is still writing, or that a program wrote wrongly: whatever stands where something else belongs,
// the answer is a topology or a refusal in words.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { LocalError } from '../../../tools/local/error.ts';
import { readTopology, type Topology } from '../../../tools/template/topology.ts';
import type { Json } from '../../support/assembly.ts';
import { isLocalError, options, topologyOf } from '../../support/topology.ts';

const statement = { Effect: 'Allow', Action: ['s3:*'], Resource: '*', Principal: { AWS: ['*'] } };
const PolicyDocument = { Statement: [statement] };
const settings = {
  StartingPosition: 'LATEST',
  ProvisionedPollerConfig: { MinimumPollers: 1 },
  FilterCriteria: { Filters: [{ Pattern: '{"value":{"a":[1]}}' }] },
  DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:eu-west-1:000000000000:q' } },
  FunctionResponseTypes: ['ReportBatchItemFailures'],
};
const access = [{ Type: 'BASIC_AUTH', URI: 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:a' }];
const registry = {
  SchemaRegistryURI: 'https://registry.example.com',
  EventRecordFormat: 'JSON',
  SchemaValidationConfigs: [{ Attribute: 'VALUE' }],
  AccessConfigs: access,
};
const common = { Runtime: 'nodejs24.x', Handler: 'index.handler' };
const toResource = (Type: string, Properties: Json): Json => ({ Type, Properties });
const template: Json = {
  Transform: 'AWS::Serverless-2016-10-31',
  Parameters: { List: { Type: 'CommaDelimitedList', Default: 'views' } },
  Conditions: { Yes: { 'Fn::Equals': ['a', 'a'] } },
  Mappings: { Sizes: { Small: { Memory: 256 } } },
  Outputs: { Name: { Value: { Ref: 'Fn' }, Export: { Name: 'fn' } } },
  Globals: { Function: { Environment: { Variables: { LEVEL: 'info' } } } },
  Resources: {
    Fn: toResource('AWS::Lambda::Function', {
      ...common,
      Code: { S3Key: 'code' },
      Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      Environment: { 'Fn::If': ['Yes', { Variables: { A: { 'Fn::ImportValue': 'fn' } } }, null] },
      LoggingConfig: { LogFormat: 'JSON' },
      Layers: [{ Ref: 'Layer' }],
      Architectures: ['arm64'],
      MemorySize: { 'Fn::FindInMap': ['Sizes', 'Small', 'Memory'] },
    }),
    Mapping: toResource('AWS::Lambda::EventSourceMapping', {
      ...settings,
      FunctionName: { Ref: 'Fn' },
      Topics: ['orders'],
      SourceAccessConfigurations: access,
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'mine', SchemaRegistryConfig: registry },
    }),
    Sam: toResource('AWS::Serverless::Function', {
      ...common,
      CodeUri: 'code',
      Environment: { Variables: { LEVEL: 'debug' } },
      Events: { Kafka: { Type: 'SelfManagedKafka', Properties: { ...settings, Topics: { Ref: 'List' } } } },
    }),
    Layer: toResource('AWS::Serverless::LayerVersion', { ContentUri: 'code' }),
    Simple: toResource('AWS::Serverless::SimpleTable', { PrimaryKey: { Name: 'id', Type: 'String' } }),
    Table: toResource('AWS::DynamoDB::Table', { KeySchema: [], ResourcePolicy: { PolicyDocument } }),
    Queue: toResource('AWS::SQS::Queue', { RedrivePolicy: { maxReceiveCount: 3 } }),
    Bucket: toResource('AWS::S3::Bucket', { BucketName: 'store' }),
    Access: toResource('AWS::S3::BucketPolicy', { Bucket: { Ref: 'Bucket' }, PolicyDocument }),
    Role: toResource('AWS::IAM::Role', {
      Policies: [{ PolicyName: 'p', PolicyDocument }],
      ManagedPolicyArns: [{ Ref: 'Own' }],
    }),
    Own: toResource('AWS::IAM::ManagedPolicy', { PolicyDocument }),
    Inline: toResource('AWS::IAM::Policy', { Roles: [{ Ref: 'Role' }], PolicyDocument }),
    Schema: toResource('AWS::Glue::Schema', { Name: 's', DataFormat: 'AVRO', SchemaDefinition: '{}' }),
    Version: toResource('AWS::Glue::SchemaVersion', {
      Schema: { SchemaArn: { Ref: 'Schema' } },
      SchemaDefinition: '{}',
    }),
  },
};

async function makeFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-malformed-'));
  t.after(async () => await rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'code'));
  await writeFile(join(folder, 'code', 'index.js'), '');
  return folder;
}

function read(folder: string, content: unknown): Topology {
  const file = join(folder, 'template.json');
  writeFileSync(file, JSON.stringify(content));
  return readTopology(file, { ...options, format: 'template' });
}

/** Copies of `value`, in each of which one part, however deep, is `odd`. */
function* replaceEach(
  value: unknown,
  odd: unknown,
  path = '',
): Generator<readonly [path: string, copy: unknown]> {
  if (path !== '') yield [path, odd];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value))
    for (const [where, copy] of replaceEach(inner, odd, `${path}/${key}`))
      yield [
        where,
        Array.isArray(value) ? value.with(Number(key), copy) : { ...(value as Json), [key]: copy },
      ];
}

test('answers any odd part of a template with a topology or a refusal', async (t) => {
  const folder = await makeFolder(t);
  const { functions, mappings, schemas } = read(folder, template);
  assert.deepEqual([functions.length, mappings.length, schemas?.[0]?.definitions.length], [2, 2, 2]);
  const crashes: string[] = [];
  for (const odd of [null, 5, 'x', {}, [], [null]])
    for (const [path, content] of replaceEach(template, odd))
      try {
        read(folder, content);
      } catch (error) {
        if (!(error instanceof LocalError))
          crashes.push(`${path} = ${JSON.stringify(odd)}: ${String(error)}`);
      }
  assert.deepEqual(crashes, []);
});

test('names the resource and the setting that it refuses', async () => {
  const source = (more: Json): Json => ({
    AmazonManagedKafkaEventSourceConfig: { SchemaRegistryConfig: { ...registry, ...more } },
  });
  for (const [mapping, words] of [
    [{ Topics: 5 }, 'Topics is not a list, got 5'],
    [{ Topics: { a: 1 } }, 'Topics is not a list, got {"a":1}'],
    [{ Topics: 'orders' }, 'Topics is not a list, got "orders"'],
    [{ SourceAccessConfigurations: [null] }, 'an access configuration is not valid'],
    [{ SourceAccessConfigurations: access[0] }, 'access configurations are not a list'],
    [source({ SchemaValidationConfigs: {} }), 'SchemaValidationConfigs is not a list, got {}'],
    [source({ AccessConfigs: 'x' }), 'access configurations are not a list'],
    [
      { FilterCriteria: { Filters: [{ Pattern: 'null' }] } },
      'filter pattern is not valid at $, expected an object',
    ],
    [
      { FilterCriteria: { Filters: [{ Pattern: '5' }] } },
      'filter pattern is not valid at $, expected an object',
    ],
  ] as const)
    await assert.rejects(
      topologyOf({ mapping }),
      isLocalError('UNSUPPORTED', words, 'in mapping App/OrderArchiveMapping'),
    );
  for (const [property, value] of [
    ['Environment', 'x'],
    ['Environment', { Variables: ['x'] }],
    ['LoggingConfig', 'JSON'],
    ['Code', 'code'],
    ['Layers', 'x'],
    ['Architectures', 'arm64'],
  ] as const)
    await assert.rejects(
      topologyOf({ function: { [property]: value } }),
      isLocalError('UNSUPPORTED', property, 'in function App/OrderArchiveFunction'),
    );
});

test('reads a key with nothing behind it as none', async (t) => {
  const folder = await makeFolder(t);
  const properties = { ...common, CodeUri: 'code', Environment: { Variables: null } };
  const Kafka = { Type: 'MSK', Properties: { Topics: ['orders'], StartingPosition: 'LATEST' } };
  const { functions, mappings } = read(folder, {
    Globals: null,
    Parameters: null,
    Outputs: { Later: null },
    Resources: {
      Fn: toResource('AWS::Serverless::Function', { ...properties, Events: { Kafka, Later: null } }),
      Schema: toResource('AWS::Glue::Schema', { Name: 's', DataFormat: 'AVRO' }),
      Version: { Type: 'AWS::Glue::SchemaVersion', Properties: null },
    },
  });
  assert.deepEqual(functions[0]?.environment, {});
  assert.equal(mappings.length, 1);
});

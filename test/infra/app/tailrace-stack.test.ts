import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { addArchive } from '../../../infra/app/consumers/archive.ts';
import { addMaterialize } from '../../../infra/app/consumers/materialize.ts';
import { addRelay } from '../../../infra/app/consumers/relay.ts';
import type { AppContext } from '../../../infra/app/context.ts';
import { TailraceStack } from '../../../infra/app/tailrace-stack.ts';
import { defineConsumer, type ConsumerDefinition } from '../../../lib/definition/define-consumer.ts';
import { listGrants, type TemplateJson } from '../grants.ts';

// CloudFormation's rules cost seconds to load, and app.test.ts holds the same stack against them.
process.env['CDK_VALIDATION'] = 'false';

const handlersFolder = mkdtempSync(join(tmpdir(), 'tailrace-handlers-'));
after(() => rmSync(handlersFolder, { recursive: true }));
for (const name of ['archive', 'materialize', 'relay']) {
  const entry = join(handlersFolder, name, 'handler.ts');
  mkdirSync(dirname(entry));
  writeFileSync(entry, 'export const handler = async (): Promise<null> => null;\n');
}

const cluster = 'orders/01234567-89ab-cdef-0123-456789abcdef-4';
const msk = 'arn:aws:kafka:eu-west-1:123456789012';
const secretArn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:kafka/orders-AbCd12';
const withMsk: AppContext = {
  cluster: { clusterArn: `${msk}:cluster/${cluster}` },
  ephemeral: false,
};
const withScram: AppContext = {
  cluster: { bootstrapServers: ['a.example:9096', 'b.example:9096'], secretArn },
  ephemeral: false,
};

/** Every value but `startingPosition` differs from its default, so that a test sees whether it was taken from here. */
function define(name: string): ConsumerDefinition {
  return defineConsumer({
    name,
    topic: 'orders.v1',
    batch: { maxRecords: 321, maximumBatchingWindowSeconds: 0 },
    retry: { maxAttempts: 1, maxAgeSeconds: 3600, bisect: false },
    memory: { sizeMb: 384 },
    timeoutSeconds: 77,
    provisionedPollers: { min: 2, max: 7 },
  });
}

function synthesize(settings: AppContext): { readonly template: Template; readonly json: TemplateJson } {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const stack = new TailraceStack(app, 'Tailrace', { ...settings, handlersFolder });
  addArchive(stack.consumers, define('archive'));
  addMaterialize(stack.consumers, define('materialize'));
  addRelay(stack.consumers, define('relay'));
  const template = Template.fromStack(stack);
  return { template, json: template.toJSON() as TemplateJson };
}

const ofMsk = synthesize(withMsk);
const ofScram = synthesize(withScram);

test('takes every setting of a function from its definition', () => {
  for (const name of ['archive', 'materialize', 'relay']) {
    ofMsk.template.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: 384,
      Timeout: 77,
      LoggingConfig: { LogFormat: 'JSON' },
      Environment: { Variables: { POWERTOOLS_SERVICE_NAME: name } },
    });
  }
  ofMsk.template.resourceCountIs('AWS::Lambda::Function', 3);
});

test('takes every setting of a mapping from its definition', () => {
  const common = {
    Topics: ['orders.v1'],
    BatchSize: 321,
    MaximumBatchingWindowInSeconds: 0,
    MaximumRetryAttempts: 0,
    MaximumRecordAgeInSeconds: 3600,
    BisectBatchOnFunctionError: false,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 7, PollerGroupName: 'Tailrace' },
    StartingPosition: 'TRIM_HORIZON',
    MetricsConfig: { Metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] },
  };
  for (const name of ['archive', 'materialize', 'relay']) {
    ofMsk.template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      ...common,
      EventSourceArn: `${msk}:cluster/${cluster}`,
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: `Tailrace-${name}` },
    });
    ofScram.template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      ...common,
      SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: ['a.example:9096', 'b.example:9096'] } },
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: `Tailrace-${name}` },
      SourceAccessConfigurations: [{ Type: 'SASL_SCRAM_512_AUTH', URI: secretArn }],
    });
  }
  ofMsk.template.resourceCountIs('AWS::Lambda::EventSourceMapping', 3);
});

test('sends failed batches and dead letters to the one dead-letter bucket', () => {
  const bucket = Object.keys(ofMsk.json.Resources).find((id) => id.startsWith('DeadLetterBucket'));
  ofMsk.template.allResourcesProperties('AWS::Lambda::EventSourceMapping', {
    DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [bucket, 'Arn'] } } },
  });
  ofMsk.template.allResourcesProperties('AWS::Lambda::Function', {
    Environment: { Variables: { TAILRACE_DEAD_LETTER_BUCKET: { Ref: bucket } } },
  });
});

/** What a role may do whatever its handler does. */
function everyRole(name: string): readonly string[] {
  return [
    `logs:CreateLogStream on ${name}Logs.Arn`,
    `logs:PutLogEvents on ${name}Logs.Arn`,
    's3:ListBucket on DeadLetterBucket.Arn',
    's3:PutObject on DeadLetterBucket.Arn/*',
  ];
}

const readMsk = (group: string): readonly string[] => [
  'ec2:CreateNetworkInterface on arn:AWS::Partition:ec2:eu-west-1:*:*/*',
  'ec2:DeleteNetworkInterface on arn:AWS::Partition:ec2:eu-west-1:*:*/*',
  'ec2:DescribeNetworkInterfaces on *',
  'ec2:DescribeSecurityGroups on *',
  'ec2:DescribeSubnets on *',
  'ec2:DescribeVpcs on *',
  `kafka-cluster:AlterGroup on ${msk}:group/${cluster}/Tailrace-${group}`,
  `kafka-cluster:Connect on ${msk}:cluster/${cluster}`,
  `kafka-cluster:DescribeClusterDynamicConfiguration on ${msk}:cluster/${cluster}`,
  `kafka-cluster:DescribeGroup on ${msk}:group/${cluster}/Tailrace-${group}`,
  `kafka-cluster:DescribeTopic on ${msk}:topic/${cluster}/orders.v1`,
  `kafka-cluster:ReadData on ${msk}:topic/${cluster}/orders.v1`,
  `kafka:DescribeClusterV2 on ${msk}:cluster/${cluster}`,
  `kafka:GetBootstrapBrokers on ${msk}:cluster/${cluster}`,
];

const work: Readonly<Record<string, readonly string[]>> = {
  Archive: ['AbortMultipartUpload', 'PutObject'].map(
    (each) => `s3:${each} on ArchiveBucket.Arn/archive/orders.v1/*`,
  ),
  Materialize: ['dynamodb:PutItem on MaterializeTable.Arn'],
  Relay: ['s3:PutObject on RelayBucket.Arn/claim/orders.v1/*', 'sqs:SendMessage on RelayQueue.Arn'],
};

for (const [name, own] of Object.entries(work)) {
  test(`lets ${name} do its work and read its topic, and nothing else`, () => {
    assert.deepEqual(
      listGrants(ofMsk.json, `${name}Role`),
      [...everyRole(name), ...readMsk(name.toLowerCase()), ...own].toSorted(),
    );
    assert.deepEqual(
      listGrants(ofScram.json, `${name}Role`),
      [...everyRole(name), `secretsmanager:GetSecretValue on ${secretArn}`, ...own].toSorted(),
    );
  });
}

test('gives roles no policy but these, and to Lambda alone', () => {
  ofMsk.template.resourceCountIs('AWS::IAM::Role', 3);
  ofMsk.template.resourceCountIs('AWS::IAM::Policy', 3);
  for (const { Type, Properties } of Object.values(ofMsk.json.Resources)) {
    if (Type !== 'AWS::IAM::Role') continue;
    assert.deepEqual(Object.keys(Properties), ['AssumeRolePolicyDocument']);
    assert.deepEqual(Properties['AssumeRolePolicyDocument'], {
      Statement: [
        { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
      ],
      Version: '2012-10-17',
    });
  }
});

test('closes, encrypts and versions every bucket, and refuses plain HTTP', () => {
  ofMsk.template.resourceCountIs('AWS::S3::Bucket', 3);
  ofMsk.template.allResourcesProperties('AWS::S3::Bucket', {
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
    },
    VersioningConfiguration: { Status: 'Enabled' },
  });
  const policies = Object.values(ofMsk.json.Resources).filter(({ Type }) =>
    /::(Bucket|Queue)Policy$/.test(Type),
  );
  assert.equal(policies.length, 4);
  for (const { Properties } of policies) {
    const { Statement } = Properties['PolicyDocument'] as { Statement: readonly Record<string, unknown>[] };
    const refused = Statement.filter(({ Effect }) => Effect === 'Deny').map(({ Condition }) => Condition);
    assert.deepEqual(refused[0], { Bool: { 'aws:SecureTransport': 'false' } });
  }
});

test('deletes claim checks only after any message that refers to them, and archives and dead letters never', () => {
  const rulesOf = (id: string): Readonly<Record<string, unknown>> => {
    const [, bucket] =
      Object.entries(ofMsk.json.Resources).find(
        ([key, { Type }]) => Type === 'AWS::S3::Bucket' && key.startsWith(id),
      ) ?? [];
    assert.ok(bucket);
    const { Rules } = bucket.Properties['LifecycleConfiguration'] as { Rules: Record<string, unknown>[] };
    return Rules[0] ?? {};
  };
  assert.equal(rulesOf('RelayBucket')['ExpirationInDays'], 30);
  for (const id of ['ArchiveBucket', 'DeadLetterBucket']) {
    assert.equal(rulesOf(id)['ExpirationInDays'], undefined);
    assert.deepEqual(rulesOf(id)['AbortIncompleteMultipartUpload'], { DaysAfterInitiation: 7 });
  }
});

test('keeps a high-throughput FIFO queue and a table of items by key', () => {
  ofMsk.template.hasResourceProperties('AWS::SQS::Queue', {
    FifoQueue: true,
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
    SqsManagedSseEnabled: true,
    MaximumMessageSize: 1_048_576,
    MessageRetentionPeriod: 1_209_600,
    VisibilityTimeout: 120,
  });
  ofMsk.template.hasResourceProperties('AWS::DynamoDB::Table', {
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    DeletionProtectionEnabled: true,
  });
});

const ofData: ReadonlySet<string> = new Set([
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy', // without it a kept bucket would take requests without TLS
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  'AWS::DynamoDB::Table',
  'AWS::Logs::LogGroup',
]);

test('keeps data when the stack goes, unless it is ephemeral', () => {
  const ephemeral = synthesize({ ...withMsk, ephemeral: true });
  for (const [{ json }, policy] of [
    [ofMsk, 'Retain'],
    [ephemeral, 'Delete'],
  ] as const) {
    const kept = Object.values(json.Resources).filter(({ Type }) => ofData.has(Type));
    assert.equal(kept.length, 12);
    for (const { DeletionPolicy, UpdateReplacePolicy } of kept) {
      assert.deepEqual([DeletionPolicy, UpdateReplacePolicy], [policy, policy]);
    }
    // Nothing that would empty buckets behind one's back.
    assert.equal(
      Object.values(json.Resources).some(({ Type }) => Type.startsWith('Custom::')),
      false,
    );
  }
});

test('keeps log lines for a month', () => {
  ofMsk.template.resourceCountIs('AWS::Logs::LogGroup', 3);
  ofMsk.template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
});

test('lets a stack with a cluster be deployed, and no other', () => {
  assert.equal(ofMsk.json.Rules?.['KafkaClusterIsGiven'], undefined);
  const placeholder = synthesize({ ...withMsk, cluster: undefined });
  assert.ok(placeholder.json.Rules?.['KafkaClusterIsGiven']);
});

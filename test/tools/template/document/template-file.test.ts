// Apps that no CDK has written: CloudFormation's own templates, SAM's, before and after a build, and packages of the Serverless
// Framework, each read to what runs.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readTopology, type Topology } from '../../../../tools/template/topology.ts';
import { isLocalError, options } from '../../../support/topology.ts';
import { zip } from '../../../support/zip.ts';

async function write(t: TestContext, files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'tailrace-template-')));
  t.after(async () => await rm(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

const read = (file: string): Topology => readTopology(file, { ...options, format: 'template' });
const code = 'exports.handler = async () => {};';
const cluster = 'arn:aws:kafka:eu-west-1:123456789012:cluster/main/01234567-89ab-cdef-0123-456789abcdef-1';

const sam = `
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  Topic: { Type: String, Default: clicks }
Conditions:
  Never: !Equals [a, b]
Globals:
  Function:
    Runtime: nodejs22.x
    Timeout: 20
    Architectures: [arm64]
    Environment: { Variables: { LEVEL: info, SHARED: 'yes' } }
    Layers: [!Ref Shared]
Resources:
  Clicks:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: esbuild }
    Properties:
      CodeUri: Clicks
      Handler: app.handler
      MemorySize: 512
      Environment:
        Variables:
          LEVEL: debug
          TABLE: !Ref Table
          QUEUE: !GetAtt Queue.Arn
          TEXT: !Sub '\${AWS::Region}/\${Table}'
          LIST: !Join ['-', [a, !Select [1, !Split [',', 'x,y']]]]
      Events:
        Fast:
          Type: MSK
          Properties:
            Stream: ${cluster}
            Topics: [!Ref Topic]
            StartingPosition: TRIM_HORIZON
            BatchSize: 50
            ConsumerGroupId: mine
            ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 3 }
            DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt Queue.Arn } }
        Own:
          Type: SelfManagedKafka
          Properties:
            KafkaBootstrapServers: [b1.example.com:9092]
            Topics: [views]
            StartingPosition: LATEST
            SourceAccessConfigurations:
              - { Type: SASL_SCRAM_512_AUTH, URI: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf' }
        Web: { Type: Api, Properties: { Path: /, Method: get } }
  Unwanted:
    Type: AWS::Serverless::Function
    Condition: Never
    Properties:
      InlineCode: ${JSON.stringify(code)}
      Handler: index.handler
      Events: { Kafka: { Type: MSK, Properties: { Stream: ${cluster}, Topics: [never], StartingPosition: LATEST } } }
  Shared: { Type: AWS::Serverless::LayerVersion, Properties: { ContentUri: layer } }
  Table: { Type: AWS::Serverless::SimpleTable, Properties: { PrimaryKey: { Name: key, Type: Number } } }
  Queue: { Type: AWS::SQS::Queue }
`;

test('reads a SAM build: functions with their globals and Kafka events, layers and tables', async (t) => {
  const folder = await write(t, {
    'shop/.aws-sam/build/template.yaml': sam,
    'shop/.aws-sam/build/Clicks/app.js': code,
    'shop/.aws-sam/build/layer/nodejs/node_modules/a/index.js': '',
  });
  const build = join(folder, 'shop', '.aws-sam', 'build');
  const { functions, mappings, tables, queues } = read(join(build, 'template.yaml'));
  const [clicks] = functions;
  assert.equal(functions.length, 1);
  assert.equal(clicks?.name, 'shop-Clicks');
  assert.equal(clicks.assetPath, join(build, 'Clicks'));
  assert.deepEqual(clicks.layerPaths, [join(build, 'layer')]);
  assert.deepEqual([clicks.memoryMb, clicks.timeoutSeconds, clicks.architecture], [512, 20, 'arm64']);
  assert.deepEqual(clicks.environment, {
    LEVEL: 'debug',
    SHARED: 'yes',
    TABLE: 'shop-Table',
    QUEUE: 'arn:aws:sqs:eu-west-1:000000000000:shop-Queue',
    TEXT: 'eu-west-1/shop-Table',
    LIST: 'a-y',
  });
  const [fast, own] = mappings;
  assert.equal(mappings.length, 2);
  assert.deepEqual(
    [fast?.topic, fast?.batchSize, fast?.consumerGroupId, fast?.eventSourceArn, fast?.onFailure?.type],
    ['clicks', 50, 'mine', cluster, 'sqs'],
  );
  assert.deepEqual(fast?.provisioned, { minPollers: 1, maxPollers: 3 });
  assert.deepEqual([own?.topic, own?.eventSourceArn, own?.access.length], ['views', undefined, 1]);
  assert.deepEqual(tables[0]?.attributeDefinitions, [{ AttributeName: 'key', AttributeType: 'N' }]);
  assert.equal(queues.length, 1);
});

test("refuses a SAM app's sources, and says how they are built", async (t) => {
  const folder = await write(t, {
    'template.yaml': sam,
    'Clicks/app.ts': 'export const handler = async () => {};',
    'layer/x': '',
  });
  assert.throws(
    () => read(join(folder, 'template.yaml')),
    isLocalError('UNSUPPORTED', join(folder, 'Clicks', 'app.ts'), 'sam build'),
  );
});

test("reads CloudFormation's templates in JSON and in YAML, their code beside them", async (t) => {
  const template = {
    Resources: {
      Fn: {
        Type: 'AWS::Lambda::Function',
        Properties: { Runtime: 'nodejs24.x', Handler: 'index.handler', Code: './src' },
      },
      Packed: {
        Type: 'AWS::Lambda::Function',
        Properties: { Runtime: 'nodejs24.x', Handler: 'index.handler', Code: 'packed.zip' },
      },
      Mapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          FunctionName: { Ref: 'Fn' },
          EventSourceArn: cluster,
          Topics: ['a'],
          StartingPosition: 'LATEST',
        },
      },
      Other: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          FunctionName: { Ref: 'Packed' },
          EventSourceArn: cluster,
          Topics: ['b'],
          StartingPosition: 'LATEST',
        },
      },
    },
  };
  const packed = zip([{ name: 'index.js', content: code }]);
  const yaml = `
Resources:
  Fn:
    Type: AWS::Lambda::Function
    Properties: { Runtime: nodejs24.x, Handler: index.handler, Code: ./src }
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !GetAtt Fn.Arn
      EventSourceArn: !Sub
        - arn:aws:kafka:\${AWS::Region}:123456789012:cluster/\${Name}
        - Name: main
      Topics: [!If [Big, big, small]]
      StartingPosition: LATEST
Conditions:
  Big: !Or [!Not [!Equals [!Ref AWS::Region, eu-west-1]], !Condition Never]
  Never: !Equals [1, 2]
`;
  const folder = await write(t, {
    'src/index.js': code,
    'packed.zip': packed,
    'template.json': JSON.stringify(template),
    'stack.yml': yaml,
  });
  const ofJson = read(join(folder, 'template.json'));
  assert.equal(ofJson.functions[0]?.assetPath, join(folder, 'src'));
  assert.equal(ofJson.mappings.length, 2);
  const ofYaml = read(join(folder, 'stack.yml'));
  assert.deepEqual(
    ofYaml.mappings.map(({ topic, eventSourceArn }) => [topic, eventSourceArn]),
    [['small', 'arn:aws:kafka:eu-west-1:123456789012:cluster/main']],
  );
});

test('reads a package of the Serverless Framework', async (t) => {
  const template = {
    Resources: {
      ServerlessDeploymentBucket: { Type: 'AWS::S3::Bucket' },
      OrdersLambdaFunction: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Code: {
            S3Bucket: { Ref: 'ServerlessDeploymentBucket' },
            S3Key: 'serverless/shop/dev/1-2026/shop.zip',
          },
          FunctionName: 'shop-dev-orders',
          Handler: 'src/orders.handler',
          Runtime: 'nodejs22.x',
        },
      },
      OrdersEventSourceMapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        DependsOn: ['IamRoleLambdaExecution'],
        Properties: {
          EventSourceArn: cluster,
          FunctionName: { 'Fn::GetAtt': ['OrdersLambdaFunction', 'Arn'] },
          StartingPosition: 'TRIM_HORIZON',
          Topics: ['orders'],
        },
      },
    },
  };
  const folder = await write(t, {
    '.serverless/cloudformation-template-update-stack.json': JSON.stringify(template),
    '.serverless/shop.zip': zip([{ name: 'src/orders.js', content: code }]),
  });
  const { functions, mappings } = read(
    join(folder, '.serverless', 'cloudformation-template-update-stack.json'),
  );
  assert.equal(functions[0]?.name, 'shop-dev-orders');
  assert.equal(mappings[0]?.topic, 'orders');
});

test('says what is wrong with a file that is no template', async (t) => {
  const folder = await write(t, {
    'broken.json': '{ "Resources": ',
    'broken.yaml': 'Resources: [',
    'other.yaml': 'services: {}',
    'elsewhere.json': JSON.stringify({
      Resources: {
        Fn: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            Runtime: 'nodejs24.x',
            Handler: 'index.handler',
            Code: { S3Bucket: 'b', S3Key: 'gone.zip' },
          },
        },
        Mapping: {
          Type: 'AWS::Lambda::EventSourceMapping',
          Properties: { FunctionName: { Ref: 'Fn' }, Topics: ['a'], StartingPosition: 'LATEST' },
        },
      },
    }),
  });
  for (const name of ['broken.json', 'broken.yaml', 'other.yaml', 'gone.json'])
    assert.throws(() => read(join(folder, name)), isLocalError('NO_TEMPLATE', join(folder, name)), name);
  assert.throws(() => read(join(folder, 'elsewhere.json')), isLocalError('UNSUPPORTED', 'gone.zip', 'Fn'));
});

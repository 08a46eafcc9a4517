// Apps as people have them: several stacks, several languages, functions with more than one source.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { findSecret } from '../../../../tools/local/mapping/secrets.ts';
import { readApp } from '../../../../tools/local/run.ts';
import type { Topology } from '../../../../tools/local/template/topology.ts';
import { isLocalError } from '../../../support/topology.ts';

type Json = Readonly<Record<string, unknown>>;

const endpoints = { accountId: '000000000000', region: 'eu-west-1', environment: {} };

/** Writes an assembly of these templates, by stack; every asset key there is stands for one folder. */
async function writeAssembly(t: TestContext, stacks: Readonly<Record<string, Json>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-assembly-'));
  t.after(async () => await rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'code'));
  await writeFile(join(folder, 'code', 'index.js'), 'exports.handler = async () => {};');
  const files = { code: { source: { path: 'code' }, destinations: { here: { objectKey: 'code.zip' } } } };
  await writeFile(join(folder, 'assets.json'), JSON.stringify({ files }));
  const artifacts: Record<string, unknown> = {
    assets: { type: 'cdk:asset-manifest', properties: { file: 'assets.json' } },
  };
  for (const [name, template] of Object.entries(stacks)) {
    const templateFile = `${name}.template.json`;
    await writeFile(join(folder, templateFile), JSON.stringify(template));
    artifacts[name] = { type: 'aws:cloudformation:stack', properties: { templateFile } };
  }
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ artifacts }));
  return folder;
}

const fn = (properties: Json = {}): Json => ({
  Type: 'AWS::Lambda::Function',
  Properties: { Runtime: 'nodejs24.x', Handler: 'index.handler', Code: { S3Key: 'code.zip' }, ...properties },
});
const mapping = (FunctionName: unknown, properties: Json = {}): Json => ({
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: { FunctionName, Topics: ['orders'], StartingPosition: 'LATEST', ...properties },
});
const namesOf = ({ mappings }: Topology): readonly string[] => mappings.map(({ consumer }) => consumer);

test('tells the mappings of one function apart, and runs one of them alone', async (t) => {
  const Resources = {
    Fn: fn({ FunctionName: 'clicker' }),
    A: mapping({ Ref: 'Fn' }, { Topics: ['clicks'] }),
    B: mapping({ 'Fn::GetAtt': ['Fn', 'Arn'] }, { Topics: ['views'] }),
  };
  const cdkOut = await writeAssembly(t, { App: { Resources } });
  const app = readApp(cdkOut, endpoints);
  assert.deepEqual(namesOf(app), ['clicker/clicks', 'clicker/views']);
  assert.deepEqual(
    app.functions.map(({ name }) => name),
    ['clicker'],
  );
  assert.deepEqual(namesOf(readApp(cdkOut, endpoints, { consumers: ['clicker/views'] })), ['clicker/views']);
  assert.throws(
    () => readApp(cdkOut, endpoints, { consumers: ['clicker'] }),
    isLocalError('NO_SUCH_CONSUMER', 'clicker/clicks, clicker/views'),
  );
});

test('calls a function that a mapping names by an alias, a version or an ARN', async (t) => {
  const Resources = {
    Fn: fn({ FunctionName: 'clicker' }),
    Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Fn' } } },
    Alias: {
      Type: 'AWS::Lambda::Alias',
      Properties: { FunctionName: { 'Fn::GetAtt': ['Fn', 'Arn'] }, Name: { 'Fn::Sub': 'live' } },
    },
    A: mapping({ Ref: 'Alias' }, { Topics: ['a'] }),
    B: mapping({ Ref: 'Version' }, { Topics: ['b'] }),
    C: mapping('clicker:live', { Topics: ['c'] }),
    D: mapping('arn:aws:lambda:eu-west-1:000000000000:function:clicker', { Topics: ['d'] }),
  };
  const { functions, mappings } = readApp(await writeAssembly(t, { App: { Resources } }), endpoints);
  assert.equal(functions.length, 1);
  assert.deepEqual(
    mappings.map(({ functionName, topic }) => `${functionName} ${topic}`),
    ['clicker a', 'clicker b', 'clicker c', 'clicker d'],
  );
});

test('refuses one consumer group for two mappings', async (t) => {
  const config = { AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'mine' } };
  const Resources = {
    Fn: fn({ FunctionName: 'clicker' }),
    A: mapping({ Ref: 'Fn' }, { Topics: ['a'], ...config }),
    B: mapping({ Ref: 'Fn' }, { Topics: ['b'], ...config }),
  };
  const cdkOut = await writeAssembly(t, { App: { Resources } });
  assert.throws(
    () => readApp(cdkOut, endpoints),
    isLocalError('UNSUPPORTED', 'mine', 'clicker/a', 'clicker/b'),
  );
  assert.deepEqual(namesOf(readApp(cdkOut, endpoints, { consumers: ['clicker/b'] })), ['clicker/b']);
});

test('runs the Node consumers of an app that has others, once they are named', async (t) => {
  const Resources = {
    Py: fn({
      FunctionName: 'py',
      Runtime: 'python3.13',
      Environment: { Variables: { A: { Ref: 'Nobody' } } },
    }),
    Js: fn({ FunctionName: 'js' }),
    PyMapping: mapping({ Ref: 'Py' }),
    JsMapping: mapping({ Ref: 'Js' }),
  };
  const cdkOut = await writeAssembly(t, { App: { Resources } });
  assert.throws(
    () => readApp(cdkOut, endpoints),
    isLocalError('UNSUPPORTED', 'python3.13', 'App/Py', '--consumer js'),
  );
  assert.deepEqual(namesOf(readApp(cdkOut, endpoints, { consumers: ['js'] })), ['js']);
});

test('leaves alone the functions of other sources', async (t) => {
  const Resources = {
    Py: fn({ FunctionName: 'py', Runtime: 'python3.13' }),
    Js: fn({ FunctionName: 'js' }),
    Queue: { Type: 'AWS::Lambda::EventSourceMapping', Properties: { FunctionName: { Ref: 'Py' } } },
    JsMapping: mapping({ Ref: 'Js' }),
  };
  const { functions } = readApp(await writeAssembly(t, { App: { Resources } }), endpoints);
  assert.deepEqual(
    functions.map(({ name }) => name),
    ['js'],
  );
});

test('finds what one stack exports and another imports, functions too', async (t) => {
  const state = {
    Resources: { Table: { Type: 'AWS::DynamoDB::Table', Properties: { KeySchema: [] } }, Fn: fn() },
    Outputs: {
      Out: { Value: { Ref: 'Table' }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}:Table' } } },
      Name: { Value: { Ref: 'Fn' }, Export: { Name: 'State:Fn' } },
      Silent: { Value: 'nobody asks' },
    },
  };
  const variables = { TABLE: { 'Fn::ImportValue': 'State:Table' } };
  const Resources = {
    Fn: fn({ Environment: { Variables: variables } }),
    Mapping: mapping({ Ref: 'Fn' }),
    Abroad: mapping({ 'Fn::ImportValue': 'State:Fn' }),
  };
  const { functions } = readApp(await writeAssembly(t, { Compute: { Resources }, State: state }), endpoints);
  assert.deepEqual(
    functions.map(({ name, environment }) => [name, environment['TABLE']]),
    [
      ['Compute-Fn', 'State-Table'],
      ['State-Fn', undefined],
    ],
  );
  const alone = await writeAssembly(t, { Compute: { Resources } });
  assert.throws(() => readApp(alone, endpoints), isLocalError('UNRESOLVED', 'Fn::ImportValue State:Fn'));
});

test('knows what resources are called that nobody makes here, and needs no word of a network', async (t) => {
  const Resources = {
    Cluster: { Type: 'AWS::MSK::Cluster', Properties: { ClusterName: 'main' } },
    User: { Type: 'AWS::SecretsManager::Secret' },
    Fn: fn({ Environment: { Variables: { SECRET_ARN: { Ref: 'User' } } } }),
    Managed: mapping({ Ref: 'Fn' }, { EventSourceArn: { 'Fn::GetAtt': ['Cluster', 'Arn'] } }),
    Own: mapping(
      { Ref: 'Fn' },
      {
        Topics: ['refunds'],
        SelfManagedEventSource: {
          Endpoints: { KafkaBootstrapServers: [{ 'Fn::GetAtt': ['Lookup', 'Brokers'] }] },
        },
        SourceAccessConfigurations: [
          { Type: 'VPC_SUBNET', URI: { Ref: 'Subnet' } },
          { Type: 'SASL_SCRAM_512_AUTH', URI: { Ref: 'User' } },
        ],
      },
    ),
  };
  const { mappings, functions } = readApp(await writeAssembly(t, { App: { Resources } }), endpoints);
  const [managed, own] = mappings;
  const secret = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:App-User-000000';
  assert.match(managed?.eventSourceArn ?? '', /:cluster\/main\/[0-9a-f-]{36}-1$/);
  assert.deepEqual(own?.access, [{ type: 'SASL_SCRAM_512_AUTH', uri: secret }]);
  assert.equal(functions[0]?.environment['SECRET_ARN'], secret);
  // Found in a file of secrets by the name, which has no six characters of AWS's own.
  assert.deepEqual(findSecret({ 'App-User': { username: 'u' } }, secret, ['username']), { username: 'u' });
});

test('takes values for variables and parameters from outside, and no name that the app does not have', async (t) => {
  const Resources = {
    Fn: fn({
      Environment: {
        Variables: { HOST: { 'Fn::GetAtt': ['Database', 'Address'] }, TOPIC: { Ref: 'Topic' } },
      },
    }),
    Mapping: mapping({ Ref: 'Fn' }, { Topics: [{ Ref: 'Topic' }] }),
  };
  const cdkOut = await writeAssembly(t, { App: { Resources, Parameters: { Topic: { Type: 'String' } } } });
  const parameters = { Topic: 'refunds' };
  assert.throws(() => readApp(cdkOut, endpoints), isLocalError('UNRESOLVED', '--parameter Topic=VALUE'));
  assert.throws(
    () => readApp(cdkOut, endpoints, { parameters }),
    isLocalError('UNRESOLVED', '--env HOST=VALUE'),
  );
  const variables = { HOST: '127.0.0.1' };
  const { mappings, functions } = readApp(cdkOut, endpoints, { parameters, variables });
  assert.equal(mappings[0]?.topic, 'refunds');
  assert.deepEqual(functions[0]?.environment, { HOST: '127.0.0.1', TOPIC: 'refunds' });
  for (const choice of [
    { parameters: { ...parameters, Tpic: '' }, variables },
    { parameters, variables: { ...variables, PORT: '' } },
  ])
    assert.throws(
      () => readApp(cdkOut, endpoints, choice),
      isLocalError('NO_SUCH_NAME', 'expected one of: '),
    );
});

test('finds the layers that the app holds, in their order, and names the others', async (t) => {
  const layer = { Type: 'AWS::Lambda::LayerVersion', Properties: { Content: { S3Key: 'code.zip' } } };
  const abroad = 'arn:aws:lambda:eu-west-1:123456789012:layer:theirs:7';
  const cdkOut = await writeAssembly(t, {
    App: {
      Resources: {
        Layer: layer,
        Fn: fn({ Layers: [{ Ref: 'Layer' }, abroad] }),
        Mapping: mapping({ Ref: 'Fn' }),
      },
    },
  });
  const [found] = readApp(cdkOut, endpoints).functions;
  assert.deepEqual(found?.layerPaths, [join(cdkOut, 'code')]);
  assert.equal(found.warnings.length, 1);
  assert.ok(found.warnings[0]?.includes(abroad));
});

test('warns of variables that only CloudFormation fills in', async (t) => {
  const DB = 'host={{resolve:ssm:/db/host}}';
  const Resources = { Fn: fn({ Environment: { Variables: { DB } } }), Mapping: mapping({ Ref: 'Fn' }) };
  const cdkOut = await writeAssembly(t, { App: { Resources } });
  const [found] = readApp(cdkOut, endpoints).functions;
  assert.match(found?.warnings.join() ?? '', /\{\{resolve:ssm:\/db\/host\}\}; .*--env DB=VALUE/);
  const [given] = readApp(cdkOut, endpoints, { variables: { DB: 'host=127.0.0.1' } }).functions;
  assert.deepEqual(given?.warnings, []);
});

test('reads how many invocations a function may have at once, and refuses none', async (t) => {
  const concurrencyOf = async (ReservedConcurrentExecutions: unknown): Promise<number | undefined> => {
    const Resources = { Fn: fn({ ReservedConcurrentExecutions }), Mapping: mapping({ Ref: 'Fn' }) };
    const app = readApp(await writeAssembly(t, { App: { Resources } }), endpoints);
    return app.functions[0]?.reservedConcurrency;
  };
  assert.equal(await concurrencyOf(undefined), undefined);
  assert.equal(await concurrencyOf(1), 1);
  await assert.rejects(
    concurrencyOf(0),
    isLocalError('UNSUPPORTED', 'ReservedConcurrentExecutions', 'App/Fn'),
  );
});

test('reads maps of the template', async (t) => {
  const Resources = {
    Fn: fn(),
    Mapping: mapping(
      { Ref: 'Fn' },
      { BatchSize: { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'orders'] } },
    ),
  };
  const read = async (Mappings: Json): Promise<Topology> =>
    readApp(await writeAssembly(t, { App: { Resources, Mappings } }), endpoints);
  const { mappings } = await read({ Sizes: { 'eu-west-1': { orders: 7 } } });
  assert.equal(mappings[0]?.batchSize, 7);
  await assert.rejects(
    read({ Sizes: {} }),
    isLocalError('UNRESOLVED', 'Fn::FindInMap Sizes.eu-west-1.orders'),
  );
});

test('says what cannot run here, and what would', async (t) => {
  for (const [properties, ...words] of [
    [{ Code: { ZipFile: 'exports.handler = async () => {};' } }, 'inline code', 'asset'],
    [{ PackageType: 'Image', Code: { ImageUri: 'x' }, Runtime: undefined }, 'container image', 'App/Fn'],
    [{ Code: { S3Bucket: 'b', S3Key: 'elsewhere.zip' } }, 'elsewhere.zip', 'asset'],
  ] as const) {
    const Resources = { Fn: fn(properties), Mapping: mapping({ Ref: 'Fn' }) };
    const cdkOut = await writeAssembly(t, { App: { Resources } });
    assert.throws(() => readApp(cdkOut, endpoints), isLocalError('UNSUPPORTED', ...words));
  }
  const serverless = await writeAssembly(t, {
    App: { Resources: { Fn: { Type: 'AWS::Serverless::Function' } } },
  });
  assert.throws(
    () => readApp(serverless, endpoints),
    isLocalError('NO_SUCH_CONSUMER', 'AWS::Lambda::EventSourceMapping', 'SAM'),
  );
  const abroad = await writeAssembly(t, { App: { Resources: { Mapping: mapping('somebody-elses') } } });
  assert.throws(() => readApp(abroad, endpoints), isLocalError('UNSUPPORTED', 'somebody-elses'));
});

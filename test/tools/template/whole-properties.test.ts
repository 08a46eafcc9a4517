// Fn::If around a whole property, or an item of a list: what is inside counts as if it stood there alone.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { findDenial } from '../../../tools/aws/permissions/evaluate.ts';
import { takeInNested } from '../../../tools/template/document/nested-stacks.ts';
import { readTopology, type Topology, type TopologyOptions } from '../../../tools/template/topology.ts';
import { fn, mapping, writeAssembly, type Json } from '../../support/assembly.ts';
import { options } from '../../support/topology.ts';

const Conditions = { Yes: { 'Fn::Equals': ['a', 'a'] }, No: { 'Fn::Equals': ['a', 'b'] } };
const toIf = (isTaken: boolean, value: unknown, other: unknown = { Ref: 'AWS::NoValue' }): Json => ({
  'Fn::If': [isTaken ? 'Yes' : 'No', value, other],
});
const secret = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf';
const login = { Type: 'SASL_SCRAM_512_AUTH', URI: secret };

async function read(t: TestContext, Resources: Json): Promise<Topology> {
  return readTopology(await writeAssembly(t, { App: { Conditions, Resources } }), options);
}

test('reads the settings of a function behind conditions', async (t) => {
  const Variables = { POWERTOOLS_SERVICE_NAME: 'archive' };
  for (const Environment of [
    toIf(true, { Variables }),
    { Variables: toIf(false, {}, Variables) },
    toIf(true, toIf(true, { Variables: toIf(true, Variables) })),
  ]) {
    const { functions, mappings } = await read(t, {
      Fn: fn({
        Environment,
        Code: toIf(false, { S3Key: 'other' }, { S3Key: 'code.zip' }),
        LoggingConfig: toIf(true, { LogFormat: 'JSON' }),
      }),
      Mapping: mapping({ Ref: 'Fn' }),
    });
    assert.deepEqual(functions[0]?.environment, Variables);
    assert.equal(functions[0]?.logFormat, 'JSON');
    assert.equal(mappings[0]?.consumer, 'archive');
  }
  const { functions } = await read(t, {
    Fn: fn({ Environment: toIf(false, { Variables }), LoggingConfig: toIf(false, { LogFormat: 'JSON' }) }),
    Mapping: mapping({ Ref: 'Fn' }),
  });
  assert.deepEqual([functions[0]?.environment, functions[0]?.logFormat], [{}, 'Text']);
});

test('enters a cluster as the branch says that is taken', async (t) => {
  const network = { Type: 'VPC_SUBNET', URI: { 'Fn::GetAtt': ['Elsewhere', 'Id'] } };
  for (const [list, expected] of [
    [toIf(true, [login, network]), 1],
    [toIf(false, [login]), 0],
    [[toIf(true, login), toIf(true, network), toIf(false, network)], 1],
    [[toIf(false, login)], 0],
  ] as const) {
    const Mapping = mapping({ Ref: 'Fn' }, { SourceAccessConfigurations: list });
    const { mappings } = await read(t, { Fn: fn(), Mapping });
    assert.equal(mappings[0]?.access.length, expected, JSON.stringify(list));
  }
});

test('names a FIFO queue as its condition says', async (t) => {
  const Queue = { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: toIf(true, true) } };
  assert.deepEqual(
    (await read(t, { Queue })).queues.map(({ name, fifo }) => [name, fifo]),
    [['App-Queue.fifo', true]],
  );
});

test('grants what policies grant in the branch that is taken', async (t) => {
  const toPolicy = (Statement: unknown): Json => ({ PolicyName: 'p', PolicyDocument: { Statement } });
  const grant = { Effect: 'Allow', Action: 's3:PutObject', Resource: '*' };
  for (const isTaken of [true, false])
    for (const role of [
      { Policies: toIf(isTaken, [toPolicy([grant])]) },
      { Policies: [toIf(isTaken, toPolicy([grant]))] },
      { Policies: [toPolicy(toIf(isTaken, [grant], []))] },
      { Policies: [toPolicy([toIf(isTaken, grant)])] },
      { ManagedPolicyArns: toIf(isTaken, [{ Ref: 'Own' }]) },
      { ManagedPolicyArns: [toIf(isTaken, { Ref: 'Own' })] },
    ]) {
      const { permissions } = await read(t, {
        Fn: fn({ Role: { 'Fn::GetAtt': ['Role', 'Arn'] } }),
        Mapping: mapping({ Ref: 'Fn' }),
        Role: { Type: 'AWS::IAM::Role', Properties: role },
        Own: { Type: 'AWS::IAM::ManagedPolicy', Properties: toPolicy([grant]) },
      });
      assert.deepEqual(permissions?.notes, []);
      const [caller] = permissions?.callers ?? [];
      assert.ok(caller !== undefined);
      const denial = findDenial({ action: 's3:PutObject', resource: 'arn:aws:s3:::a/b' }, caller, []);
      assert.equal(denial === undefined, isTaken, JSON.stringify(role));
    }
});

test('finds the code of the branch that is taken, and replaces globals by an intrinsic', async (t) => {
  const folder = await writeAssembly(t, {});
  const source = { Bucket: 'packages', Key: 'code' };
  await mkdir(join(folder, 'elsewhere'));
  const file: TopologyOptions = { ...options, format: 'template' };
  for (const CodeUri of [toIf(true, 'code', 'elsewhere'), toIf(false, 'elsewhere', source)]) {
    const Events = {
      Orders: { Type: 'MSK', Properties: { Topics: ['orders'], StartingPosition: 'LATEST' } },
    };
    const Variables = toIf(true, { LEVEL: 'debug' });
    const Properties = { Runtime: 'nodejs24.x', Handler: 'index.handler', CodeUri, Events };
    const template = {
      Conditions,
      Globals: { Function: { Environment: { Variables: { LEVEL: 'info', SHARED: 'yes' } } } },
      Resources: {
        Fn: { Type: 'AWS::Serverless::Function', Properties: { ...Properties, Environment: { Variables } } },
      },
    };
    await writeFile(join(folder, 'template.json'), JSON.stringify(template));
    const [read] = readTopology(join(folder, 'template.json'), file).functions;
    assert.equal(read?.assetPath, join(folder, 'code'));
    assert.deepEqual(read?.environment, { LEVEL: 'debug' });
  }
});

test('gives a nested stack the parameters of each branch', () => {
  const nested = {
    Parameters: { Stage: { Type: 'String', Default: 'dev' } },
    Resources: { Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: { Ref: 'Stage' } } } },
  };
  const TemplateURL = `https://s3.example.com/${'a'.repeat(64)}.json`;
  const Parameters = toIf(true, { Stage: 'live' });
  const Inner = { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL, Parameters } };
  const { Resources } = takeInNested({ Conditions, Resources: { Inner } }, () => nested);
  assert.deepEqual(Resources['Inner-Topic']?.Properties, { TopicName: toIf(true, 'live', 'dev') });
});

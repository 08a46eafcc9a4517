// What the values of an app come from: other stacks, maps, names that CloudFormation gives, and what a person says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findSecret } from '../../../tools/local/mapping/secrets.ts';
import { readApp } from '../../../tools/local/run.ts';
import type { Topology } from '../../../tools/template/topology.ts';
import { endpoints, fn, mapping, writeAssembly, type Json } from '../../support/assembly.ts';
import { isLocalError } from '../../support/topology.ts';

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
  const Database = { Type: 'AWS::RDS::DBInstance' };
  const Parameters = { Topic: { Type: 'String' } };
  const cdkOut = await writeAssembly(t, { App: { Resources: { ...Resources, Database }, Parameters } });
  const parameters = { Topic: 'refunds' };
  assert.throws(() => readApp(cdkOut, endpoints), isLocalError('UNRESOLVED', '--parameter Topic=VALUE'));
  const variables = { HOST: '127.0.0.1' };
  const { mappings, functions } = readApp(cdkOut, endpoints, { parameters, variables });
  assert.equal(mappings[0]?.topic, 'refunds');
  assert.deepEqual(functions[0]?.environment, { HOST: '127.0.0.1', TOPIC: 'refunds' });
  assert.deepEqual(functions[0].warnings, []);
  for (const choice of [
    { parameters: { ...parameters, Tpic: '' }, variables },
    { parameters, variables: { ...variables, PORT: '' } },
  ])
    assert.throws(
      () => readApp(cdkOut, endpoints, choice),
      isLocalError('NO_SUCH_NAME', 'expected one of: '),
    );
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

test('invents what only AWS knows of a variable, and warns of it with the option that gives the value', async (t) => {
  const variables = {
    HOST: { 'Fn::GetAtt': ['Database', 'Address'] },
    DB_ARN: { 'Fn::GetAtt': ['Database', 'DBInstanceArn'] },
    DB: { Ref: 'Database' },
    PEER: { 'Fn::Join': ['/', ['https:/', { 'Fn::ImportValue': 'Other:Host' }]] },
    FLAG: { Ref: 'Flag' },
  };
  const Resources = {
    Database: { Type: 'AWS::RDS::DBInstance' },
    Fn: fn({ Environment: { Variables: variables } }),
    Mapping: mapping({ Ref: 'Fn' }, { EventSourceArn: { 'Fn::GetAtt': ['Database', 'Arn'] } }),
  };
  const Parameters = { Flag: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/flags/a' } };
  const cdkOut = await writeAssembly(t, { App: { Resources, Parameters } });
  const [found] = readApp(cdkOut, endpoints).functions;
  assert.deepEqual(found?.environment, {
    HOST: 'App-Database.Address',
    DB_ARN: 'arn:aws:unknown:eu-west-1:000000000000:App-Database',
    DB: 'App-Database',
    PEER: 'https://Other:Host',
    FLAG: '/flags/a',
  });
  assert.deepEqual(
    found.warnings.map((each) => /--env (\w+)=VALUE/.exec(each)?.[1]),
    Object.keys(variables),
  );
  assert.match(found.warnings[0] ?? '', /got Fn::GetAtt Database\.Address, set to App-Database\.Address/);
  const given = Object.fromEntries(Object.keys(variables).map((name) => [name, 'mine']));
  const [filled] = readApp(cdkOut, endpoints, { variables: given }).functions;
  assert.deepEqual(filled?.environment, given);
  assert.deepEqual(filled.warnings, []);
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

test('leads functions to services where the user runs them, and nowhere else', async (t) => {
  const Variables = { AWS_ENDPOINT_URL_KINESIS: 'https://kinesis.eu-west-1.amazonaws.com', MINE: 'yes' };
  const Resources = { Fn: fn({ Environment: { Variables } }), Mapping: mapping({ Ref: 'Fn' }) };
  const cdkOut = await writeAssembly(t, { App: { Resources } });
  assert.deepEqual(readApp(cdkOut, endpoints).functions[0]?.environment, { MINE: 'yes' });
  const variables = {
    AWS_ENDPOINT_URL_KINESIS: 'http://127.0.0.1:1',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:2',
  };
  const [found] = readApp(cdkOut, endpoints, { variables }).functions;
  assert.deepEqual(found?.environment, { MINE: 'yes', ...variables });
});

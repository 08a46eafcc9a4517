// Who may do what, for every kind of cluster, authentication and destination: exactly this, no more and no less.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { CfnServerlessCluster } from 'aws-cdk-lib/aws-msk';
import type { Destination } from '../../../infra/mapping/destination.ts';
import type { KafkaSource } from '../../../infra/source/source.ts';
import { addConsumer, createStack, msk, mskIam, orders } from '../consumer-stack.ts';
import { createDestinations, type DestinationCase } from '../mapping/destination-cases.ts';
import { listGrants, type TemplateJson } from '../grants.ts';
import { ec2, ownGroup, registrySecretArn, sources, url } from './source-cases.ts';

const site = createStack();
const destinations = createDestinations(site.stack);

/**
 * All destinations; those under a key of one's own, whose grants have nothing to do with the source, for one source. What
 * a consumer takes beside its source has nothing to do with either.
 */
function destinationsOf(sourceName: string): readonly (readonly [string, DestinationCase])[] {
  return Object.entries(destinations).filter(([name]) => {
    if (sources[sourceName]?.props !== undefined) return name === 'ByDefault';
    return sourceName === 'MskIam' || !name.startsWith('ToSealed');
  });
}

/** The right to write to a topic is an ACL where there is a user, and is acknowledged there. */
function isAclUnseen({ type }: KafkaSource, onFailure: Destination | undefined): boolean {
  return onFailure?.type === 'kafka-topic' && type !== 'msk-iam' && type !== 'msk-unauthenticated';
}

for (const [sourceName, { source, props }] of Object.entries(sources)) {
  for (const [destinationName, { onFailure }] of destinationsOf(sourceName)) {
    addConsumer(site, `${sourceName}${destinationName}`, {
      source,
      ...props,
      ...(onFailure === undefined ? {} : { onFailure }),
      ...(isAclUnseen(source, onFailure)
        ? { acknowledge: { DESTINATION_NOT_WRITABLE: 'the ACL is made with the topic' } }
        : {}),
    });
  }
}

const vpc = new Vpc(site.stack, 'Vpc', { maxAzs: 1, natGateways: 0, subnetConfiguration: [] });
const subnet = Subnet.fromSubnetId(site.stack, 'Subnet', 'subnet-00000009');
addConsumer(site, 'Placed', {
  source: sources['Plain']?.source ?? mskIam,
  vpc,
  vpcSubnets: { subnets: [subnet] },
  securityGroups: [SecurityGroup.fromSecurityGroupId(site.stack, 'Group', 'sg-00000009')],
  tracing: true,
  acknowledge: { TRACING_NOT_FOR_KAFKA: 'its grants are looked at here' },
});
const made = new CfnServerlessCluster(site.stack, 'Made', {
  clusterName: 'made',
  clientAuthentication: { sasl: { iam: { enabled: true } } },
  vpcConfigs: [{ subnetIds: ['subnet-00000001'], securityGroups: ['sg-00000001'] }],
});
addConsumer(site, 'OfMade', { source: { type: 'msk-iam', clusterArn: made.attrArn } });

const json = Template.fromStack(site.stack).toJSON() as TemplateJson;
const idOf = (prefix: string): string =>
  Object.keys(json.Resources).find((id) => new RegExp(`^${prefix}[0-9A-F]{8}$`).test(id)) ?? prefix;

const writeLogs = (id: string): readonly string[] =>
  ['CreateLogStream', 'PutLogEvents'].map((each) => `logs:${each} on ${id}Logs.Arn`);

for (const [sourceName, { source, props, grants, access, registry }] of Object.entries(sources)) {
  for (const [destinationName, destination] of destinationsOf(sourceName)) {
    const id = `${sourceName}${destinationName}`;
    const of = source.type === 'msk-iam' ? source.clusterArn.slice(`${msk}:cluster/`.length) : undefined;
    test(`grants ${id} what it takes, and nothing else`, () => {
      const group = props?.groupId ?? `Test-${id}`;
      const reading = grants.map((each) => each.replace(ownGroup, group));
      const expected = [...writeLogs(id), ...reading, ...destination.grants(of)];
      assert.deepEqual(listGrants(json, `${id}Role`), expected.toSorted());
    });

    test(`connects ${id}, and sends failures where they belong`, () => {
      const properties = json.Resources[idOf(`${id}Mapping`)]?.Properties ?? {};
      for (const [name, value] of Object.entries(access)) assert.deepEqual(properties[name], value, name);
      assert.deepEqual(properties['DestinationConfig'], {
        OnFailure: { Destination: destination.address(idOf) },
      });
      const kind = 'clusterArn' in source ? 'AmazonManaged' : 'SelfManaged';
      const group = properties[`${kind}KafkaEventSourceConfig`] as Record<string, unknown>;
      assert.equal(group['ConsumerGroupId'], props?.groupId ?? `Test-${id}`);
      assert.deepEqual(group['SchemaRegistryConfig'], registry);
    });
  }
}

test('tells a handler where its registry is, and never what is in the secret', () => {
  const { Properties = {} } = json.Resources[idOf('HandlerRegistryByDefaultFunction')] ?? {};
  const { Variables } = Properties['Environment'] as { readonly Variables: Record<string, unknown> };
  assert.equal(Variables['TAILRACE_SCHEMA_REGISTRY_URL'], url);
  assert.equal(Variables['TAILRACE_SCHEMA_REGISTRY_SECRET_ARN'], registrySecretArn);
});

test('lets a function into its own VPC, and trace', () => {
  const plain = sources['Plain']?.grants ?? [];
  assert.deepEqual(
    listGrants(json, 'PlacedRole'),
    [
      ...writeLogs('Placed'),
      ...plain,
      ...(destinations['ByDefault']?.grants(undefined) ?? []),
      'ec2:DescribeNetworkInterfaces on *',
      'ec2:DescribeSubnets on *',
      ...['network-interface/*', 'subnet/subnet-00000009', 'security-group/sg-00000009'].map(
        (each) => `ec2:CreateNetworkInterface on ${ec2}${each}`,
      ),
      ...['AssignPrivateIpAddresses', 'DeleteNetworkInterface', 'UnassignPrivateIpAddresses'].map(
        (each) => `ec2:${each} on ${ec2}*/*`,
      ),
      'xray:PutTelemetryRecords on *',
      'xray:PutTraceSegments on *',
    ].toSorted(),
  );
});

test('names the topic and group of a cluster that the same app makes', () => {
  const [, policy] =
    Object.entries(json.Resources).find(([id]) => id.startsWith('OfMadeRoleDefaultPolicy')) ?? [];
  assert.ok(policy);
  const { Statement } = policy.Properties['PolicyDocument'] as {
    readonly Statement: readonly Readonly<Record<string, unknown>>[];
  };
  const halves = { 'Fn::Split': [':cluster/', { 'Fn::GetAtt': ['Made', 'Arn'] }] };
  const part = (kind: string, name: string): object => ({
    'Fn::Join': ['', [{ 'Fn::Select': [0, halves] }, `:${kind}/`, { 'Fn::Select': [1, halves] }, `/${name}`]],
  });
  const resourceOf = (sid: string): unknown => Statement.find(({ Sid }) => Sid === sid)?.['Resource'];
  assert.deepEqual(resourceOf('ReadTopic'), part('topic', orders.topic));
  assert.deepEqual(resourceOf('CommitAsGroup'), part('group', 'Test-OfMade'));
});

test('gives no role a policy beside its own', () => {
  for (const [id, { Type, Properties }] of Object.entries(json.Resources)) {
    if (Type === 'AWS::IAM::Role')
      assert.deepEqual(Object.keys(Properties), ['AssumeRolePolicyDocument'], id);
    assert.notEqual(Type, 'AWS::IAM::ManagedPolicy');
  }
});

// What pollers, destinations and functions reach from a VPC, for each kind of subnet and of poller.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Duration, Fn, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  InterfaceVpcEndpointAwsService,
  GatewayVpcEndpointAwsService,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
  type IVpc,
} from 'aws-cdk-lib/aws-ec2';
import { Alias, Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { KafkaConsumerProps } from '../../../infra/kafka-consumer.ts';
import { NetworkPreflight, type NetworkPreflightProps } from '../../../infra/network/network-preflight.ts';
import {
  account,
  addConsumer,
  createStack,
  importSecret,
  mskIam,
  orders,
  region,
  keyArn,
  msk,
  cluster,
  secretArn,
} from '../consumer-stack.ts';

type Made = ReturnType<typeof createStack>;

const mskScram: KafkaConsumerProps['source'] = {
  type: 'msk-scram',
  clusterArn: `${msk}:cluster/${cluster}`,
  secret: importSecret(secretArn, keyArn),
};
/** A mapping that an override has taken the pollers of its own from, and all that AWS offers only with them. */
const onDemand: Partial<KafkaConsumerProps> = {
  overrides: {
    ProvisionedPollerConfig: undefined,
    MaximumRetryAttempts: undefined,
    MaximumRecordAgeInSeconds: undefined,
    BisectBatchOnFunctionError: undefined,
    FunctionResponseTypes: undefined,
  },
  acknowledge: {
    INFINITE_RETRIES_CAPPED: 'retries are not looked at here',
    PARTIAL_RESPONSES_OFF: 'responses are not looked at here',
  },
};

function addVpc({ stack }: Made, subnetType: SubnetType): Vpc {
  const zoned = new ZonedStack(stack.node.root, `Network${subnetType}`, { env: { account, region } });
  return new Vpc(zoned, 'Vpc', {
    natGateways: subnetType === SubnetType.PRIVATE_WITH_EGRESS ? 1 : 0,
    subnetConfiguration: [
      { name: 'Kafka', subnetType },
      ...(subnetType === SubnetType.PUBLIC ? [] : [{ name: 'Public', subnetType: SubnetType.PUBLIC }]),
    ],
  });
}

class ZonedStack extends Stack {
  override get availabilityZones(): string[] {
    return [0, 1].map((index) => Fn.select(index, Fn.getAzs()));
  }
}

function check(vpc: IVpc, props: Partial<NetworkPreflightProps>): NetworkPreflight {
  return new NetworkPreflight(Stack.of(vpc), 'Network', { vpc, consumers: [], ...props });
}

function toCells({ rows }: NetworkPreflight): string[] {
  return rows.map(({ who, service, way }) => `${who} ${service} ${way}`);
}

function says({ node }: NetworkPreflight, kind: 'info' | 'warning'): string[] {
  return node.metadata.filter(({ type }) => type === `aws:cdk:${kind}`).map(({ data }) => String(data));
}

for (const [subnetType, way] of [
  [SubnetType.PRIVATE_ISOLATED, 'missing'],
  [SubnetType.PRIVATE_WITH_EGRESS, 'NAT'],
  [SubnetType.PUBLIC, 'missing'],
] as const) {
  test(`asks for Lambda, STS, the secret's service and the destination's, on demand in ${subnetType} subnets`, () => {
    const made = createStack();
    const vpc = addVpc(made, subnetType);
    const consumer = addConsumer(made, 'Orders', { ...onDemand, source: mskScram });
    const preflight = check(vpc, { consumers: [consumer], vpcSubnets: { subnetGroupName: 'Kafka' } });
    assert.deepEqual(toCells(preflight), [
      `poller lambda ${way}`,
      `poller sts ${way}`,
      `poller secretsmanager ${way}`,
      `destination s3 ${way}`,
    ]);
    assert.equal(says(preflight, 'warning').length, way === 'missing' ? 1 : 0);
  });
}

test('asks nothing for provisioned pollers, and does not warn of what AWS leaves unclear', () => {
  const made = createStack();
  const vpc = addVpc(made, SubnetType.PRIVATE_ISOLATED);
  const consumer = addConsumer(made, 'Orders', { source: mskScram });
  const preflight = check(vpc, { consumers: [consumer], vpcSubnets: { subnetGroupName: 'Kafka' } });
  assert.deepEqual(toCells(preflight), ['destination s3 missing']);
  assert.deepEqual(
    preflight.rows.map(({ certainty }) => certainty),
    ['unclear'],
  );
  assert.deepEqual(says(preflight, 'warning'), []);
});

test('asks for Lambda, STS and the destination for provisioned pollers of a self-managed source in a VPC', () => {
  const made = createStack();
  const vpc = addVpc(made, SubnetType.PRIVATE_ISOLATED);
  const pollers = new SecurityGroup(Stack.of(vpc), 'Pollers', { vpc, allowAllOutbound: false });
  pollers.addEgressRule(Peer.anyIpv4(), Port.tcp(9096));
  const vpcSubnets = { subnetGroupName: 'Kafka' };
  const source = {
    type: 'self-managed-plain',
    bootstrapServers: ['kafka.internal:9096', 'other.internal:9097'],
    secret: importSecret(secretArn),
  } as const;
  // A port that is known only at deployment is not judged.
  const bootstrapServers = [...source.bootstrapServers, Fn.importValue('broker')];
  const inside = { ...source, bootstrapServers, vpc, vpcSubnets, securityGroups: [pollers] };
  const consumers = [
    addConsumer(made, 'Inside', { source: inside }),
    addConsumer(made, 'Outside', { source: { ...source, bootstrapServers: ['kafka.example:9096'] } }),
  ];
  const preflight = check(vpc, { consumers, vpcSubnets });
  assert.deepEqual(toCells(preflight), [
    'poller brokers:9096 allowed',
    'poller brokers:9097 missing',
    'poller brokers unknown',
    'poller lambda missing',
    'poller sts missing',
    'destination s3 missing',
  ]);
  const warnings = says(preflight, 'warning').join('\n');
  assert.match(warnings, /no endpoint and no NAT gateway for lambda, sts, s3/);
  assert.match(warnings, /no rule for orders to brokers:9097, expected/);
});

test('looks whether the groups of an MSK cluster let themselves in', () => {
  const made = createStack();
  const vpc = addVpc(made, SubnetType.PRIVATE_ISOLATED);
  const open = new SecurityGroup(Stack.of(vpc), 'Open', { vpc });
  open.addIngressRule(open, Port.tcpRange(9090, 9100));
  const closed = new SecurityGroup(Stack.of(vpc), 'Closed', { vpc });
  closed.addIngressRule(open, Port.tcp(9098));
  const imported = SecurityGroup.fromSecurityGroupId(Stack.of(vpc), 'Imported', 'sg-1');
  const vpcSubnets = { subnetGroupName: 'Kafka' };
  const consumers = [open, closed, imported].map((group, index) =>
    addConsumer(made, `C${index}`, { source: { ...mskIam, vpc, vpcSubnets, securityGroups: [group] } }),
  );
  const cells = toCells(check(vpc, { consumers, vpcSubnets }));
  assert.deepEqual(
    cells.filter((cell) => cell.includes('brokers')),
    ['allowed', 'missing', 'unknown'].map((way) => `poller brokers:9098 ${way}`),
  );
});

test('asks nothing for a Kafka topic as destination', () => {
  const made = createStack();
  const vpc = addVpc(made, SubnetType.PRIVATE_ISOLATED);
  const onFailure = { type: 'kafka-topic', topic: 'orders.dead-letter' } as const;
  const consumer = addConsumer(made, 'Orders', { onFailure });
  assert.deepEqual(toCells(check(vpc, { consumers: [consumer] })), []);
});

test('finds the endpoints that are there, wherever in the app they were made', () => {
  const made = createStack();
  const vpc = addVpc(made, SubnetType.PRIVATE_ISOLATED);
  vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
  vpc.addInterfaceEndpoint('Sts', { service: InterfaceVpcEndpointAwsService.STS });
  const consumer = addConsumer(made, 'Orders', onDemand);
  const preflight = check(vpc, { consumers: [consumer], vpcSubnets: { subnetGroupName: 'Kafka' } });
  assert.deepEqual(toCells(preflight), [
    'poller lambda missing',
    'poller sts endpoint',
    'destination s3 endpoint',
  ]);
  assert.match(says(preflight, 'warning')[0] ?? '', /no NAT gateway for lambda, expected/);
});

test('adds what lacks, once for all consumers, for the given clients only', () => {
  const made = createStack();
  const vpc = addVpc(made, SubnetType.PRIVATE_ISOLATED);
  const clients = [new SecurityGroup(Stack.of(vpc), 'Pollers', { vpc })];
  const onFailure = { type: 'sqs', queue: new Queue(made.stack, 'Failed') } as const;
  const consumers = ['A', 'B'].map((id) => addConsumer(made, id, { ...onDemand, onFailure }));
  const vpcSubnets = { subnetGroupName: 'Kafka' };
  const preflight = check(vpc, { consumers, vpcSubnets, addEndpoints: true, clients });
  const added = ['poller lambda added', 'poller sts added', 'destination sqs added'];
  assert.deepEqual(toCells(preflight), [...added, ...added]);
  const network = Stack.of(vpc);
  assert.deepEqual(says(preflight, 'warning'), []);
  const template = Template.fromStack(network);
  template.resourceCountIs('AWS::EC2::VPCEndpoint', 3);
  const ingress = Object.values(template.findResources('AWS::EC2::SecurityGroupIngress')) as {
    readonly Properties: { readonly FromPort: number; readonly SourceSecurityGroupId: unknown };
  }[];
  assert.deepEqual(
    ingress.map(({ Properties: { FromPort, SourceSecurityGroupId } }) => [
      FromPort,
      SourceSecurityGroupId !== undefined,
    ]),
    [
      [443, true],
      [443, true],
      [443, true],
    ],
  );
});

test('asks for what the handler calls when the function stands in the VPC', () => {
  const made = createStack();
  const vpc = addVpc(made, SubnetType.PRIVATE_ISOLATED);
  const vpcSubnets = { subnetGroupName: 'Kafka' };
  const consumer = addConsumer(made, 'Orders', { vpc, vpcSubnets });
  const functionServices = ['dynamodb'] as const;
  const preflight = check(vpc, {
    consumers: [consumer],
    vpcSubnets,
    functionServices,
    addEndpoints: true,
  });
  assert.deepEqual(toCells(preflight), [
    'destination s3 missing',
    'function s3 added',
    'function dynamodb added',
  ]);
  Template.fromStack(Stack.of(vpc)).resourceCountIs('AWS::EC2::VPCEndpoint', 2);
});

test('asks for what the handler calls behind an alias, too', () => {
  const made = createStack();
  const vpc = addVpc(made, SubnetType.PRIVATE_ISOLATED);
  const vpcSubnets = { subnetGroupName: 'Kafka' };
  const fn = new Function(made.stack, 'Mine', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => null'),
    memorySize: orders.memory.sizeMb,
    timeout: Duration.seconds(orders.timeoutSeconds),
    vpc,
    vpcSubnets,
  });
  const alias = new Alias(made.stack, 'Live', { aliasName: 'live', version: fn.currentVersion });
  const consumer = addConsumer(made, 'Orders', { entry: undefined, function: alias });
  const preflight = check(vpc, { consumers: [consumer], vpcSubnets });
  assert.deepEqual(toCells(preflight), ['destination s3 missing', 'function s3 missing']);
});

test('says that it does not know the endpoints of a VPC that is not its own', () => {
  const made = createStack();
  const vpc = Vpc.fromVpcAttributes(made.stack, 'Vpc', {
    vpcId: 'vpc-0a',
    availabilityZones: ['eu-west-1a'],
    isolatedSubnetIds: ['subnet-0a'],
  });
  const consumer = addConsumer(made, 'Orders', onDemand);
  const vpcSubnets = { subnetType: SubnetType.PRIVATE_ISOLATED };
  const preflight = check(vpc, { consumers: [consumer], vpcSubnets });
  assert.deepEqual(toCells(preflight), [
    'poller lambda unknown',
    'poller sts unknown',
    'destination s3 unknown',
  ]);
  assert.deepEqual(says(preflight, 'warning'), []);
});

test('shows a table of it with the synthesis', () => {
  const made = createStack();
  const vpc = addVpc(made, SubnetType.PRIVATE_ISOLATED);
  const consumer = addConsumer(made, 'Orders', onDemand);
  const preflight = check(vpc, { consumers: [consumer], vpcSubnets: { subnetGroupName: 'Kafka' } });
  assert.deepEqual(says(preflight, 'info')[0]?.split('\n'), [
    'network',
    'consumer  who          calls   by       AWS asks for it',
    'orders    poller       lambda  missing  yes',
    'orders    poller       sts     missing  yes',
    'orders    destination  s3      missing  yes',
  ]);
});

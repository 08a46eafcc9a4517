// Example: one consumer of a cluster of one's own, reached in a VPC, with SASL/SCRAM and a private CA, in a Stack of one's
// own. Try it: `cdk synth --app 'node infra/examples/self-managed-scram.ts'`. In another package all names but the
// handler's come from `tailrace/cdk`.

import '../app/error-printer.ts';
import { fileURLToPath } from 'node:url';
import { App, Fn, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  IpAddresses,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { AwsSolutionsChecks } from 'cdk-nag';
import { archive } from '../../handlers/archive/consumer.ts';
import { KafkaConsumer } from '../kafka-consumer.ts';
import { NetworkPreflight } from '../network/network-preflight.ts';
import { acknowledgeNag } from '../rule-packs/nag.ts';
import { PrivateBucket } from '../private-bucket.ts';

const secret = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:kafka';
const brokers = '10.20.0.0/16'; // peered with the VPC below, or reached through a transit gateway

/** Leaves the zones to CloudFormation: CDK would ask AWS for those of the account, which an example does not have. */
class ArchiveStack extends Stack {
  override get availabilityZones(): string[] {
    return [0, 1].map((index) => Fn.select(index, Fn.getAzs()));
  }
}

const app = new App({ autoSynth: false });
const stack = new ArchiveStack(app, 'ArchiveOfOrders', {
  description: 'Archives a topic of a self-managed Kafka cluster',
  env: { account: '123456789012', region: 'eu-west-1' },
});

const vpc = new Vpc(stack, 'Vpc', {
  ipAddresses: IpAddresses.cidr('10.30.0.0/24'),
  maxAzs: 2,
  natGateways: 0, // the endpoints below are what pollers need
  subnetConfiguration: [{ name: 'Pollers', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 26 }],
  flowLogs: { All: { destination: FlowLogDestination.toCloudWatchLogs() } },
});
const pollers = new SecurityGroup(stack, 'Pollers', {
  vpc,
  description: 'Pollers of the event source mapping',
  allowAllOutbound: false,
});
pollers.addEgressRule(Peer.ipv4(brokers), Port.tcp(9096), 'SASL/SCRAM over TLS');
pollers.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'AWS services, by the endpoints of the VPC');

const bucket = new PrivateBucket(stack, 'ArchiveBucket', { removalPolicy: RemovalPolicy.RETAIN });
const consumer = new KafkaConsumer(stack, 'Archive', {
  definition: archive,
  entry: fileURLToPath(new URL('../../handlers/archive/handler.ts', import.meta.url)),
  source: {
    type: 'self-managed-scram-512',
    bootstrapServers: ['broker-1.kafka.example:9096', 'broker-2.kafka.example:9096'],
    secret: Secret.fromSecretCompleteArn(stack, 'Credentials', `${secret}/lambda-AbCd12`),
    rootCACertificate: Secret.fromSecretCompleteArn(stack, 'Ca', `${secret}/ca-EfGh34`),
    vpc,
    vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
    securityGroups: [pollers],
  },
  environment: { ARCHIVE_BUCKET: bucket.bucketName },
  partitions: 12,
  mappingLogLevel: 'INFO',
});
bucket.grantPut(consumer, `archive/${archive.topic}/*`);

// Pollers of a self-managed source call Lambda, STS and the service of the destination from where they stand.
new NetworkPreflight(stack, 'Network', {
  vpc,
  vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
  consumers: [consumer],
  addEndpoints: true,
  clients: [pollers],
});

acknowledgeNag(stack);
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();

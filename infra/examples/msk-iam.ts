// Example: consumers of an MSK cluster with IAM authentication, known by its ARN, with all that KafkaConsumers brings:
// dead letters, a dashboard, alarms. Try it: `cdk synth --app 'node infra/examples/msk-iam.ts'`. In another package all names
// but the handlers' come from `tailrace/cdk`.

import '../app/error-printer.ts';
import { fileURLToPath } from 'node:url';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { AwsSolutionsChecks } from 'cdk-nag';
import { archive } from '../../handlers/archive/consumer.ts';
import { materialize } from '../../handlers/materialize/consumer.ts';
import { relay } from '../../handlers/relay/consumer.ts';
import { addArchive } from '../app/consumers/archive.ts';
import { addMaterialize } from '../app/consumers/materialize.ts';
import { addRelay } from '../app/consumers/relay.ts';
import { KafkaConsumers } from '../kafka-consumers.ts';
import { acknowledgeNag } from '../rule-packs/nag.ts';

const app = new App({ autoSynth: false });
const stack = new Stack(app, 'TailraceOnMsk', {
  description: 'Kafka consumers on AWS Lambda',
  env: { account: '123456789012', region: 'eu-west-1' }, // the cluster's
});
const consumers = new KafkaConsumers(stack, 'Default', {
  source: {
    type: 'msk-iam',
    clusterArn: 'arn:aws:kafka:eu-west-1:123456789012:cluster/orders/01234567-89ab-cdef-0123-456789abcdef-4',
    // Binds the pollers' right to attach themselves to the cluster's own network.
    vpc: Vpc.fromVpcAttributes(stack, 'ClusterVpc', {
      vpcId: 'vpc-0a',
      availabilityZones: ['eu-west-1a', 'eu-west-1b'],
      privateSubnetIds: ['subnet-0a', 'subnet-0b'],
      privateSubnetRouteTableIds: ['rtb-0a', 'rtb-0b'],
    }),
    securityGroups: [SecurityGroup.fromSecurityGroupId(stack, 'Brokers', 'sg-0a')],
  },
  handlersFolder: fileURLToPath(new URL('../../handlers/', import.meta.url)),
});
addArchive(consumers, archive);
addMaterialize(consumers, materialize);
addRelay(consumers, relay);

acknowledgeNag(stack);
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();

// Example: consumers of an MSK cluster with IAM authentication, known by its ARN, with all that TailraceStack brings:
// dead letters, a dashboard, alarms. Try it: `cdk synth --app 'node infra/examples/msk-iam.ts'`.

import '../app/error-printer.ts';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { archive } from '../../handlers/archive/consumer.ts';
import { materialize } from '../../handlers/materialize/consumer.ts';
import { relay } from '../../handlers/relay/consumer.ts';
import { addArchive } from '../app/consumers/archive.ts';
import { addMaterialize } from '../app/consumers/materialize.ts';
import { addRelay } from '../app/consumers/relay.ts';
import { acknowledgeNag } from '../rule-packs/nag.ts';
import { TailraceStack } from '../app/tailrace-stack.ts';

const app = new App({ autoSynth: false });
const stack = new TailraceStack(app, 'TailraceOnMsk', {
  source: {
    type: 'msk-iam',
    clusterArn: 'arn:aws:kafka:eu-west-1:123456789012:cluster/orders/01234567-89ab-cdef-0123-456789abcdef-4',
    // Binds the pollers' right to attach themselves to the cluster's own network.
    network: { subnetIds: ['subnet-0a', 'subnet-0b'], securityGroupIds: ['sg-0a'] },
  },
  placeholder: false,
  ephemeral: false,
});
addArchive(stack, archive);
addMaterialize(stack, materialize);
addRelay(stack, relay);

acknowledgeNag(stack);
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();

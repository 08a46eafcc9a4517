// Example: a cluster and a consumer of it in one app: MSK Express with IAM authentication, its topics, and all that is
// watched of them. Try it: `cdk synth --app 'node infra/examples/cluster-included.ts'`. In another package all names but
// the handler's come from `tailrace/cdk`.

import '../app/error-printer.ts';
import { fileURLToPath } from 'node:url';
import { App, Fn, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { archive } from '../../handlers/archive/consumer.ts';
import { KafkaCluster } from '../cluster/kafka-cluster.ts';
import { KafkaConsumer } from '../kafka-consumer.ts';
import { Monitoring } from '../monitoring/monitoring.ts';
import { acknowledgeNag } from '../rule-packs/nag.ts';
import { PrivateBucket } from '../private-bucket.ts';

/** Leaves the zones to CloudFormation: CDK would ask AWS for those of the account, which an example does not have. */
class OrdersStack extends Stack {
  override get availabilityZones(): string[] {
    return [0, 1, 2].map((index) => Fn.select(index, Fn.getAzs()));
  }
}

const app = new App({ autoSynth: false });
const stack = new OrdersStack(app, 'Orders', {
  description: 'A Kafka cluster and the archive of its orders',
  env: { account: '123456789012', region: 'eu-west-1' },
});

const removalPolicy = RemovalPolicy.RETAIN;
const partitions = 12;
const cluster = new KafkaCluster(stack, 'Cluster', {
  removalPolicy,
  topics: [{ name: archive.topic, partitions, deadLetter: true, config: { 'retention.ms': '604800000' } }],
});

const bucket = new PrivateBucket(stack, 'ArchiveBucket', { removalPolicy });
const consumer = new KafkaConsumer(stack, 'Archive', {
  definition: archive,
  entry: fileURLToPath(new URL('../../handlers/archive/handler.ts', import.meta.url)),
  source: cluster.source,
  environment: { ARCHIVE_BUCKET: bucket.bucketName },
  partitions,
});
bucket.grantPut(consumer, `archive/${archive.topic}/*`);
// A mapping that is made before its topic would poll in vain, and say so, until the topic is there.
consumer.node.addDependency(cluster);
new Monitoring(stack, 'Monitoring').watch(consumer);

acknowledgeNag(stack);
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();

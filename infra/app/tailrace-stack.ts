// This repository's own stack: its consumers on the cluster that a person named on the command line, or on none.

import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { KafkaConsumers, type KafkaConsumersProps } from '../kafka-consumers.ts';
import { PrivateBucket } from '../private-bucket.ts';
import { toEnvironment, toSource, type AppContext } from './context.ts';
import { refuseDeployment } from './no-cluster-guard.ts';

/** What the app is synthesized for, and what tests choose beside it. */
export interface TailraceStackProps
  extends AppContext, Pick<KafkaConsumersProps, 'consumersInStack' | 'monitoring'> {
  /** Default `handlers` of the folder that is worked in. */
  readonly handlersFolder?: string;
}

/** The stack, without a consumer in it. */
export class TailraceStack extends Stack {
  readonly consumers: KafkaConsumers;
  /** Kept when the stack goes, unless it is ephemeral. */
  readonly removalPolicy: RemovalPolicy;

  constructor(scope: Construct, id: string, props: TailraceStackProps) {
    const { cluster, ephemeral, handlersFolder, ...shared } = props;
    super(scope, id, {
      description: 'Kafka consumers on AWS Lambda',
      // A mapping has to stand where its cluster is; without a cluster it stands nowhere.
      ...(cluster === undefined ? {} : { env: toEnvironment(cluster) }),
    });
    this.removalPolicy = ephemeral ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
    // `Default` is no part of what AWS calls the resources.
    this.consumers = new KafkaConsumers(this, 'Default', {
      ...shared,
      source: toSource(this, cluster),
      pollerGroup: id, // three mappings with pollers of their own would cost three times as much at rest
      ...(handlersFolder === undefined ? {} : { handlersFolder }),
      removalPolicy: this.removalPolicy,
    });
    if (cluster === undefined) refuseDeployment(this);
  }
}

/** Adds a bucket that a handler writes to beside consumers, and its name to the outputs of their stack. */
export function addBucket(consumers: KafkaConsumers, id: string, expirationDays?: number): PrivateBucket {
  const stack = Stack.of(consumers);
  const bucket = new PrivateBucket(stack, id, {
    removalPolicy: consumers.removalPolicy,
    ...(expirationDays === undefined ? {} : { expirationDays }),
  });
  new CfnOutput(stack, `${id}Name`, { value: bucket.bucketName });
  return bucket;
}

// The stack: what all consumers share, and the one call that adds another.

import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ConsumerConfig } from '../lib/define.ts';
import type { Settings } from './context.ts';
import { KafkaConsumer, type ConsumerOptions } from './kafka-consumer.ts';
import { refuseDeployment } from './placeholder.ts';
import { PrivateBucket } from './private-bucket.ts';
import { sourceEnvironment } from './source.ts';

export interface TailraceStackProps extends Settings {
  /** The folder that holds `<consumer>/handler.ts`, an absolute path. Default the project's `handlers`. */
  readonly handlersFolder?: string;
}

/** Kafka consumers on Lambda, with the bucket that keeps what they could not consume. */
export class TailraceStack extends Stack {
  /** Kept when the stack goes, unless it is ephemeral. */
  readonly removalPolicy: RemovalPolicy;
  readonly deadLetterBucket: PrivateBucket;
  readonly #props: TailraceStackProps;

  constructor(scope: Construct, id: string, props: TailraceStackProps) {
    super(scope, id, {
      description: 'Kafka consumers on AWS Lambda',
      // A mapping has to stand where its cluster is; the placeholder stands nowhere.
      ...(props.placeholder ? {} : { env: sourceEnvironment(props.source) }),
    });
    this.#props = props;
    this.removalPolicy = props.ephemeral ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
    this.deadLetterBucket = this.addBucket('DeadLetterBucket');
    if (props.placeholder) refuseDeployment(this);
  }

  /**
   * Adds the consumer of `handlers/<name>`; `environment` is what its handler reads.
   *
   * @throws RefusalError `REFUSED` for what AWS would take and not do
   */
  addConsumer(
    definition: ConsumerConfig,
    environment: Readonly<Record<string, string>> = {},
    options: ConsumerOptions = {},
  ): KafkaConsumer {
    const folder = this.#props.handlersFolder ?? fileURLToPath(new URL('../handlers/', import.meta.url));
    return new KafkaConsumer(this, toId(definition.name), {
      ...options,
      definition,
      environment,
      entry: join(folder, definition.name, 'handler.ts'),
      source: this.#props.source,
      deadLetterBucket: this.deadLetterBucket,
      removalPolicy: this.removalPolicy,
    });
  }

  /** Adds a bucket, and its name to the stack's outputs. */
  addBucket(id: string, expirationDays?: number): PrivateBucket {
    const bucket = new PrivateBucket(this, id, {
      removalPolicy: this.removalPolicy,
      ...(expirationDays === undefined ? {} : { expirationDays }),
    });
    new CfnOutput(this, `${id}Name`, { value: bucket.bucketName });
    return bucket;
  }
}

/** `order-archive` becomes `OrderArchive`: a construct id, and so part of what AWS calls the resources. */
function toId(name: string): string {
  return name.replaceAll(/(?:^|-)([a-z0-9])/g, (_, first: string) => first.toUpperCase());
}

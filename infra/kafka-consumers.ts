// Many consumers of one cluster: what they share, and the one call that adds another.

import { join, resolve } from 'node:path';
import { CfnOutput, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { ConsumerDefinition } from '../lib/definition/define-consumer.ts';
import { createPlacement, maxConsumersInStack } from './placement.ts';
import { KafkaConsumer, type ConsumerOptions } from './kafka-consumer.ts';
import type { AlarmOptions } from './monitoring/alarms/alarm-options.ts';
import { Monitoring, type MonitoringOptions } from './monitoring/monitoring.ts';
import { deadLetterExpirations, PrivateBucket } from './private-bucket.ts';
import { PropsError } from './props-error.ts';
import type { KafkaSource } from './source/source.ts';

/** What consumers of a cluster share, and where they stand. */
export interface KafkaConsumersProps {
  /** The Kafka cluster that all consumers read from, and how to connect to it. */
  readonly source: KafkaSource;
  /** Absolute path of the folder with `<consumer>/handler.ts`. Default `handlers` in the working directory. */
  readonly handlersFolder?: string;
  /** Receives the dead letters of all consumers. Default a new bucket. */
  readonly deadLetterBucket?: IBucket;
  /** What happens to data and log groups when the stack is deleted. Default `RemovalPolicy.RETAIN`. */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * How many consumers, 0..10, are in the stack itself: the first ones that are added. Each other consumer is in a nested stack
   * that its name determines. With 0, adding a consumer never moves another one. Default 10.
   */
  readonly consumersInStack?: number;
  /**
   * Poller group of all consumers, 1..128 characters a-z A-Z 0-9 - _. They share pollers, so that they cost about 135 USD a month
   * together instead of each; at most 100 consumers in one VPC. Default none.
   */
  readonly pollerGroup?: string;
  /** `alarmTopic`: the SNS topic of the alarms; `false` for no dashboard, alarms or queries. Default a new topic. */
  readonly monitoring?: MonitoringOptions | false;
}

/** What may be chosen for one of them. */
export interface GroupedConsumerOptions extends ConsumerOptions {
  /** The file that exports `handler`. Default `<consumer>/handler.ts` in `handlersFolder`. */
  readonly entry?: string;
  /** Alarms to change or to leave out. Default all alarms with their defaults. */
  readonly alarms?: AlarmOptions;
}

/** Kafka consumers on Lambda, with the bucket that keeps what they could not consume, a dashboard and alarms. */
export class KafkaConsumers extends Construct {
  readonly source: KafkaSource;
  readonly removalPolicy: RemovalPolicy;
  readonly deadLetterBucket: IBucket;
  /** The dashboard, the alarms and their topic; undefined when there are none. */
  readonly monitoring: Monitoring | undefined;
  readonly #handlersFolder: string;
  readonly #pollerGroup: string | undefined;
  readonly #findScope: (consumer: string) => Construct | Stack;

  /** @throws PropsError `INVALID_PROPS` */
  constructor(scope: Construct, id: string, props: KafkaConsumersProps) {
    super(scope, id);
    this.source = props.source;
    this.#handlersFolder = props.handlersFolder ?? resolve('handlers');
    this.#pollerGroup = props.pollerGroup;
    this.#findScope = createPlacement(this, checkConsumersInStack(this.node.path, props.consumersInStack));
    this.removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    this.deadLetterBucket = props.deadLetterBucket ?? this.#addBucket();
    this.monitoring =
      props.monitoring === false ? undefined : new Monitoring(this, 'Monitoring', props.monitoring);
  }

  /**
   * Adds the consumer of `<folder of handlers>/<name>`.
   *
   * @throws PropsError `INVALID_PROPS`, RuleViolationError `RULE_VIOLATION` for what AWS would take and not do
   */
  add(definition: ConsumerDefinition, { alarms, ...options }: GroupedConsumerOptions = {}): KafkaConsumer {
    const consumer = new KafkaConsumer(this.#findScope(definition.name), toId(definition.name), {
      entry: join(this.#handlersFolder, definition.name, 'handler.ts'),
      deadLetterBucket: this.deadLetterBucket,
      removalPolicy: this.removalPolicy,
      ...(this.#pollerGroup === undefined || definition.provisionedPollers === false
        ? {}
        : { pollerGroup: this.#pollerGroup }),
      ...options,
      definition,
      source: this.source,
    });
    this.monitoring?.watch(consumer, alarms);
    return consumer;
  }

  #addBucket(): PrivateBucket {
    const bucket = new PrivateBucket(this, 'DeadLetterBucket', {
      removalPolicy: this.removalPolicy,
      prefixExpirationDays: deadLetterExpirations,
    });
    new CfnOutput(this, 'DeadLetterBucketName', { value: bucket.bucketName });
    return bucket;
  }
}

function checkConsumersInStack(owner: string, given = maxConsumersInStack): number {
  if (Number.isInteger(given) && given >= 0 && given <= maxConsumersInStack) return given;
  throw new PropsError(owner, [
    { field: 'consumersInStack', got: given, expected: `an integer 0..${maxConsumersInStack}` },
  ]);
}

/** `order-archive` becomes `OrderArchive`: a construct id, and so part of what AWS calls the resources. */
function toId(name: string): string {
  return name.replaceAll(/(?:^|-)([a-z0-9])/g, (_, first: string) => first.toUpperCase());
}

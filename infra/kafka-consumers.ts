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
  /** The cluster that all of them read from, and how. */
  readonly source: KafkaSource;
  /** The folder that holds `<consumer>/handler.ts`, an absolute path. Default `handlers` of the folder that is worked in. */
  readonly handlersFolder?: string;
  /** Takes the dead letters of all consumers. Default one made here. */
  readonly deadLetterBucket?: IBucket;
  /** What data and log groups do when the stack goes. Default `RemovalPolicy.RETAIN`. */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * How many consumers stand in the stack itself, 0..10: the first ones, in the order in which they are added. The
   * others stand in nested stacks, each in the one that its name leads to. Default 10. With 0 no consumer ever changes
   * its place, wherever in the app another is added.
   */
  readonly consumersInStack?: number;
  /**
   * The poller group of all consumers, 1..128 of a-z A-Z 0-9 - _: they share pollers, and so one bill of about 135 USD a month
   * instead of one each. At most 100 consumers of one VPC. Default none.
   */
  readonly pollerGroup?: string;
  /** `alarmTopic`: where alarms go; `false` for no dashboard, alarms and queries. Default a topic made here. */
  readonly monitoring?: MonitoringOptions | false;
}

/** What may be chosen for one of them. */
export interface GroupedConsumerOptions extends ConsumerOptions {
  /** The file that exports `handler`. Default `<consumer>/handler.ts` in the folder of handlers. */
  readonly entry?: string;
  /** Alarms to change or to leave out. Default all, as they are. */
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

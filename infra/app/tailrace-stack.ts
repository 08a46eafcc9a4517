// The stack: what all consumers share, and the one call that adds another.

import { join, resolve } from 'node:path';
import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ConsumerDefinition } from '../../lib/definition/define-consumer.ts';
import type { AppContext } from './context.ts';
import { KafkaConsumer, type ConsumerOptions } from '../kafka-consumer.ts';
import type { AlarmOptions } from '../monitoring/alarms/alarm-options.ts';
import { Monitoring, type MonitoringOptions } from '../monitoring/monitoring.ts';
import { refuseDeployment } from './no-cluster-guard.ts';
import { createPlacement, maxConsumersInStack } from './placement.ts';
import { PrivateBucket } from '../private-bucket.ts';
import { PropsError } from '../props-error.ts';
import { sourceEnvironment } from '../source/source.ts';

/** What a {@link TailraceStack} is made of: what all its consumers share, and where they stand. */
export interface TailraceStackProps extends AppContext {
  /** The folder that holds `<consumer>/handler.ts`, an absolute path. Default `handlers` of the folder that is worked in. */
  readonly handlersFolder?: string;
  /**
   * How many consumers stand in the stack itself, 0..10: the first ones, in the order in which they are added. The
   * others stand in nested stacks, each in the one that its name leads to. Default 10. With 0 no consumer ever changes
   * its place, wherever in the app another is added.
   */
  readonly consumersInStack?: number;
  /** Where alarms go; `false` for no dashboard, alarms and queries. Default a topic of the stack's own. */
  readonly monitoring?: MonitoringOptions | false;
}

/** What may be chosen per consumer of the stack. */
export interface StackConsumerOptions extends ConsumerOptions {
  /** Alarms to change or to leave out. Default all, as they are. */
  readonly alarms?: AlarmOptions;
}

/** Kafka consumers on Lambda, with the bucket that keeps what they could not consume. */
export class TailraceStack extends Stack {
  /** Kept when the stack goes, unless it is ephemeral. */
  readonly removalPolicy: RemovalPolicy;
  readonly deadLetterBucket: PrivateBucket;
  /** The dashboard, the alarms and their topic; undefined when the stack has none. */
  readonly monitoring: Monitoring | undefined;
  readonly #props: TailraceStackProps;
  readonly #findStack: (consumer: string) => Stack;

  constructor(scope: Construct, id: string, props: TailraceStackProps) {
    super(scope, id, {
      description: 'Kafka consumers on AWS Lambda',
      // A mapping has to stand where its cluster is; the placeholder stands nowhere.
      ...(props.placeholder ? {} : { env: sourceEnvironment(props.source) }),
    });
    this.#props = props;
    this.#findStack = createPlacement(this, checkConsumersInStack(id, props.consumersInStack));
    this.removalPolicy = props.ephemeral ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
    this.deadLetterBucket = this.addBucket('DeadLetterBucket');
    this.monitoring =
      props.monitoring === false ? undefined : new Monitoring(this, 'Monitoring', props.monitoring);
    if (props.placeholder) refuseDeployment(this);
  }

  /**
   * Adds the consumer of `handlers/<name>`; `environment` is what its handler reads.
   *
   * @throws RuleViolationError `RULE_VIOLATION` for what AWS would take and not do, PropsError `INVALID_PROPS`
   */
  addConsumer(
    definition: ConsumerDefinition,
    environment: Readonly<Record<string, string>> = {},
    { alarms, ...options }: StackConsumerOptions = {},
  ): KafkaConsumer {
    const folder = this.#props.handlersFolder ?? resolve('handlers');
    const consumer = new KafkaConsumer(this.#findStack(definition.name), toId(definition.name), {
      ...options,
      definition,
      environment,
      entry: join(folder, definition.name, 'handler.ts'),
      source: this.#props.source,
      deadLetterBucket: this.deadLetterBucket,
      removalPolicy: this.removalPolicy,
    });
    this.monitoring?.watch(consumer, alarms);
    return consumer;
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

function checkConsumersInStack(stack: string, given = maxConsumersInStack): number {
  if (Number.isInteger(given) && given >= 0 && given <= maxConsumersInStack) return given;
  throw new PropsError(stack, [
    { field: 'consumersInStack', got: given, expected: `an integer 0..${maxConsumersInStack}` },
  ]);
}

/** `order-archive` becomes `OrderArchive`: a construct id, and so part of what AWS calls the resources. */
function toId(name: string): string {
  return name.replaceAll(/(?:^|-)([a-z0-9])/g, (_, first: string) => first.toUpperCase());
}

// A consumer for a function that exists already, the way CDK adds sources of events: `fn.addEventSource(source)`.

import { Stack } from 'aws-cdk-lib';
import type { IEventSource, IFunction } from 'aws-cdk-lib/aws-lambda';
import { KafkaConsumer, type KafkaConsumerProps } from './kafka-consumer.ts';
import type { AlarmOptions } from './monitoring/alarms/alarm-options.ts';
import { Monitoring } from './monitoring/monitoring.ts';

/** A consumer, without what its function has already. */
export interface KafkaConsumerSourceProps extends Omit<
  KafkaConsumerProps,
  | 'entry'
  | 'function'
  | 'runtime'
  | 'architecture'
  | 'bundling'
  | 'vpc'
  | 'vpcSubnets'
  | 'securityGroups'
  | 'reservedConcurrency'
  | 'environmentKey'
  | 'tracing'
  | 'logRetention'
  | 'logKey'
> {
  /** The monitoring to add the consumer to; `false` for none. Default that of the stack, or a new one. */
  readonly monitoring?: Monitoring | false;
  /** Alarms to change or to leave out. Default all alarms with their defaults. */
  readonly alarms?: AlarmOptions;
}

/**
 * Feeds a function from a Kafka topic, as its definition says: mapping, permissions, environment, dead letters and alarms. The
 * function's handler is made by `createConsumer`, its `memorySize` and `timeout` are the definition's.
 */
export class KafkaConsumerSource implements IEventSource {
  readonly #props: KafkaConsumerSourceProps;
  #consumer: KafkaConsumer | undefined;

  constructor(props: KafkaConsumerSourceProps) {
    this.#props = props;
  }

  /** The consumer that was made; there is none before the source is added to a function. */
  get consumer(): KafkaConsumer {
    if (this.#consumer === undefined)
      throw new Error(
        'the source has no consumer yet, got a use of it, expected fn.addEventSource(source) first',
      );
    return this.#consumer;
  }

  /** @throws PropsError `INVALID_PROPS`, RuleViolationError `RULE_VIOLATION` for what AWS would take and not do */
  bind(target: IFunction): void {
    const { monitoring, alarms, ...props } = this.#props;
    const id = `Kafka-${props.definition.name}`;
    this.#consumer = new KafkaConsumer(target, id, { ...props, function: target });
    if (monitoring === false) return;
    (monitoring ?? Monitoring.of(Stack.of(target))).watch(this.#consumer, alarms);
  }
}

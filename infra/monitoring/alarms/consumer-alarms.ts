// The alarms of one consumer, and the one that speaks for its symptoms.

import {
  Alarm,
  AlarmRule,
  ComparisonOperator,
  CompositeAlarm,
  type AlarmBase,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { KafkaConsumer } from '../../kafka-consumer.ts';
import { rootStackName } from '../../root-stack-name.ts';
import { alarmKeys, checkAlarmOptions, type AlarmKey, type AlarmOptions } from './alarm-options.ts';
import { alarmTable, toPeriods } from './alarm-table.ts';
import { MemoryKillFilter } from './memory-kill-filter.ts';
import { hasGroups } from '../metrics.ts';

/** Whose alarms these are, where they go, and what differs from their defaults. */
export interface ConsumerAlarmsProps {
  readonly consumer: KafkaConsumer;
  /** Where alarms go. */
  readonly topic: ITopic;
  /** Default all alarms as they are. */
  readonly alarms?: AlarmOptions;
}

/** One alarm per entry of the table, less those switched off or without the metrics that they need. */
export class ConsumerAlarms extends Construct {
  /** Names of those that notify somebody, the composite's among them. */
  readonly notifying: readonly string[];

  /** @throws PropsError `INVALID_PROPS` */
  constructor(scope: Construct, id: string, { consumer, topic, alarms = {} }: ConsumerAlarmsProps) {
    super(scope, id);
    checkAlarmOptions(consumer.definition.name, alarms);
    const { logGroup } = consumer;
    const keys = alarmKeys.filter(
      (key) =>
        alarms[key] !== false &&
        hasGroups(consumer, alarmTable[key].needs) &&
        (key !== 'outOfMemory' || logGroup !== undefined),
    );
    if (keys.includes('outOfMemory') && logGroup !== undefined)
      new MemoryKillFilter(this, 'MemoryKills', consumer, logGroup);
    const made = keys.map((key) => ({ key, alarm: this.#addAlarm(consumer, key, alarms) }));
    const symptoms = made.filter(({ key }) => alarmTable[key].group === 'symptom');
    const others = made.filter(({ key }) => alarmTable[key].group !== 'symptom');
    const notifying = [...this.#combine(consumer, symptoms), ...others];
    for (const { alarm } of notifying) alarm.addAlarmAction(new SnsAction(topic));
    // Whoever was woken up for it is told when it is over.
    for (const { key, alarm } of notifying) if (key === 'unhealthy') alarm.addOkAction(new SnsAction(topic));
    this.notifying = notifying.map(({ key }) => toName(consumer, key));
  }

  #addAlarm(consumer: KafkaConsumer, key: AlarmKey, alarms: AlarmOptions): Alarm {
    const { metric, threshold, unit, minutes, missing, means, first, runbook } = alarmTable[key];
    const setting = alarms[key] === false ? {} : (alarms[key] ?? {});
    const isSilence = key === 'notPolling'; // the one that rings for too little
    return new Alarm(this, toId(key), {
      alarmName: toName(consumer, key),
      alarmDescription: `${means} First: ${first}${runbook === undefined ? '' : ` Runbook: ${runbook(consumer)}`} (Threshold: ${unit}.)`,
      metric: metric(consumer),
      threshold: setting.threshold ?? threshold(consumer),
      comparisonOperator: isSilence
        ? ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD
        : ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: toPeriods(setting.minutes ?? minutes),
      treatMissingData: missing,
    });
  }

  /** One poison record is stuck, old and failing at once, and need not wake anybody three times. */
  #combine(
    consumer: KafkaConsumer,
    symptoms: readonly { readonly key: AlarmKey; readonly alarm: AlarmBase }[],
  ): readonly { readonly key: AlarmKey | 'unhealthy'; readonly alarm: AlarmBase }[] {
    if (symptoms.length < 2) return symptoms;
    const names = symptoms.map(({ key }) => key).join(', ');
    const alarm = new CompositeAlarm(this, 'Unhealthy', {
      compositeAlarmName: toName(consumer, 'unhealthy'),
      alarmDescription: `The consumer does not do its work as it should: at least one of its alarms ${names} rings. First: see which, on the dashboard or in the list of alarms; the description of each says what to do. Nothing is lost while Kafka keeps the records.`,
      alarmRule: AlarmRule.anyOf(...symptoms.map(({ alarm }) => alarm)),
    });
    return [{ key: 'unhealthy', alarm }];
  }
}

function toName(consumer: KafkaConsumer, what: AlarmKey | 'unhealthy'): string {
  return `${rootStackName(consumer)}-${consumer.definition.name}-${what}`;
}

function toId(key: AlarmKey): string {
  return key.replace(/^./, (first) => first.toUpperCase());
}

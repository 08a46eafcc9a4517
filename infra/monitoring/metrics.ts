// Every metric that the dashboard and the alarms read, by its source: the runtime's own, the mapping's, the function's, MSK's.
// Names and dimensions stand here alone, each beside the page that says so.

import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { CfnEventSourceMapping, IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { ConsumerDefinition } from '../../lib/definition/define-consumer.ts';
import { findQualifier, toUnqualified } from '../function/function-facts.ts';
import type { MappingProperties } from '../mapping/mapping.ts';
import { rootStackName } from '../root-stack-name.ts';
import { isMsk, type KafkaSource } from '../source/source.ts';

/** Whose metrics these are: a `KafkaConsumer`. */
export interface Measured extends Construct {
  readonly definition: ConsumerDefinition;
  readonly source: KafkaSource;
  readonly groupId: string;
  readonly function: IFunction;
  readonly mapping: CfnEventSourceMapping;
  readonly mappingProperties: MappingProperties;
}

/** Every metric of the runtime, with the statistic that says most of it. */
export const metricNames = {
  RecordsReceived: 'Sum',
  RecordsDone: 'Sum',
  RecordsSkipped: 'Sum',
  RecordsRetried: 'Sum',
  RecordsDeclined: 'Sum',
  RecordsDeadLettered: 'Sum',
  OldestRecordAge: 'Maximum',
  DecompressionRatio: 'Average',
  EventBytes: 'Maximum',
  DecodedBytes: 'Maximum',
  DecompressedBytes: 'Maximum',
  InFlightBytesPeak: 'Maximum',
  KeptBytes: 'Maximum',
  MemoryLimitBytes: 'Maximum',
  MemoryUsedPercent: 'Maximum',
  RssBytes: 'Maximum',
  HeapUsedBytes: 'Maximum',
  ExternalBytes: 'Maximum',
  ArrayBufferBytes: 'Maximum',
  RetainedBytesPerInvocation: 'Maximum',
  EnvironmentsEnded: 'Sum',
} as const;

/** A metric of the runtime. */
export type MetricName = keyof typeof metricNames;

/** What all graphs and alarms count in; the mapping's metrics come once a minute. */
export const period: Duration = Duration.minutes(5);

/** A metric group that a mapping reports only when its `MetricsConfig` names it. */
export type MappingMetricGroup = 'EventCount' | 'ErrorCount' | 'KafkaMetrics';

/** How one metric is read. */
export interface MetricView {
  /** Such as `Sum`, `Maximum` or `p99`. */
  readonly statistic: string;
  readonly label?: string;
  /** `#rrggbb`. Default CloudWatch's choice. */
  readonly color?: string;
}

/** Where the runtime's metrics of a consumer are: `Tailrace/<name of the outermost stack>`. */
export function metricNamespace(consumer: Measured): string {
  return `Tailrace/${rootStackName(consumer)}`;
}

/**
 * A metric of the runtime, which the function writes in CloudWatch's embedded metric format; its only dimension is
 * `service`, the consumer's name.
 */
export function runtimeMetric(consumer: Measured, metricName: string, view: MetricView): Metric {
  const dimensionsMap = { service: consumer.definition.name };
  return new Metric({
    namespace: metricNamespace(consumer),
    metricName,
    dimensionsMap,
    period,
    ...view,
  });
}

/**
 * A metric of the event source mapping, namespace `AWS/Lambda`, dimension `EventSourceMappingUUID`.
 *
 * Source: AWS Lambda guide, "Types of metrics for Lambda functions", event source mapping metrics; its table says which
 * group each one is in.
 */
export function mappingMetric(consumer: Measured, metricName: string, view: MetricView): Metric {
  const dimensionsMap = { EventSourceMappingUUID: consumer.mapping.ref };
  return new Metric({ namespace: 'AWS/Lambda', metricName, dimensionsMap, period, ...view });
}

/**
 * A metric of the function, namespace `AWS/Lambda`, dimension `FunctionName`, and for an alias or a version also `Resource`.
 *
 * Source: AWS Lambda guide, "Types of metrics for Lambda functions", invocation and performance metrics; "Viewing metrics for
 * Lambda functions", dimensions.
 */
export function functionMetric(consumer: Measured, metricName: string, view: MetricView): Metric {
  // The name of an alias or a version is `<function>:<qualifier>`, under which CloudWatch has nothing.
  const { functionName } = toUnqualified(consumer.function);
  const qualifier = findQualifier(consumer.function);
  const dimensionsMap = {
    FunctionName: functionName,
    ...(qualifier !== undefined && { Resource: `${functionName}:${qualifier}` }),
  };
  return new Metric({ namespace: 'AWS/Lambda', metricName, dimensionsMap, period, ...view });
}

/**
 * Seconds until the group would have read the most lagging partition, as MSK estimates them; undefined for another Kafka.
 *
 * A search, because a metric's dimensions must be given in full and MSK's pages differ on whether the cluster's name is one. MSK
 * reports it for groups that are stable or empty and have committed.
 *
 * Source: Amazon MSK guide, "Monitor consumer lags" and the tables of metrics.
 */
export function estimatedTimeLag(consumer: Measured): IMetric | undefined {
  if (!isMsk(consumer.source)) return undefined;
  const terms = [
    'Namespace="AWS/Kafka"',
    'MetricName="EstimatedMaxTimeLag"',
    `"Consumer Group"="${consumer.groupId}"`,
    `Topic="${consumer.definition.topic}"`,
  ];
  return new MathExpression({
    expression: `SEARCH('${terms.join(' ')}', 'Maximum', ${period.toSeconds()})`,
    label: "MSK's estimate, s",
    color: '#7f7f7f',
    period,
  });
}

/** Whether the mapping reports every one of these groups. */
export function hasGroups(consumer: Measured, groups: readonly MappingMetricGroup[]): boolean {
  const reported = consumer.mappingProperties.MetricsConfig?.Metrics ?? [];
  return groups.every((each) => reported.includes(each));
}

/**
 * Records not yet committed in the worst partition: the mapping's own metric, or the function's where the mapping does not report
 * that group.
 */
export function toLag(consumer: Measured): Metric {
  return hasGroups(consumer, ['KafkaMetrics'])
    ? mappingMetric(consumer, 'MaxOffsetLag', { statistic: 'Maximum' })
    : functionMetric(consumer, 'OffsetLag', { statistic: 'Maximum' });
}

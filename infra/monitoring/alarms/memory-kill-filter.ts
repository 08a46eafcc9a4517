// Counts the log lines that say a function was killed for its memory. Lambda has no metric for that, and a killed function
// writes none of its own.

import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { KafkaConsumer } from '../../kafka-consumer.ts';
import { metricNamespace, period } from '../metrics.ts';

// Lambda says the first or the second when the kernel kills, V8 the third before it aborts. Matched as text: the lines
// stand in JSON and in plain lines alike.
const signatures = ['Runtime.OutOfMemory', 'signal: killed', 'heap out of memory'];

/** Counts them in `memoryKills(consumer)`. */
export class MemoryKillFilter extends Construct {
  constructor(scope: Construct, id: string, consumer: KafkaConsumer, logGroup: ILogGroup) {
    super(scope, id);
    new MetricFilter(this, 'Filter', {
      logGroup,
      filterPattern: FilterPattern.anyTerm(...signatures),
      metricNamespace: metricNamespace(consumer),
      metricName: toMetricName(consumer),
      metricValue: '1',
    });
  }
}

/** The lines counted; no data when there are none. */
export function memoryKills(consumer: KafkaConsumer): Metric {
  return new Metric({
    namespace: metricNamespace(consumer),
    metricName: toMetricName(consumer),
    statistic: 'Sum',
    period,
  });
}

// In its name, because a filter that matches text can give its metric no dimension.
function toMetricName({ definition }: KafkaConsumer): string {
  return `OutOfMemoryKills.${definition.name}`;
}

// What the dashboard shows of one consumer: a heading and twelve graphs in three rows. What is counted in the same unit
// shares a graph.

import { Duration, Stack } from 'aws-cdk-lib';
import { Color, Metric, Row, TextWidget, type IMetric, type IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { KafkaConsumer } from '../../kafka-consumer.ts';
import { graph, view } from './graph.ts';
import { memoryKills } from '../alarms/memory-kill-filter.ts';
import {
  estimatedTimeLag,
  functionMetric,
  hasGroups,
  mappingMetric,
  period,
  runtimeMetric,
} from '../metrics.ts';

/** Widgets of a section, its heading included. */
export const sectionWidgets = 13;

/** The most metrics that a section's graphs name together. */
export const sectionMetrics = 47;

const sum = 'Sum';
const max = 'Maximum';

/** The rows of one consumer, top to bottom. */
export function toSection(consumer: KafkaConsumer): readonly IWidget[] {
  return [
    toHeading(consumer),
    new Row(lagRecords(consumer), lagTime(consumer), records(consumer), pollers(consumer)),
    new Row(mapping(consumer), invocations(consumer), duration(consumer), compression(consumer)),
    new Row(memory(consumer), stages(consumer), retained(consumer), destination(consumer)),
  ];
}

function toHeading({ definition, groupId, mappingProperties, onFailure }: KafkaConsumer): IWidget {
  const { topic, order, memory: size, timeoutSeconds } = definition;
  const { MinimumPollers, MaximumPollers } = mappingProperties.ProvisionedPollerConfig ?? {};
  const polled =
    MaximumPollers === undefined ? 'on demand' : `${MinimumPollers ?? 1} to ${MaximumPollers} pollers`;
  const facts = [
    `topic \`${topic}\``,
    `group \`${groupId}\``,
    `order by ${order}`,
    `${size.sizeMb} MB`,
    `${timeoutSeconds} s`,
    polled,
    `failures to ${onFailure.type}`,
  ];
  return new TextWidget({
    markdown: `## ${definition.name}\n${facts.join(' · ')}`,
    width: 24,
    height: 2,
  });
}

function lagRecords(consumer: KafkaConsumer): IWidget {
  // Without the group there is still the function's own, of which AWS's pages tell no more than that it exists.
  const left = hasGroups(consumer, ['KafkaMetrics'])
    ? view(mappingMetric, consumer, [
        ['SumOffsetLag', max, 'all partitions'],
        ['MaxOffsetLag', max, 'the worst partition', Color.ORANGE],
      ])
    : view(functionMetric, consumer, [['OffsetLag', max, 'offset lag']]);
  return graph({ title: 'Lag', left, unit: 'records' });
}

function lagTime(consumer: KafkaConsumer): IWidget {
  const estimate = estimatedTimeLag(consumer);
  return graph({
    title: 'Age of the oldest record when delivered',
    left: view(runtimeMetric, consumer, [
      ['OldestRecordAge', max, 'worst', Color.ORANGE],
      ['OldestRecordAge', 'p50', 'median batch', Color.BLUE],
    ]),
    unit: 'ms',
    ...(estimate === undefined ? {} : { right: [estimate], rightUnit: 's' }),
  });
}

function records(consumer: KafkaConsumer): IWidget {
  return graph({
    title: 'Records',
    left: view(runtimeMetric, consumer, [
      ['RecordsReceived', sum, 'received'],
      ['RecordsDone', sum, 'done', Color.GREEN],
      ['RecordsSkipped', sum, 'skipped', Color.GREY],
      ['RecordsRetried', sum, 'reported for retry', Color.ORANGE],
      ['RecordsDeclined', sum, 'declined for memory', Color.PURPLE],
      ['RecordsDeadLettered', sum, 'dead-lettered', Color.RED],
    ]),
    unit: 'records in 5 min',
  });
}

function pollers(consumer: KafkaConsumer): IWidget {
  return graph({
    title: 'Pollers',
    left: view(mappingMetric, consumer, [
      ['ProvisionedPollers', max, 'running'],
      ['EventPollerUnit', sum, 'units billed', Color.ORANGE],
    ]),
    unit: 'pollers',
    right: view(mappingMetric, consumer, [['EventPollerThroughputInBytes', sum, 'bytes polled', Color.GREY]]),
    rightUnit: 'bytes in 5 min',
  });
}

function mapping(consumer: KafkaConsumer): IWidget {
  return graph({
    title: 'The mapping',
    left: view(mappingMetric, consumer, [
      ['PolledEventCount', sum, 'polled'],
      ['FilteredOutEventCount', sum, 'filtered out', Color.GREY],
      ['InvokedEventCount', sum, 'sent to the function', Color.PURPLE],
      ['CommittedEventCount', sum, 'committed', Color.GREEN],
      ['FailedInvokeEventCount', sum, 'in failed batches', Color.ORANGE],
      ['DroppedEventCount', sum, 'dropped', Color.RED],
    ]),
    unit: 'records in 5 min',
  });
}

function invocations(consumer: KafkaConsumer): IWidget {
  return graph({
    title: 'Invocations and errors',
    left: [
      ...view(functionMetric, consumer, [
        ['Invocations', sum, 'invocations'],
        ['Errors', sum, 'errors', Color.RED],
        ['Throttles', sum, 'throttled', Color.ORANGE],
      ]),
      memoryKills(consumer).with({ label: 'killed for memory', color: Color.PURPLE }),
    ],
    unit: 'in 5 min',
    right: view(functionMetric, consumer, [['ConcurrentExecutions', max, 'at once', Color.GREY]]),
    rightUnit: 'at once',
  });
}

function duration(consumer: KafkaConsumer): IWidget {
  const timeout = Duration.seconds(consumer.definition.timeoutSeconds);
  return graph({
    title: 'Duration of an invocation',
    left: view(functionMetric, consumer, [
      ['Duration', 'p50', 'median'],
      ['Duration', 'p99', 'p99', Color.ORANGE],
      ['Duration', max, 'longest', Color.RED],
    ]),
    unit: 'ms',
    lines: [{ value: timeout.toMilliseconds(), label: 'timeout', color: Color.RED }],
  });
}

function compression(consumer: KafkaConsumer): IWidget {
  return graph({
    title: 'Compression',
    left: view(runtimeMetric, consumer, [
      ['DecompressionRatio', 'Average', 'average'],
      ['DecompressionRatio', max, 'highest', Color.ORANGE],
    ]),
    unit: 'decompressed / compressed',
  });
}

function memory(consumer: KafkaConsumer): IWidget {
  return graph({
    title: 'Memory of the process',
    left: view(runtimeMetric, consumer, [
      ['MemoryLimitBytes', max, 'limit', Color.RED],
      ['RssBytes', max, 'resident, peak', Color.BLUE],
      ['HeapUsedBytes', max, 'heap', Color.GREEN],
      ['ExternalBytes', max, 'external', Color.ORANGE],
      ['ArrayBufferBytes', max, 'array buffers', Color.PURPLE],
    ]),
    unit: 'bytes',
    width: 8,
  });
}

function stages(consumer: KafkaConsumer): IWidget {
  return graph({
    title: 'Bytes of an invocation, by stage',
    left: view(runtimeMetric, consumer, [
      ['EventBytes', max, 'event'],
      ['DecodedBytes', max, 'decoded', Color.GREEN],
      ['DecompressedBytes', max, 'decompressed', Color.ORANGE],
      ['InFlightBytesPeak', max, 'in flight at once, peak', Color.RED],
      ['KeptBytes', max, 'kept by keep()', Color.PURPLE],
    ]),
    unit: 'bytes',
    width: 8,
  });
}

function retained(consumer: KafkaConsumer): IWidget {
  return graph({
    title: 'Retained',
    left: view(runtimeMetric, consumer, [['RetainedBytesPerInvocation', max, 'growth', Color.RED]]),
    unit: 'bytes / invocation',
    right: view(runtimeMetric, consumer, [['EnvironmentsEnded', sum, 'environments ended', Color.PURPLE]]),
    rightUnit: 'in 5 min',
    width: 4,
  });
}

function destination(consumer: KafkaConsumer): IWidget {
  const depth = toDepth(consumer);
  return graph({
    title: 'Dead letters',
    left: [
      ...view(mappingMetric, consumer, [
        ['OnFailureDestinationDeliveredEventCount', sum, 'delivered', Color.ORANGE],
      ]),
      ...view(functionMetric, consumer, [['DestinationDeliveryFailures', sum, 'not delivered', Color.RED]]),
    ],
    unit: 'in 5 min',
    ...(depth === undefined ? {} : { right: [depth], rightUnit: 'waiting' }),
    width: 4,
  });
}

/** How much waits at the destination; a topic of SNS keeps nothing, and one of Kafka has no such metric. */
function toDepth({ onFailure }: KafkaConsumer): IMetric | undefined {
  switch (onFailure.type) {
    case 'sqs':
      return onFailure.queue.metricApproximateNumberOfMessagesVisible({
        label: 'in the queue',
        statistic: max,
        period,
      });
    case 's3':
      return new Metric({
        namespace: 'AWS/S3',
        metricName: 'NumberOfObjects', // Amazon S3 guide, daily storage metrics for buckets
        dimensionsMap: { BucketName: onFailure.bucket.bucketName, StorageType: 'AllStorageTypes' },
        statistic: 'Average',
        period: Duration.days(1),
        label: 'objects in the bucket, daily',
        region: Stack.of(onFailure.bucket).region,
      });
    case 'sns':
    case 'kafka-topic':
    case 'other':
      return undefined;
  }
}

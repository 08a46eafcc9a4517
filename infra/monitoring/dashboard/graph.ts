// How the dashboard draws a graph: the looks that all of them share, so that a section says only what is in each.

import {
  GraphWidget,
  LegendPosition,
  type HorizontalAnnotation,
  type IMetric,
  type IWidget,
  type Metric,
  type YAxisProps,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { KafkaConsumer } from '../../kafka-consumer.ts';
import { period, type MetricView } from '../metrics.ts';

/** A graph of metrics over time, six units high. */
export interface Graph {
  readonly title: string;
  readonly left: readonly IMetric[];
  readonly right?: readonly IMetric[];
  /** What the left axis counts. */
  readonly unit?: string;
  readonly rightUnit?: string;
  /** Levels to compare with. */
  readonly lines?: readonly HorizontalAnnotation[];
  /** Of 24 columns. Default 6. */
  readonly width?: number;
}

/** Draws it, both axes from 0. */
export function graph({ title, left, right = [], unit, rightUnit, lines = [], width = 6 }: Graph): IWidget {
  return new GraphWidget({
    title,
    left: [...left],
    right: [...right],
    leftYAxis: axis(unit),
    ...(right.length === 0 ? {} : { rightYAxis: axis(rightUnit) }),
    leftAnnotations: [...lines],
    legendPosition: LegendPosition.BOTTOM,
    width,
    height: 6,
    period,
  });
}

function axis(label: string | undefined): YAxisProps {
  return { min: 0, showUnits: false, ...(label === undefined ? {} : { label }) };
}

/** Several metrics of one source, each as it is to be drawn. */
export function view(
  read: (consumer: KafkaConsumer, name: string, view: MetricView) => Metric,
  consumer: KafkaConsumer,
  rows: readonly (readonly [name: string, statistic: string, label: string, color?: string])[],
): readonly Metric[] {
  return rows.map(([name, statistic, label, color]) =>
    read(consumer, name, { statistic, label, ...(color === undefined ? {} : { color }) }),
  );
}

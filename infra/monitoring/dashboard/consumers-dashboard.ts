// One dashboard: how the consumers are, at a glance, and a section for each.

import { Lazy, Stack } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  CfnDashboard,
  Column,
  TextWidget,
  type IAlarm,
  type IWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { KafkaConsumer } from '../../kafka-consumer.ts';
import { maxLogGroups } from '../queries/saved-queries.ts';
import { sectionMetrics, sectionWidgets, toSection } from './section.ts';

/** A consumer and those of its alarms that notify somebody. */
export interface Watched {
  readonly consumer: KafkaConsumer;
  readonly alarms: readonly IAlarm[];
}

// CloudWatch's quotas: 500 widgets and 2,500 metrics in a dashboard; 100 alarms in a widget of alarms.
const maxWidgets = 500;
const maxMetrics = 2500;
const maxAlarmsPerWidget = 100;
/** The title, and three widgets of alarms. */
const headWidgets = 4;

/** Consumers that one dashboard, and the queries beside it, can take. */
export const consumersPerDashboard: number = Math.floor(
  Math.min((maxWidgets - headWidgets) / sectionWidgets, maxMetrics / sectionMetrics, maxLogGroups),
);

/** Shows the consumers in the order in which they were added. */
export class ConsumersDashboard extends Construct {
  /** `list` is asked when the app is synthesized: consumers may be added until then. */
  constructor(
    scope: Construct,
    id: string,
    { name, title }: { readonly name: string; readonly title: string },
    list: () => readonly Watched[],
  ) {
    super(scope, id);
    const stack = Stack.of(this);
    new CfnDashboard(this, 'Dashboard', {
      dashboardName: name,
      dashboardBody: Lazy.uncachedString({
        produce(context) {
          // Resolved by this context, which thereby learns what the widgets refer to in other stacks.
          const widgets = context.resolve(layOut(title, list())) as readonly WidgetJson[];
          return stack.toJsonString({ start: '-PT8H', widgets: widgets.map(shorten) });
        },
      }),
    });
  }
}

function layOut(title: string, watched: readonly Watched[]): readonly unknown[] {
  const page = new Column(
    new TextWidget({
      markdown: `# ${title}\nKafka consumers on Lambda: ${watched.map(({ consumer }) => consumer.definition.name).join(', ')}`,
      width: 24,
      height: 2,
    }),
    ...toAlarmWidgets(watched.flatMap((each) => each.alarms)),
    ...watched.flatMap(({ consumer }) => toSection(consumer)),
  );
  page.position(0, 0);
  return page.toJson() as readonly unknown[];
}

function toAlarmWidgets(alarms: readonly IAlarm[]): readonly IWidget[] {
  const starts = alarms.keys().filter((index) => index % maxAlarmsPerWidget === 0);
  return [...starts].map((start) => {
    const some = alarms.slice(start, start + maxAlarmsPerWidget);
    return new AlarmStatusWidget({
      title: 'Alarms that notify somebody',
      alarms: some,
      width: 24,
      height: 1 + Math.ceil(some.length / 6), // six to a row, as CloudWatch draws them on a common screen
    });
  });
}

interface WidgetJson {
  readonly type: string;
  readonly properties: { readonly metrics?: readonly (readonly unknown[])[] };
}

/**
 * Writes `.` where a metric repeats what stands above it, as CloudWatch's dashboard body syntax allows: a third less for a
 * template, of which AWS takes no more than 1 MB.
 */
function shorten(widget: WidgetJson): WidgetJson {
  const { metrics } = widget.properties;
  if (metrics === undefined) return widget;
  const rows = metrics.map((row, index) => {
    const above = metrics[index - 1] ?? [];
    // The last cell says how the metric is drawn.
    return row.map((cell, column) => (column < row.length - 1 && isSame(cell, above[column]) ? '.' : cell));
  });
  return { ...widget, properties: { ...widget.properties, metrics: rows } };
}

function isSame(cell: unknown, above: unknown): boolean {
  return above !== undefined && JSON.stringify(cell) === JSON.stringify(above);
}

// A stack whose consumers are watched, and what of its template the tests look at.

import { Template } from 'aws-cdk-lib/assertions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Monitoring } from '../../../infra/monitoring/monitoring.ts';
import { defineConsumer, type ConsumerDefinition } from '../../../lib/definition/define-consumer.ts';
import { addConsumer, createStack, importSecret, secretArn } from '../consumer-stack.ts';
import type { TemplateJson } from '../grants.ts';

// CloudFormation's rules cost seconds to load, and the app's own test holds the same resources against them.
process.env['CDK_VALIDATION'] = 'false';

/** An alarm, as far as tests look at it. */
export interface AlarmJson {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly AlarmActions?: readonly unknown[];
  readonly ComparisonOperator: string;
  readonly EvaluationPeriods: number;
  readonly Threshold: number;
  readonly TreatMissingData: string;
  /** Of a metric by itself; an expression has `Metrics`. */
  readonly Statistic?: string;
  readonly Metrics?: readonly {
    readonly Expression?: string;
    readonly MetricStat?: { readonly Stat: string; readonly Metric: { readonly MetricName: string } };
  }[];
}

/** A widget of a dashboard's body. */
export interface WidgetJson {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title?: string;
    readonly markdown?: string;
    readonly alarms?: readonly string[];
    readonly metrics?: readonly (readonly unknown[])[];
  };
}

/** A consumer whose limits on time are not the defaults. */
export function define(name: string): ConsumerDefinition {
  return defineConsumer({ name, topic: 'orders.v1', timeoutSeconds: 40, retry: { maxAgeSeconds: 600 } });
}

const site = createStack();
const watched = new Monitoring(site.stack, 'Monitoring');
watched.watch(addConsumer(site, 'Plain', { definition: define('plain') }));
const queue = new Queue(site.stack, 'Failed');
watched.watch(
  addConsumer(site, 'Other', {
    definition: define('other'),
    onFailure: { type: 'sqs', queue },
    source: {
      type: 'self-managed-scram-512',
      bootstrapServers: ['a.example:9096'],
      secret: importSecret(secretArn),
    },
  }),
  { stuck: false, memory: { threshold: 70, minutes: 30 }, dropped: false, retained: { threshold: 1000 } },
);
watched.watch(addConsumer(site, 'Silent', { definition: define('silent'), mappingMetrics: [] }));
/** Three watched consumers: `plain`, `other` with changes, `silent` without metrics of its mapping. */
export const template: TemplateJson = Template.fromStack(site.stack).toJSON() as TemplateJson;

/** Properties of every resource of a type. */
export function ofType(json: TemplateJson, type: string): readonly Readonly<Record<string, unknown>>[] {
  return Object.values(json.Resources)
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties);
}

/** A consumer's alarms, by their key. */
export function alarmsOf(consumer: string, json: TemplateJson = template): ReadonlyMap<string, AlarmJson> {
  const prefix = `Test-${consumer}-`;
  const all = ofType(json, 'AWS::CloudWatch::Alarm') as unknown as readonly AlarmJson[];
  const own = all.filter(({ AlarmName }) => AlarmName.startsWith(prefix));
  return new Map(own.map((each) => [each.AlarmName.slice(prefix.length), each]));
}

/** Widgets of every dashboard, with `<...>` for what only AWS knows. */
export function dashboards(json: TemplateJson): readonly (readonly WidgetJson[])[] {
  const bodies = ofType(json, 'AWS::CloudWatch::Dashboard') as unknown as readonly {
    readonly DashboardBody: unknown;
  }[];
  return bodies.map(({ DashboardBody: body }) => {
    const parts = (body as { readonly 'Fn::Join': readonly [string, readonly unknown[]] })['Fn::Join'][1];
    const text = parts.map((part) => (typeof part === 'string' ? part : '<ref>')).join('');
    return (JSON.parse(text) as { readonly widgets: readonly WidgetJson[] }).widgets;
  });
}

// What a stack shows and says of its consumers: which alarms there are, whom they reach, and that dashboards stay within
// CloudWatch's quotas.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { alarmKeys, type AlarmOptions } from '../../infra/monitoring/alarm-settings.ts';
import { alarmTable } from '../../infra/monitoring/alarm-table.ts';
import { consumersPerDashboard } from '../../infra/monitoring/dashboard.ts';
import { Monitoring } from '../../infra/monitoring/monitoring.ts';
import { savedQueries } from '../../infra/monitoring/saved-queries.ts';
import { sectionMetrics, sectionWidgets } from '../../infra/monitoring/section.ts';
import { PropsError } from '../../infra/props-check.ts';
import { defineConsumer, type ConsumerConfig } from '../../lib/define.ts';
import { addConsumer, createStack, secretArn } from './consumer-stack.ts';
import type { TemplateJson } from './grants.ts';

// CloudFormation's rules cost seconds to load, and the app's own test holds the same resources against them.
process.env['CDK_VALIDATION'] = 'false';

interface AlarmJson {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly AlarmActions?: readonly unknown[];
  readonly EvaluationPeriods: number;
  readonly Threshold: number;
  readonly TreatMissingData: string;
  readonly Metrics?: readonly { readonly Expression?: string }[];
}

interface WidgetJson {
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

function define(name: string): ConsumerConfig {
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
    source: { type: 'self-managed-scram-512', bootstrapServers: ['a:9096'], secretArn },
  }),
  { stuck: false, memory: { threshold: 70, minutes: 30 }, dropped: false, retained: { threshold: 1000 } },
);
watched.watch(addConsumer(site, 'Silent', { definition: define('silent'), mappingMetrics: [] }));
const template = Template.fromStack(site.stack).toJSON() as TemplateJson;

function ofType(json: TemplateJson, type: string): readonly Readonly<Record<string, unknown>>[] {
  return Object.values(json.Resources)
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties);
}

function alarmsOf(consumer: string, json: TemplateJson = template): ReadonlyMap<string, AlarmJson> {
  const prefix = `Test-${consumer}-`;
  const all = ofType(json, 'AWS::CloudWatch::Alarm') as unknown as readonly AlarmJson[];
  const own = all.filter(({ AlarmName }) => AlarmName.startsWith(prefix));
  return new Map(own.map((each) => [each.AlarmName.slice(prefix.length), each]));
}

/** Dashboard bodies with `<...>` for what only AWS knows. */
function dashboards(json: TemplateJson): readonly (readonly WidgetJson[])[] {
  const bodies = ofType(json, 'AWS::CloudWatch::Dashboard') as unknown as readonly {
    readonly DashboardBody: unknown;
  }[];
  return bodies.map(({ DashboardBody: body }) => {
    const parts = (body as { readonly 'Fn::Join': readonly [string, readonly unknown[]] })['Fn::Join'][1];
    const text = parts.map((part) => (typeof part === 'string' ? part : '<ref>')).join('');
    return (JSON.parse(text) as { readonly widgets: readonly WidgetJson[] }).widgets;
  });
}

test('gives a consumer every alarm, with what it means and what to do first', () => {
  const alarms = alarmsOf('plain');
  assert.deepEqual([...alarms.keys()].toSorted(), [...alarmKeys].toSorted());
  for (const [key, { AlarmDescription }] of alarms) {
    assert.match(AlarmDescription, /^[A-Z].*\. First: .*\(Threshold: .*\)$/, key);
    assert.ok(AlarmDescription.length <= 1024, key);
  }
});

test('takes thresholds from the definition where they depend on it', () => {
  const alarms = alarmsOf('plain');
  assert.equal(alarms.get('old')?.Threshold, 300_000); // half of the 600 s after which records are given up
  const expressions = alarms.get('timeouts')?.Metrics?.map(({ Expression }) => Expression);
  assert.ok(expressions?.includes('100 * duration / 40000'));
});

test('says for each alarm what missing data means', () => {
  const missing = [...alarmsOf('plain')].map(([key, alarm]) => [key, alarm.TreatMissingData]);
  assert.deepEqual(Object.fromEntries(missing), {
    stuck: 'ignore',
    old: 'notBreaching',
    failing: 'notBreaching',
    notPolling: 'breaching',
    timeouts: 'notBreaching',
    outOfMemory: 'notBreaching',
    memory: 'ignore',
    retained: 'ignore',
    dropped: 'notBreaching',
    undelivered: 'notBreaching',
    deadLetters: 'notBreaching',
  });
});

test('lets one alarm speak for all symptoms, and losses and notices for themselves', () => {
  const direct = [...alarmsOf('plain')].filter(([, alarm]) => alarm.AlarmActions !== undefined);
  assert.deepEqual(direct.map(([key]) => key).toSorted(), [
    'deadLetters',
    'dropped',
    'retained',
    'undelivered',
  ]);
  const composites = ofType(template, 'AWS::CloudWatch::CompositeAlarm') as unknown as readonly {
    AlarmName: string;
    AlarmActions?: unknown;
    AlarmRule: unknown;
  }[];
  const unwell = composites.find(({ AlarmName }) => AlarmName === 'Test-plain-unwell');
  assert.ok(unwell?.AlarmActions);
  const symptoms = alarmKeys.filter((key) => alarmTable[key].group === 'symptom');
  for (const key of symptoms) {
    const id = key.replace(/^./, (first) => first.toUpperCase());
    assert.match(JSON.stringify(unwell.AlarmRule), new RegExp(`"PlainAlarms${id}[0-9A-F]{8}"`), key);
  }
});

test('switches single alarms off and changes the others', () => {
  const alarms = alarmsOf('other');
  assert.deepEqual(
    alarmKeys.filter((key) => !alarms.has(key)),
    ['stuck', 'dropped'],
  );
  assert.deepEqual([alarms.get('memory')?.Threshold, alarms.get('memory')?.EvaluationPeriods], [70, 6]);
  assert.deepEqual([alarms.get('retained')?.Threshold, alarms.get('retained')?.EvaluationPeriods], [1000, 1]);
});

test('makes no alarm on metrics that the mapping does not report', () => {
  assert.deepEqual([...alarmsOf('silent').keys()].toSorted(), [
    'memory',
    'old',
    'outOfMemory',
    'retained',
    'timeouts',
  ]);
});

test('lets CloudWatch, of this account and Region, publish to the topic that it makes', () => {
  const [policy] = ofType(template, 'AWS::SNS::TopicPolicy') as unknown as readonly {
    PolicyDocument: { Statement: readonly Record<string, unknown>[] };
  }[];
  const statement = policy?.PolicyDocument.Statement.find(({ Sid }) => Sid === 'AllowAlarms');
  assert.deepEqual(statement?.['Principal'], { Service: 'cloudwatch.amazonaws.com' });
  assert.match(JSON.stringify(statement['Condition']), /"aws:SourceAccount":"123456789012".*:alarm:\*/);
});

test('sends alarms to a topic that it is given, and makes none', () => {
  const own = createStack();
  const topicArn = 'arn:aws:sns:eu-west-1:123456789012:on-call';
  const alarmTopic = Topic.fromTopicArn(own.stack, 'OnCall', topicArn);
  new Monitoring(own.stack, 'Monitoring', { alarmTopic }).watch(addConsumer(own, 'Plain'));
  const json = Template.fromStack(own.stack).toJSON() as TemplateJson;
  assert.deepEqual(ofType(json, 'AWS::SNS::Topic'), []);
  assert.deepEqual(alarmsOf('orders', json).get('dropped')?.AlarmActions, [topicArn]);
});

test('counts kills for memory by what Lambda and V8 write of them', () => {
  const filters = ofType(template, 'AWS::Logs::MetricFilter') as unknown as readonly {
    readonly FilterPattern: string;
  }[];
  assert.equal(filters.length, 3);
  assert.equal(filters[0]?.FilterPattern, '?"Runtime.OutOfMemory" ?"signal: killed" ?"heap out of memory"');
});

test('leaves out for an emulator what it does not know, and keeps the rest', () => {
  const stack = new Stack(new App({ context: { 'aws:cdk:bundling-stacks': [], emulator: '1' } }), 'Test');
  const bucket = new Bucket(stack, 'DeadLetterBucket');
  new Monitoring(stack, 'Monitoring').watch(addConsumer({ stack, bucket }, 'Plain'));
  const { Resources, Conditions } = Template.fromStack(stack).toJSON() as {
    readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Condition?: string }>>;
    readonly Conditions: Readonly<Record<string, unknown>>;
  };
  assert.deepEqual(Conditions, { DeployedToAws: { 'Fn::Equals': ['emulator', 'aws'] } });
  const counts = (isLeftOut: boolean): Readonly<Record<string, number>> => {
    const some = Object.values(Resources).filter(
      ({ Type, Condition }) =>
        /::(?:CloudWatch|Logs)::(?!LogGroup)/.test(Type) && (Condition === 'DeployedToAws') === isLeftOut,
    );
    return Object.fromEntries(
      Object.entries(Object.groupBy(some, ({ Type }) => Type)).map(([type, all = []]) => [type, all.length]),
    );
  };
  assert.deepEqual(counts(true), {
    'AWS::Logs::MetricFilter': 1,
    'AWS::CloudWatch::Alarm': 5, // metric math
    'AWS::CloudWatch::CompositeAlarm': 1,
    'AWS::Logs::QueryDefinition': 6,
  });
  assert.deepEqual(counts(false), { 'AWS::CloudWatch::Alarm': 6, 'AWS::CloudWatch::Dashboard': 1 });
});

const wrong: readonly (readonly [field: string, why: string, alarms: object])[] = [
  ['alarms.lagging', 'an alarm that there is not', { lagging: false }],
  ['alarms.stuck.threshold', 'a threshold for a yes or a no', { stuck: { threshold: 1 } }],
  ['alarms.memory.threshold', 'a threshold below 0', { memory: { threshold: -1 } }],
  ['alarms.memory.threshold', 'a threshold that is no number', { memory: { threshold: Number.NaN } }],
  ['alarms.old.minutes', 'no time', { old: { minutes: 0 } }],
  ['alarms.old.minutes', 'no multiple of five', { old: { minutes: 7 } }],
  ['alarms.old.minutes', 'more than a day', { old: { minutes: 1445 } }],
];
for (const [field, why, alarms] of wrong) {
  test(`refuses ${field}: ${why}`, () => {
    const own = createStack();
    const consumer = addConsumer(own, 'Plain');
    assert.throws(
      () => new Monitoring(own.stack, 'Monitoring').watch(consumer, alarms),
      (error) => error instanceof PropsError && error.fields.includes(field),
    );
  });
}

test('takes the ends of both ranges', () => {
  const own = createStack();
  const alarms: AlarmOptions = { memory: { threshold: 0, minutes: 5 }, old: { minutes: 1440 } };
  new Monitoring(own.stack, 'Monitoring').watch(addConsumer(own, 'Plain'), alarms);
  const json = Template.fromStack(own.stack).toJSON() as TemplateJson;
  assert.equal(alarmsOf('orders', json).get('memory')?.Threshold, 0);
  assert.equal(alarmsOf('orders', json).get('old')?.EvaluationPeriods, 288);
});

test('shows a section for each consumer, without overlaps, in 24 columns', () => {
  const [widgets = []] = dashboards(template);
  const headings = widgets.flatMap(
    ({ properties }) => /^## (\S+)/.exec(properties.markdown ?? '')?.[1] ?? [],
  );
  assert.deepEqual(headings, ['plain', 'other', 'silent']);
  const cells = new Set<string>();
  for (const { x, y, width, height } of widgets) {
    assert.ok(x + width <= 24);
    for (let column = x; column < x + width; column++) {
      for (let row = y; row < y + height; row++) {
        const cell = `${column},${row}`;
        assert.ok(!cells.has(cell), cell);
        cells.add(cell);
      }
    }
  }
});

test("shows MSK's own estimate only where the cluster is MSK, and the queue's depth where there is a queue", () => {
  const text = JSON.stringify(dashboards(template)[0]);
  assert.equal(text.split('EstimatedMaxTimeLag').length - 1, 2); // plain and silent
  assert.match(text, /Consumer Group.{1,3}=.{1,3}Test-plain.{1,3} Topic=.{1,3}orders\.v1/i);
  assert.equal(text.split('ApproximateNumberOfMessagesVisible').length - 1, 1);
});

test('has a picture in the docs that shows every graph and every line', () => {
  const picture = readFileSync(new URL('../../docs/images/dashboard.svg', import.meta.url), 'utf8');
  const texts = new Set([...picture.matchAll(/>([^<>]+)<\/text>/g)].map(([, text]) => text));
  const [widgets = []] = dashboards(template);
  for (const { y, properties } of widgets) {
    if (properties.metrics === undefined || y > 26) continue; // the first section: a consumer of MSK, as in the picture
    assert.ok(texts.has(properties.title), properties.title);
    for (const row of properties.metrics) {
      const { label = '' } = row.at(-1) as { readonly label?: string };
      assert.ok(texts.has(label), `${properties.title}: ${label}`);
    }
  }
});

test('saves every query over the log groups of all consumers', () => {
  const queries = ofType(template, 'AWS::Logs::QueryDefinition') as unknown as readonly {
    Name: string;
    LogGroupNames: readonly unknown[];
  }[];
  assert.deepEqual(
    queries.map(({ Name }) => Name),
    Object.keys(savedQueries).map((name) => `Tailrace/Test/${name}`),
  );
  for (const { LogGroupNames } of queries) assert.equal(LogGroupNames.length, 3);
});

test("goes on with another dashboard before the first exceeds CloudWatch's quotas", () => {
  const own = createStack();
  const monitoring = new Monitoring(own.stack, 'Monitoring');
  // In nested stacks, as consumers are where there are many: each may hand out at most 200 outputs.
  const parts = [new NestedStack(own.stack, 'Part1'), new NestedStack(own.stack, 'Part2')] as const;
  for (let index = 0; index <= consumersPerDashboard; index++) {
    const place = { stack: parts[index < 20 ? 0 : 1], bucket: own.bucket };
    monitoring.watch(addConsumer(place, `C${index}`, { definition: define(`c${index}`) }));
  }
  const json = Template.fromStack(own.stack).toJSON() as TemplateJson;
  const page = own.stack.node.findChild('Monitoring').node.findChild('Page-2') as NestedStack;
  const next = Template.fromStack(page).toJSON() as TemplateJson & { readonly Parameters: object };
  const [first = [], ...others] = dashboards(json);
  const [second = []] = dashboards(next);
  assert.equal(others.length, 0);
  assert.equal(first.length, 3 + consumersPerDashboard * sectionWidgets);
  assert.ok(first.length <= 500);
  const metrics = first.flatMap(({ properties }) => properties.metrics ?? []);
  assert.ok(
    metrics.length <= consumersPerDashboard * sectionMetrics && metrics.length <= 2500,
    `${metrics.length}`,
  );
  const alarms = first.map(({ properties }) => properties.alarms?.length ?? 0);
  assert.equal(Math.max(...alarms), 100);
  assert.equal(
    alarms.reduce((sum, each) => sum + each),
    consumersPerDashboard * 5,
  );
  assert.equal(second.length, 2 + sectionWidgets);
  for (const part of parts) {
    const { Outputs } = Template.fromStack(part).toJSON() as { readonly Outputs: object };
    assert.ok(Object.keys(Outputs).length <= 200);
  }
  assert.ok(Object.keys(next.Parameters).length <= 5, 'of the 200 that a nested stack may take');
  assert.ok(JSON.stringify(json).length < 1_048_576 / 2, `${JSON.stringify(json).length}`);
});

// Which alarms a consumer has, what they say, and whom they reach.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { alarmKeys, type AlarmOptions } from '../../../infra/monitoring/alarms/alarm-options.ts';
import { alarmTable } from '../../../infra/monitoring/alarms/alarm-table.ts';
import { Monitoring } from '../../../infra/monitoring/monitoring.ts';
import { toSummary } from '../../../infra/monitoring/summary.ts';
import { PropsError } from '../../../infra/props-error.ts';
import { alarmMetrics } from '../../../tools/plan/cost/cost.ts';
import { addConsumer, createStack } from '../consumer-stack.ts';
import type { TemplateJson } from '../grants.ts';
import { alarmsOf, define, ofType, template } from './site.ts';

test('gives a consumer every alarm, with what it means and what to do first', () => {
  const alarms = alarmsOf('plain');
  assert.deepEqual([...alarms.keys()].toSorted(), [...alarmKeys].toSorted());
  for (const [key, { AlarmDescription }] of alarms) {
    assert.match(AlarmDescription, /^[A-Z].*\. First: .*\(Threshold: .*\)$/, key);
    assert.ok(AlarmDescription.length <= 1024, key);
    const runbook = /Runbook: npx tailrace dead-letters list --stack \w+; .*docs\/guides\/redrive\.md/;
    assert.equal(runbook.test(AlarmDescription), key === 'deadLetters', key);
  }
});

test('takes thresholds from the definition where they depend on it', () => {
  const alarms = alarmsOf('plain');
  assert.equal(alarms.get('recordAge')?.Threshold, 300_000); // half of the 600 s after which records are given up
  const expressions = alarms.get('timeouts')?.Metrics?.map(({ Expression }) => Expression);
  assert.ok(expressions?.includes('100 * duration / 40000'));
});

test('rings above each threshold, or at silence, for as many periods of five minutes', () => {
  const rings = [...alarmsOf('plain')].map(([key, alarm]) => {
    const { ComparisonOperator, EvaluationPeriods, Metrics = [], Statistic, Threshold } = alarm;
    const counted =
      Statistic ??
      Metrics.flatMap(({ MetricStat }) =>
        MetricStat === undefined ? [] : [`${MetricStat.Metric.MetricName} ${MetricStat.Stat}`],
      ).join(', ');
    const [above, least] = ['GreaterThanThreshold', 'LessThanOrEqualToThreshold'];
    const sign = { [above]: '>', [least]: '<=' }[ComparisonOperator];
    return [key, `${counted} ${sign} ${Threshold}, ${EvaluationPeriods}`];
  });
  assert.deepEqual(Object.fromEntries(rings), {
    stuck: 'MaxOffsetLag Maximum, CommittedEventCount Sum, FailedInvokeEventCount Sum > 0, 3',
    recordAge: 'Maximum > 300000, 3',
    failing: 'FailedInvokeEventCount Sum, InvokedEventCount Sum > 5, 3',
    notPolling: 'SampleCount <= 0, 3',
    timeouts: 'Duration Maximum > 90, 3',
    outOfMemory: 'Sum > 0, 1',
    memory: 'Maximum > 85, 1',
    environmentsEnded: 'Sum > 0, 1',
    retained: 'Maximum > 0, 1',
    dropped: 'Sum > 0, 1',
    destinationFailures: 'DestinationDeliveryFailures Sum, OnFailureDestinationDeliveryErrorCount Sum > 0, 1',
    deadLetters: 'RecordsDeadLettered Sum, OnFailureDestinationDeliveredEventCount Sum > 0, 1',
  });
});

test('says for each alarm what missing data means', () => {
  const missing = [...alarmsOf('plain')].map(([key, alarm]) => [key, alarm.TreatMissingData]);
  assert.deepEqual(Object.fromEntries(missing), {
    stuck: 'ignore',
    recordAge: 'notBreaching',
    failing: 'notBreaching',
    notPolling: 'breaching',
    timeouts: 'notBreaching',
    outOfMemory: 'notBreaching',
    memory: 'ignore',
    environmentsEnded: 'notBreaching',
    retained: 'ignore',
    dropped: 'notBreaching',
    destinationFailures: 'notBreaching',
    deadLetters: 'notBreaching',
  });
});

test('lets one alarm speak for all symptoms, and losses and notices for themselves', () => {
  const direct = [...alarmsOf('plain')].filter(([, alarm]) => alarm.AlarmActions !== undefined);
  assert.deepEqual(direct.map(([key]) => key).toSorted(), [
    'deadLetters',
    'destinationFailures',
    'dropped',
    'environmentsEnded',
    'retained',
  ]);
  const composites = ofType(template, 'AWS::CloudWatch::CompositeAlarm') as unknown as readonly {
    AlarmName: string;
    AlarmActions?: unknown;
    OKActions?: unknown;
    AlarmRule: unknown;
  }[];
  const unhealthy = composites.find(({ AlarmName }) => AlarmName === 'Test-plain-unhealthy');
  assert.ok(unhealthy?.AlarmActions);
  assert.deepEqual(unhealthy.OKActions, unhealthy.AlarmActions); // and when it is over
  const symptoms = alarmKeys.filter((key) => alarmTable[key].group === 'symptom');
  for (const key of symptoms) {
    const id = key.replace(/^./, (first) => first.toUpperCase());
    assert.match(JSON.stringify(unhealthy.AlarmRule), new RegExp(`"PlainAlarms${id}[0-9A-F]{8}"`), key);
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
    'environmentsEnded',
    'memory',
    'outOfMemory',
    'recordAge',
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

const wrong: readonly (readonly [field: string, why: string, alarms: object])[] = [
  ['alarms.lagging', 'an alarm that there is not', { lagging: false }],
  ['alarms.stuck.threshold', 'a threshold for a yes or a no', { stuck: { threshold: 1 } }],
  ['alarms.memory.threshold', 'a threshold below 0', { memory: { threshold: -1 } }],
  ['alarms.memory.threshold', 'a threshold that is no number', { memory: { threshold: Number.NaN } }],
  ['alarms.recordAge.minutes', 'no time', { recordAge: { minutes: 0 } }],
  ['alarms.recordAge.minutes', 'no multiple of five', { recordAge: { minutes: 7 } }],
  ['alarms.recordAge.minutes', 'more than a day', { recordAge: { minutes: 1445 } }],
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
  const alarms: AlarmOptions = { memory: { threshold: 0, minutes: 5 }, recordAge: { minutes: 1440 } };
  new Monitoring(own.stack, 'Monitoring').watch(addConsumer(own, 'Plain'), alarms);
  const json = Template.fromStack(own.stack).toJSON() as TemplateJson;
  assert.equal(alarmsOf('orders', json).get('memory')?.Threshold, 0);
  assert.equal(alarmsOf('orders', json).get('recordAge')?.EvaluationPeriods, 288);
});

test('sums up a consumer in one line: what it reads, how far it goes', () => {
  const own = createStack();
  const consumer = addConsumer(own, 'Plain');
  assert.match(
    toSummary(consumer),
    /^tailrace: orders reads orders\.v1 as .*: 1 to 4 pollers \(at most 20 MB\/s, 20 invocations at once; 1 poller unit billed at rest, 135 USD a month\); batches of 100 records, 1 s or 6 MB; 256 MB, 60 s; /,
  );
});

test('reads as many metrics as the plan bills for them', () => {
  const counts = [...alarmsOf('plain').values()].map(
    ({ Metrics }) => Metrics?.filter(({ Expression }) => Expression === undefined).length ?? 1,
  );
  assert.equal(
    counts.reduce((sum, each) => sum + each),
    alarmMetrics,
  );
});

test('gives each monitoring of a stack names of its own, and the first one those it had alone', () => {
  const site = createStack();
  new Monitoring(site.stack, 'First').watch(addConsumer(site, 'Plain', {}));
  new Monitoring(site.stack, 'Second').watch(addConsumer(site, 'Other', { definition: define('other') }));
  const { Resources } = Template.fromStack(site.stack).toJSON() as TemplateJson;
  const named = (type: string, property: string): readonly string[] =>
    Object.values(Resources)
      .filter(({ Type }) => Type === type)
      .map(({ Properties }) => JSON.stringify((Properties as Record<string, unknown>)[property]));
  const dashboards = named('AWS::CloudWatch::Dashboard', 'DashboardName');
  assert.equal(new Set(dashboards).size, 2, dashboards.join(', '));
  assert.ok(dashboards.some((name) => !name.includes('Second')));
  const queries = named('AWS::Logs::QueryDefinition', 'Name');
  assert.equal(new Set(queries).size, queries.length);
});

// What dashboards show, that CloudWatch takes them, and the queries beside them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { NestedStack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { consumersPerDashboard } from '../../../../infra/monitoring/dashboard/consumers-dashboard.ts';
import { Monitoring } from '../../../../infra/monitoring/monitoring.ts';
import { queryTexts } from '../../../../infra/monitoring/queries/query-texts.ts';
import { sectionMetrics, sectionWidgets } from '../../../../infra/monitoring/dashboard/section.ts';
import { publishEnvironmentEnd, publishFigures } from '../../../../lib/telemetry/metrics.ts';
import { customMetrics } from '../../../../tools/plan/cost/cost.ts';
import { addConsumer, createStack } from '../../consumer-stack.ts';
import type { TemplateJson } from '../../grants.ts';
import { dashboards, define, ofType, template } from '../site.ts';

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

test('is named by its Region too, since its name counts in the whole account', () => {
  const [dashboard] = ofType(template, 'AWS::CloudWatch::Dashboard');
  assert.equal(dashboard?.['DashboardName'], 'Test-eu-west-1');
});

test("shows MSK's own estimate only where the cluster is MSK, and the queue's depth where there is a queue", () => {
  const text = JSON.stringify(dashboards(template)[0]);
  assert.equal(text.split('EstimatedMaxTimeLag').length - 1, 2); // plain and silent
  assert.match(text, /Consumer Group.{1,3}=.{1,3}Test-plain.{1,3} Topic=.{1,3}orders\.v1/i);
  assert.equal(text.split('ApproximateNumberOfMessagesVisible').length - 1, 1);
});

test('has every graph in the docs, and the docs name no other', () => {
  const page = readFileSync(new URL('../../../../docs/reference/monitoring.md', import.meta.url), 'utf8');
  const [, table = ''] = page.split('| Graph | Shows | From |');
  const documented = [...(table.split('\n\n')[0] ?? '').matchAll(/^\| (?!-)([^|]+) \|/gm)].map(
    ([, graph]) => graph,
  );
  const [widgets = []] = dashboards(template);
  const first = widgets.filter(({ y, properties }) => properties.metrics !== undefined && y <= 26);
  assert.deepEqual(
    documented,
    first.map(({ properties }) => properties.title),
  );
});

test('saves every query over the log groups of all consumers', () => {
  const queries = ofType(template, 'AWS::Logs::QueryDefinition') as unknown as readonly {
    Name: string;
    LogGroupNames: readonly unknown[];
  }[];
  assert.deepEqual(
    queries.map(({ Name }) => Name),
    Object.keys(queryTexts).map((name) => `Tailrace/Test/${name}`),
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
  assert.equal(first.length, 4 + consumersPerDashboard * sectionWidgets);
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
    consumersPerDashboard * 6,
  );
  assert.equal(second.length, 2 + sectionWidgets);
  for (const part of parts) {
    const { Outputs } = Template.fromStack(part).toJSON() as { readonly Outputs: object };
    assert.ok(Object.keys(Outputs).length <= 200);
  }
  assert.ok(Object.keys(next.Parameters).length <= 5, 'of the 200 that a nested stack may take');
  assert.ok(JSON.stringify(json).length < 1_048_576 / 2, `${JSON.stringify(json).length}`);
});

/** Names of all metrics that the runtime can write. */
function publishedNames(): readonly string[] {
  const written: string[] = [];
  class Recorded extends Metrics {
    override publishStoredMetrics(): this {
      const { _aws } = this.serializeMetrics();
      for (const { Metrics: all } of _aws.CloudWatchMetrics) written.push(...all.map(({ Name }) => Name));
      return this;
    }
  }
  const figures = new Proxy({}, { get: () => 1 }) as Parameters<typeof publishFigures>[1];
  publishFigures(new Recorded({ namespace: 'Test', serviceName: 'orders' }), figures);
  publishEnvironmentEnd(new Recorded({ namespace: 'Test', serviceName: 'orders' }));
  return written;
}

test('shows metrics that the runtime writes, and the plan bills for all of those', () => {
  const published = publishedNames();
  assert.equal(published.length, customMetrics);
  const shown = dashboards(template)
    .flat()
    .flatMap(({ properties }) => {
      let above: readonly unknown[] = [];
      return (properties.metrics ?? []).map(
        (row) => (above = row.map((cell, index) => (cell === '.' ? above[index] : cell))),
      );
    })
    .filter(([namespace]) => namespace === 'Tailrace/Test')
    .map(([, name]) => String(name))
    .filter((name) => !name.startsWith('OutOfMemoryKills.')); // counted from the log by a metric filter
  assert.deepEqual(
    shown.filter((name) => !published.includes(name)),
    [],
  );
  const missing = published.filter((name) => !shown.includes(name));
  assert.deepEqual(missing, ['MemoryUsedPercent']); // the alarm's; the panel has both of its parts
});

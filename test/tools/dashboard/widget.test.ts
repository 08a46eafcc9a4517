// Dashboards read from templates, and what can be cut out of them.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DashboardError, pickSection, readDashboards, type Widget } from '../../../tools/dashboard/widget.ts';

const folder = mkdtempSync(join(tmpdir(), 'tailrace-dashboard-'));
after(() => rmSync(folder, { recursive: true }));

const place = (y: number): object => ({ x: 0, y, width: 24, height: 2 });
const heading = (y: number, name: string): object => ({
  type: 'text',
  ...place(y),
  properties: { markdown: `## ${name}\nfacts` },
});
const body = {
  widgets: [
    { type: 'text', ...place(0), properties: { markdown: '# Shop' } },
    {
      type: 'alarm',
      ...place(2),
      properties: { title: 'Alarms', alarms: ['arn:aws:cloudwatch:r:1:alarm:Shop-stuck'] },
    },
    heading(4, 'orders'),
    {
      type: 'metric',
      ...place(6),
      properties: {
        title: 'Lag',
        metrics: [
          ['AWS/Lambda', 'SumOffsetLag', 'EventSourceMappingUUID', 'UUID', { label: 'all', stat: 'Maximum' }],
          ['.', 'MaxOffsetLag', '.', '.', { label: 'worst', color: '#ff0000', yAxis: 'right' }],
          ['.', '.', '.', '.', { stat: 'p50' }],
          [{ label: 'estimate', expression: `SEARCH('MetricName="EstimatedMaxTimeLag"', 'Maximum', 300)` }],
        ],
        yAxis: { left: { label: 'records' } },
        annotations: { horizontal: [{ value: 7, label: 'limit', color: '#00ff00' }] },
      },
    },
    heading(8, 'orders-archive'),
    { type: 'metric', ...place(10), properties: { title: 'Other', metrics: [] } },
  ],
};
// As CDK writes it: text, cut where only AWS knows what comes.
const parts = JSON.stringify(body)
  .split('"UUID"')
  .flatMap((part, index) => (index === 0 ? [part] : ['"', { Ref: 'Mapping' }, '"', part]));
const template = {
  Resources: {
    Bucket: { Type: 'AWS::S3::Bucket', Properties: {} },
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: { DashboardBody: { 'Fn::Join': ['', parts] } },
    },
  },
};
writeFileSync(join(folder, 'Shop.template.json'), JSON.stringify(template));

function find(widgets: readonly Widget[], title: string): Extract<Widget, { type: 'metric' }> {
  const found = widgets.find((each) => each.type === 'metric' && each.title === title);
  assert.ok(found?.type === 'metric');
  return found;
}

test('reads graphs with their repeated cells written out, units, levels and searches', () => {
  const [widgets = []] = readDashboards(folder);
  const { series, units, lines } = find(widgets, 'Lag');
  assert.deepEqual(
    series.map(({ metric, label, statistic, color, axis }) => [metric, label, statistic, color, axis]),
    [
      ['SumOffsetLag', 'all', 'Maximum', undefined, 'left'],
      ['MaxOffsetLag', 'worst', 'Average', '#ff0000', 'right'],
      ['MaxOffsetLag', 'MaxOffsetLag', 'p50', undefined, 'left'],
      ['EstimatedMaxTimeLag', 'estimate', 'Average', undefined, 'left'],
    ],
  );
  assert.deepEqual([units.left, lines], ['records', [{ value: 7, label: 'limit', color: '#00ff00' }]]);
});

test('calls alarms by their name', () => {
  const [widgets = []] = readDashboards(folder);
  const alarms = widgets.flatMap((each) => (each.type === 'alarm' ? each.alarms : []));
  assert.deepEqual(alarms, ['Shop-stuck']);
});

test('cuts out the head and one section, and closes the gap', () => {
  const [widgets = []] = readDashboards(folder);
  const picked = pickSection(widgets, 'orders-archive');
  assert.deepEqual(
    picked.map(({ type, y }) => [type, y]),
    [
      ['text', 0],
      ['alarm', 2],
      ['text', 4],
      ['metric', 6],
    ],
  );
  assert.equal(find(picked, 'Other').y, 6);
});

for (const [what, act] of [
  ['a consumer that is not on it', () => pickSection(readDashboards(folder)[0] ?? [], 'order')],
  ['a folder without a dashboard', () => readDashboards(mkdtempSync(join(folder, 'empty-')))],
  ['a folder that is not there', () => readDashboards(join(folder, 'nowhere'))],
] as const) {
  test(`refuses ${what}`, () => {
    assert.throws(act, (error) => error instanceof DashboardError && error.code === 'NO_DASHBOARD');
  });
}

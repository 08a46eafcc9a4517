// The dashboards of an assembly, read from its templates: widgets as CloudWatch's dashboard body has them, with the `.` of
// repeated cells written out and a name for everything that only AWS knows.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describeApp } from '../template/app-kind.ts';

/** One metric or expression of a graph. */
export interface Series {
  /** The metric's name; of a search, the name that it looks for. */
  readonly metric: string;
  readonly label: string;
  /** `Average` unless it says otherwise. */
  readonly statistic: string;
  readonly color: string | undefined;
  readonly axis: 'left' | 'right';
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A widget at its place in 24 columns. */
export type Widget = Place &
  (
    | { readonly type: 'text'; readonly markdown: string }
    | { readonly type: 'alarm'; readonly title: string; readonly alarms: readonly string[] }
    | {
        readonly type: 'metric';
        readonly title: string;
        readonly series: readonly Series[];
        readonly units: { readonly left: string; readonly right: string };
        readonly lines: readonly { readonly value: number; readonly label: string; readonly color: string }[];
      }
  );

/** There is nothing to draw. */
export class DashboardError extends Error {
  override readonly name = 'DashboardError';
  readonly code = 'NO_DASHBOARD';
}

/**
 * The widgets of every dashboard in `folder`, in the order of its templates.
 *
 * @throws DashboardError `NO_DASHBOARD`
 */
export function readDashboards(folder: string): readonly (readonly Widget[])[] {
  const names = existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : [];
  const templates = names.filter((name) => name.endsWith('.template.json'));
  if (templates.length === 0) {
    const { what, remedy } = describeApp(folder);
    throw new DashboardError(
      `no dashboard to draw, got ${what} at ${folder}, expected the folder that cdk synth writes; ${remedy}`,
    );
  }
  const bodies = templates.flatMap((name) => {
    const { Resources } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as TemplateJson;
    return Object.values(Resources)
      .filter(({ Type }) => Type === 'AWS::CloudWatch::Dashboard')
      .map(({ Properties }) => toText(Properties['DashboardBody']));
  });
  if (bodies.length === 0) {
    throw new DashboardError(
      `no dashboard to draw, got ${templates.length} templates in ${folder} without one, expected an app with Tailrace's monitoring; add it, and synthesize again`,
    );
  }
  return bodies.map((body) =>
    (JSON.parse(body) as { readonly widgets: readonly WidgetJson[] }).widgets.map(toWidget),
  );
}

/** The page's head and the section of one consumer, moved up to it. */
export function pickSection(widgets: readonly Widget[], consumer: string): readonly Widget[] {
  const headings = widgets.flatMap((each, index) =>
    each.type === 'text' && each.markdown.startsWith('## ') ? [index] : [],
  );
  const start = headings.find((index) => isHeadingOf(widgets[index], consumer));
  const [first = widgets.length] = headings;
  const from = widgets[start ?? -1];
  if (start === undefined || from === undefined) {
    throw new DashboardError(
      `no section to draw, got ${JSON.stringify(consumer)}, expected a consumer of the dashboard`,
    );
  }
  const end = headings.find((index) => index > start) ?? widgets.length;
  const head = widgets.slice(0, first);
  const shift = from.y - Math.max(0, ...head.map(({ y, height }) => y + height));
  return [...head, ...widgets.slice(start, end).map((each) => ({ ...each, y: each.y - shift }))];
}

function isHeadingOf(widget: Widget | undefined, consumer: string): boolean {
  return widget?.type === 'text' && widget.markdown.split('\n')[0] === `## ${consumer}`;
}

interface TemplateJson {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties: Readonly<Record<string, unknown>> }>
  >;
}

interface WidgetJson extends Place {
  readonly type: string;
  readonly properties: {
    readonly markdown?: string;
    readonly title?: string;
    readonly alarms?: readonly string[];
    readonly metrics?: readonly (readonly unknown[])[];
    readonly yAxis?: { readonly left?: AxisJson; readonly right?: AxisJson };
    readonly annotations?: {
      readonly horizontal?: readonly {
        readonly value: number;
        readonly label?: string;
        readonly color?: string;
      }[];
    };
  };
}

interface AxisJson {
  readonly label?: string;
}

interface ViewJson {
  readonly label?: string;
  readonly stat?: string;
  readonly color?: string;
  readonly yAxis?: 'left' | 'right';
  readonly expression?: string;
}

/** A template's text, with a stand-in for each reference. */
function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  const join = (value as { readonly 'Fn::Join'?: readonly [string, readonly unknown[]] })['Fn::Join'];
  if (join !== undefined) return join[1].map(toText).join(join[0]);
  return ((value as { readonly Ref?: string }).Ref ?? 'reference').replace('AWS::', '');
}

function toWidget({ type, x, y, width, height, properties }: WidgetJson): Widget {
  const place = { x, y, width, height };
  const { markdown = '', title = '', alarms = [], metrics = [], yAxis, annotations } = properties;
  if (type === 'text') return { ...place, type, markdown };
  if (type === 'alarm') {
    return { ...place, type, title, alarms: alarms.map((arn) => arn.slice(arn.lastIndexOf(':') + 1)) };
  }
  const lines = (annotations?.horizontal ?? []).map(({ value, label = '', color = '#7f7f7f' }) => ({
    value,
    label,
    color,
  }));
  const units = { left: yAxis?.left?.label ?? '', right: yAxis?.right?.label ?? '' };
  return { ...place, type: 'metric', title, series: toSeries(metrics), units, lines };
}

function toSeries(rows: readonly (readonly unknown[])[]): readonly Series[] {
  let above: readonly unknown[] = [];
  return rows.map((row) => {
    const cells = row.map((cell, column) => (cell === '.' ? above[column] : cell));
    above = cells;
    const last = cells.at(-1);
    const view: ViewJson = typeof last === 'object' && last !== null ? last : {};
    const searched = /MetricName="([^"]+)"/.exec(view.expression ?? '')?.[1];
    const metric = searched ?? (typeof cells[1] === 'string' ? cells[1] : '');
    return {
      metric,
      label: view.label ?? metric,
      statistic: view.stat ?? 'Average',
      color: view.color,
      axis: view.yAxis ?? 'left',
    };
  });
}

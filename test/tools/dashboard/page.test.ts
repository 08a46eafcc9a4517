// The drawn page: everything is inside its widget, and axes reach what is drawn on them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { drawPage } from '../../../tools/dashboard/page.ts';
import { toScale, toTickText } from '../../../tools/dashboard/scale.ts';
import { toSample } from '../../../tools/dashboard/sample.ts';
import type { Series, Widget } from '../../../tools/dashboard/widget.ts';

function series(metric: string, label: string): Series {
  return { metric, label, statistic: 'Maximum', color: undefined, axis: 'left' };
}

function graph(width: number, all: readonly Series[]): Widget {
  const units = { left: 'records', right: '' };
  return { type: 'metric', x: 0, y: 0, width, height: 6, title: 'Graph', series: all, units, lines: [] };
}

/** Every text of a drawing with the place where it starts. */
function textsOf(
  svg: string,
): readonly { readonly x: number; readonly y: number; readonly content: string }[] {
  const found = svg.matchAll(/<text x="([\d.-]+)" y="([\d.-]+)"[^>]*>([^<]*)<\/text>/g);
  return [...found].map(([, x, y, content = '']) => ({ x: Number(x), y: Number(y), content }));
}

for (const width of [4, 6, 8, 24]) {
  test(`keeps a legend of many words inside a graph of ${width} columns`, () => {
    const all = Array.from({ length: 6 }, (_, index) => series('RecordsDone', `reported for retry ${index}`));
    const texts = textsOf(drawPage([graph(width, all)]));
    const legend = texts.filter(({ content }) => content.startsWith('reported'));
    assert.equal(legend.length, 6);
    for (const { x, y, content } of legend) {
      assert.ok(x + content.length * 5.6 <= 12 + width * 54, `${x} ${content}`);
      assert.ok(y <= 12 + 6 * 40 - 4, `${y} ${content}`);
    }
    const rows = Map.groupBy(legend, ({ y }) => y);
    for (const row of rows.values()) {
      for (const [index, { x, content }] of row.entries()) {
        const next = row[index + 1];
        if (next) assert.ok(x + content.length * 5.6 <= next.x - 13, content);
      }
    }
  });
}

test('draws a line for every series that it has data for', () => {
  const svg = drawPage([graph(6, [series('RecordsDone', 'done'), series('MaxOffsetLag', 'lag')])]);
  assert.equal(svg.split('<polyline').length - 1, 2);
  assert.equal(svg.split('<text').length, svg.split('</text>').length);
});

test('draws the same picture every time', () => {
  const widgets = [graph(6, [series('RecordsDone', 'done')])];
  assert.equal(drawPage(widgets), drawPage(widgets));
});

test('marks the alarms that ring, and only those', () => {
  const alarm: Widget = {
    type: 'alarm',
    x: 0,
    y: 0,
    width: 24,
    height: 3,
    title: 'Alarms',
    alarms: ['a', 'b'],
  };
  assert.equal(drawPage([alarm], ['b']).split('#d13212').length - 1, 1);
  assert.equal(drawPage([alarm]).split('#d13212').length - 1, 0);
});

test('writes names as text, whatever is in them', () => {
  const svg = drawPage([graph(6, [series('RecordsDone', 'a < b & "c"')])]);
  assert.match(svg, /a &lt; b &amp; &quot;c&quot;/);
});

test('has no data for a metric that it does not know', () => {
  assert.equal(toSample(series('Unheard', 'x')), undefined);
});

test('reaches every value with at most five steps, of round numbers', () => {
  const unit = fc.constantFrom('records', 'bytes', 'ms');
  fc.assert(
    fc.property(fc.double({ min: 1e-3, max: 1e15, noNaN: true }), unit, (highest, of) => {
      const { max, ticks } = toScale(highest, of);
      assert.ok(max >= highest * (1 - 1e-9) && ticks.length <= 6 && ticks[0] === 0);
      assert.ok(max <= highest * 2.6, `${max} for ${highest}`);
    }),
  );
});

for (const [value, unit, expected] of [
  [0, 'bytes', '0'],
  [64 * 1024 * 1024, 'bytes', '64 MB'],
  [1536, 'bytes in 5 min', '1.5 kB'],
  [12_000, 'records', '12k'],
  [2.5, 'records', '2.5'],
  [850, 'ms', '850 ms'],
  [1500, 'ms', '1.5 s'],
  [120_000, 'ms', '2 min'],
] as const) {
  test(`writes ${value} of ${unit} as ${expected}`, () => {
    assert.equal(toTickText(value, unit), expected);
  });
}

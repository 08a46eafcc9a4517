import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStyle } from '../../../tools/terminal/style.ts';
import { judge, recommend } from '../../../tools/tune/candidate.ts';
import { toPage } from '../../../tools/tune/page.ts';
import { fromRecommendation, toReportLines, type TuneReport } from '../../../tools/tune/report.ts';

const requirements = { rate: undefined, slots: 20, headroom: 0.85, coldStartShare: 0.01 };
const settings = [
  { memoryMb: 256, maxRecords: 1000, heaviestPeakMb: 250, durationMs: 812.4, survives: false },
  { memoryMb: 320, maxRecords: 1000, heaviestPeakMb: 214, durationMs: 640.2, survives: true },
  { memoryMb: 1769, maxRecords: 10_000, heaviestPeakMb: 1402, durationMs: 12_310.9, survives: true },
].map((each) =>
  judge(
    { ...each, records: each.maxRecords, typicalPeakMb: 120, samplesMs: [each.durationMs, 700], initMs: 300 },
    requirements,
  ),
);
const report: TuneReport = {
  consumer: 'archive',
  goal: 'cost',
  command: 'tailrace tune archive --goal cost',
  node: '24.0.0',
  measuredAt: '2026-01-01T00:00:00.000Z',
  cpuShare: false,
  seed: 858,
  rate: null,
  headroom: 0.85,
  smallest: [
    { maxRecords: 1000, memoryMb: 320 },
    { maxRecords: 10_000, memoryMb: null },
  ],
  settings,
  ...fromRecommendation(recommend(settings, 'cost')),
  growth: null,
  isComplete: true,
  durationMs: 1,
  exitCode: 0,
};
const layout = { style: createStyle(process.stdout), columns: 80, folder: '.cache/tune/archive' };

test('fits 80 columns, marks the row it chose, and says why the others are out', () => {
  const lines = toReportLines(report, layout);
  for (const line of lines) assert.ok(line.length <= 80, line);
  const chosen = lines.filter((line) => line.startsWith('>'));
  assert.equal(chosen.length, 1);
  assert.match(chosen[0] ?? '', /^> +320 +1,000 +214 /);
  assert.ok(lines.some((line) => /^ +256 .* no: killed or declined$/.test(line)));
  assert.match(lines.join(' '), /event: 320 MB with 1,000 records, none with +10,000 records/);
});

test('says when durations are estimates, when memory grows, and when it was stopped', () => {
  const text = (changes: Partial<TuneReport>): string =>
    toReportLines({ ...report, ...changes }, layout).join('\n');
  assert.match(text({}), /durations are estimates/);
  assert.doesNotMatch(text({ cpuShare: true }), /estimates/);
  assert.match(text({ growth: 'grows by 40 KB per invocation' }), /memory grows: .*tailrace soak archive/s);
  assert.match(text({ isComplete: false }), /stopped before the end/);
  assert.match(text({ ...fromRecommendation(undefined) }), /recommended: nothing/);
});

test('draws a page that needs no network and shows every sample', () => {
  const page = toPage(report);
  assert.doesNotMatch(
    page.replaceAll('http://www.w3.org/2000/svg', ''),
    /https?:|<script|<link|@import|url\(/,
  );
  const dots = page.match(/<circle/g) ?? [];
  // Three settings in three charts, and two samples of each in the second.
  assert.equal(dots.length, 3 * 3 + 3 * 2);
  assert.match(page, /<tr class="choice"><td>320<\/td>/);
  const hostile = toPage({ ...report, consumer: '<img src=x>' });
  assert.doesNotMatch(hostile, /<img/);
});

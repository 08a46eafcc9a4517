import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStyle } from '../../../../tools/terminal/style.ts';
import { judge, recommend, type Judged } from '../../../../tools/tune/sweep/candidate.ts';
import { toPage } from '../../../../tools/tune/report/page.ts';
import { fromRecommendation, toReportLines, type TuneReport } from '../../../../tools/tune/report/report.ts';

const requirements = { rate: undefined, slots: 20, headroom: 0.85, coldStartShare: 0.01, timeoutMs: 60_000 };
const measured = [
  { memoryMb: 256, maxRecords: 1000, heaviestPeakMb: 250, durationMs: 812.4, heaviestOutcome: 'declined' },
  { memoryMb: 320, maxRecords: 1000, heaviestPeakMb: 214, durationMs: 640.2, heaviestOutcome: 'survived' },
  {
    memoryMb: 1769,
    maxRecords: 10_000,
    heaviestPeakMb: 1402,
    durationMs: 12_310.9,
    heaviestOutcome: 'survived',
  },
] as const;
const settings = measured.map((each) =>
  judge(
    {
      ...each,
      records: each.maxRecords,
      typicalPeakMb: 120,
      typicalOutcome: 'survived',
      heaviestMs: 2000,
      samplesMs: [each.durationMs, 700],
      initMs: 300,
    },
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
  heaviest: [
    { maxRecords: 1000, memoryMb: 256, peakMb: 250, outcome: 'declined' },
    { maxRecords: 1000, memoryMb: 320, peakMb: 214, outcome: 'survived' },
    { maxRecords: 10_000, memoryMb: 1152, peakMb: 1152, outcome: 'killed' },
    { maxRecords: 10_000, memoryMb: 1769, peakMb: 1402, outcome: 'survived' },
  ],
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
  assert.ok(lines.some((line) => /^ +256 .* no: heaviest declined$/.test(line)));
  assert.match(lines.join(' '), /event: 320 MB with 1,000 records; none with +10,000 records/);
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
  // Three settings in two charts, two samples of each in the second, and four peaks, two of them no size to take.
  assert.equal(dots.length, 2 * 3 + 3 * 2 + 4);
  assert.equal(page.match(/<circle[^>]* fill="#fff"/g)?.length, 2);
  assert.match(page, /<tr class="choice"><td>320<\/td>/);
  const hostile = toPage({ ...report, consumer: '<img src=x>' });
  assert.doesNotMatch(hostile, /<img/);
});

test('has no figure for what was not measured, in the table and in the page', () => {
  const killed = judge(
    { ...(settings[1] as Judged), memoryMb: 288, typicalOutcome: 'killed', durationMs: NaN, samplesMs: [] },
    requirements,
  );
  const all = { ...report, settings: [killed, ...settings] };
  const lines = toReportLines(all, layout);
  assert.ok(lines.some((line) => /^ +288 +1,000 +214 +- +- +- +no: typical killed$/.test(line)));
  assert.match(lines.join(' '), /memory may grow; run +tailrace +soak archive/);
  for (const text of [...lines, toPage(all)]) assert.doesNotMatch(text, /NaN/);
  assert.match(toPage(all), /typical event killed/);
});

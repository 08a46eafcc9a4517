// A plan in words and tables, for a person.

import type { Style } from '../terminal/style.ts';
import { toAmount, toCount, toTable } from '../terminal/table.ts';
import type { Load } from './capacity.ts';
import type { Plan } from './plan.ts';
import { priceOf } from './cost/prices.ts';

/** The plan's lines. */
export function toReport(plan: Plan, style: Style): readonly string[] {
  const warnings = plan.warnings.map((line) => style.warn(`  ! ${line}`));
  if (plan.event.largestBatch === 0) return [...toSummary(plan, style), ...warnings];
  const { region, readOn } = plan.prices;
  return [
    ...toSummary(plan, style),
    ...warnings,
    '',
    style.strong('Load'),
    ...toLoadTable(plan),
    '',
    style.strong('Limits, the nearest first'),
    ...toCeilingTable(plan),
    '',
    style.strong(toCostTitle(plan)),
    ...toCostTable(plan),
    '',
    style.strong('Pollers: three choices, cost per month'),
    ...toPollerTable(plan),
    '',
    style.strong('Growth, if every adjustable limit is raised in time'),
    ...toGrowthTable(plan),
    '',
    style.dim(
      `List prices of ${region}, read ${readOn}, sources in tools/plan/cost/prices.json; no free tier, no storage but MSK's, no transfer, no retries.`,
    ),
  ];
}

function toSummary({ workload, event, memory }: Plan, style: Style): readonly string[] {
  const { consumer, recordsPerSecond, peakPerSecond, valueBytes, ratio, partitions } = workload;
  const why = { maxRecords: 'its setting', '6 MB': '6 MB of event', timeout: 'its timeout' }[event.limitedBy];
  return [
    `${style.strong(consumer)}: ${toRate(recordsPerSecond)} records/s of ${toCount(valueBytes)} bytes, ${ratio} times that decompressed; up to ${toRate(peakPerSecond)} records/s; ${toAmount(partitions, 'partition')}`,
    `  A record takes ${toCount(event.bytesPerRecord)} bytes of event, 6 MB hold ${toCount(event.maxRecordsByPayload)}; a batch is at most ${toAmount(event.largestBatch, 'record')}, by ${why}.`,
    `  Memory: about ${toCount(memory.neededMb)} MB for such a batch, of ${toCount(memory.sizeMb)}.`,
  ];
}

function toLoadTable({ average, peak }: Plan): readonly string[] {
  const rows: readonly (readonly [string, (load: Load) => string])[] = [
    ['records/s consumed', ({ recordsPerSecond }) => toRate(recordsPerSecond)],
    ['pollers', ({ pollers }) => toCount(pollers)],
    ['poller units billed', ({ units }) => toCount(units)],
    ['records per invocation', ({ records }) => toRate(records)],
    ['invocations/s', ({ invocationsPerSecond }) => toRate(invocationsPerSecond)],
    ['duration, ms', ({ durationMs }) => toRate(durationMs)],
    ['concurrent invocations', ({ concurrency }) => toRate(concurrency)],
    ['keeps up', ({ keepsUp }) => (keepsUp ? 'yes' : 'no')],
  ];
  return indent(
    toTable(
      ['', 'average', 'peak'],
      rows.map(([title, read]) => [title, read(average), read(peak)]),
    ),
  );
}

function toCeilingTable({ ceilings }: Plan): readonly string[] {
  const rows = ceilings.map(({ name, recordsPerSecond }) => [name, toRate(recordsPerSecond)]);
  const reasons = ['why', ...ceilings.map(({ why }) => why)];
  const lines = indent(beside(toTable(['limit', 'records/s'], rows), reasons));
  return [...lines, `  To raise the nearest limit: ${ceilings[0]?.remedy}.`];
}

function toCostTitle({ average, workload }: Plan): string {
  if (average.keepsUp) return 'Cost per month';
  const [consumed, produced] = [average.recordsPerSecond, workload.recordsPerSecond].map(toRate);
  return `Cost per month, for ${consumed} of ${produced} records/s`;
}

/** A last column of text, which a table of numbers would push to the right. */
function beside(lines: readonly string[], texts: readonly string[]): readonly string[] {
  return lines.map((line, index) => `${line}  ${texts[index] ?? ''}`.trimEnd());
}

function toCostTable({ costs, dollarsPerMonth }: Plan): readonly string[] {
  const rows = costs.map(({ part, quantity, dollars }) => [part, toDollars(dollars), toRate(quantity)]);
  const table = toTable(['part', 'USD', 'quantity'], [...rows, ['total', toDollars(dollarsPerMonth)]]);
  return indent(beside(table, ['of', ...costs.map(({ price }) => priceOf(price).unit)]));
}

function toPollerTable({ pollerChoices }: Plan): readonly string[] {
  const rows = pollerChoices.map(({ way, units, dollars, isChosen }) => [
    `${isChosen ? '* ' : '  '}${way}`,
    toDollars(dollars),
    toRate(units),
  ]);
  const table = toTable(['', 'USD', 'units'], rows);
  return indent(beside(table, ['with', ...pollerChoices.map(({ price }) => price)]));
}

function toGrowthTable({ growth }: Plan): readonly string[] {
  return indent(
    toTable(
      ['records/s', 'partitions', 'pollers', 'mappings', 'concurrent', 'USD/month', 'USD/million'],
      growth.map((step) => [
        toRate(step.recordsPerSecond),
        toCount(step.partitions),
        toCount(step.pollers),
        toCount(step.mappings),
        toRate(step.concurrency),
        toDollars(step.dollarsPerMonth),
        toDollars((step.dollarsPerMonth / (step.recordsPerSecond * 2_628_000)) * 1e6),
      ]),
    ),
  );
}

function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}

/** Three digits that count, no more: everything here is an estimate. */
function toRate(number: number): string {
  return Number(number.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 4 });
}

function toDollars(dollars: number): string {
  return dollars.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

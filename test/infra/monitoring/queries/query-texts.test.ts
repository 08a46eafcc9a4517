// Every field that a saved query reads stands in the lines that it looks at, as the runtime and the local Lambda write them.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { queryTexts } from '../../../../infra/monitoring/queries/query-texts.ts';
import { createWatermark } from '../../../../lib/memory/watermark.ts';
import { createConsumer, DeadLetterError, defineConsumer, text } from '../../../../lib/index.ts';
import { platformLines } from '../../../../tools/local/sandbox/platform-log.ts';
import { createMemoryStore } from '../../../support/dead-letters.ts';
import { toContext, toEvent } from '../../../support/events.ts';
import { KeptLogger } from '../../../support/log.ts';

const mb = 1_048_576;
const config = defineConsumer({ name: 'orders', topic: 'orders', value: text(), order: 'none' });
const lines: Record<string, unknown>[] = [];

before(async () => {
  const logger = new KeptLogger({ serviceName: 'orders' });
  const common = { logger, metrics: false, deadLetters: createMemoryStore() } as const;
  const growing = {
    state: 'growing',
    bytesPerInvocation: 30_000,
    range: [25_000, 35_000],
    invocationsLeft: 900,
    sinceInvocation: 40,
    grownBytes: 5_000_000,
    where: 'live set',
    heapShare: 1,
    allocations: { lines: [{ at: 'src/handler.ts:12', function: 'record', share: 1 }], valuesShare: 0.4 },
    isNews: true,
  };
  const retentionWatch = { isSampling: false, observe: () => growing } as never;
  const failing = createConsumer(
    config,
    {
      record: ({ offset }) => {
        if (offset === 1) throw Object.assign(new Error('downstream is gone'), { code: 'ECONNREFUSED' });
        if (offset === 2) throw new DeadLetterError('HOPELESS', 'cannot ever succeed');
        return Promise.resolve();
      },
    },
    common,
    { retentionWatch },
  );
  await failing(toEvent([0, 1, 2].map((offset) => ({ offset, value: 'v' }))), toContext());
  const full = createWatermark({
    limitBytes: 128 * mb,
    residentBytes: () => 127 * mb,
    trackedBytes: () => 0,
    collector: { major() {}, thorough() {} },
  });
  const declining = createConsumer(
    { ...config, concurrency: 1 },
    { record: () => Promise.resolve() },
    { ...common, watermark: full, retention: false },
  );
  await declining(toEvent([3, 4].map((offset) => ({ offset, value: 'v'.repeat(700_000) }))), toContext());
  const fn = { logFormat: 'JSON', memoryMb: 256 } as Parameters<typeof platformLines>[0];
  const ended = { requestId: 'r', result: { kind: 'response' }, durationMs: 12.3, memoryMb: 97 };
  const report = platformLines(fn, 'r').end(ended as Parameters<ReturnType<typeof platformLines>['end']>[0]);
  lines.push(...logger.lines, ...report.map((line) => JSON.parse(line) as Record<string, unknown>));
});

/** The lines that a query's filter lets through. */
function select(filter: string): readonly Record<string, unknown>[] {
  const [, field = ''] = /^filter (\w+) /.exec(filter) ?? [];
  const wanted = new Set([...filter.matchAll(/"([^"]*)"/g)].map(([, value]) => value));
  return lines.filter((line) => wanted.has(String(line[field])));
}

/** The fields that a query reads: no words of the language, no names that it gives itself, none of CloudWatch's own. */
function fieldsOf(query: readonly string[]): readonly string[] {
  const source = query
    .slice(1)
    .join(' | ')
    .replaceAll(/"[^"]*"/g, '');
  const aliases = new Set([...source.matchAll(/ as (\w+)/g)].map(([, alias]) => alias));
  const language =
    /^(?:fields|sort|display|limit|stats|by|as|desc|asc|max|sum|count|pct|latest|earliest|bin|\d.*)$/;
  const words = source.match(/@?[\w.]+/g) ?? [];
  return [...new Set(words)].filter(
    (word) => !word.startsWith('@') && !aliases.has(word) && !language.test(word),
  );
}

function read(line: Record<string, unknown>, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], line);
}

for (const [name, query] of Object.entries(queryTexts)) {
  test(`reads only fields that there are: ${name}`, () => {
    const [filter = ''] = query;
    const found = select(filter);
    assert.ok(found.length > 0, `no line for ${filter}`);
    const fields = fieldsOf(query);
    assert.ok(fields.length > 0);
    for (const field of fields) {
      assert.ok(
        found.some((line) => read(line, field) !== undefined),
        `${field} is in none of ${JSON.stringify(found)}`,
      );
    }
  });
}

// The incident that the project was born from, five times over: who kept what, told by the program as a person runs it.
// The month of records is docs/guides/soak.md's; here are as many as each verdict needs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { hasLeftovers, startCli } from '../../support/cli.ts';
import type { SoakReport } from '../../../tools/soak/report/report.ts';

const folder = await mkdtemp(join(tmpdir(), 'tailrace-seed-858-'));
after(async () => await rm(folder, { recursive: true }));

interface Soaked {
  readonly code: number | null;
  readonly report: SoakReport;
}

async function soak(consumer: string, args: readonly string[]): Promise<Soaked> {
  const cli = startCli([
    'soak',
    consumer,
    '--entry',
    handlerOf(consumer),
    '--json',
    '--report',
    join(folder, consumer),
    ...args,
  ]);
  const { code, stdout, stderr } = await cli.ended;
  assert.ok(stdout.startsWith('{'), stderr);
  assert.equal(await hasLeftovers(cli), false);
  return { code, report: JSON.parse(stdout) as SoakReport };
}

const handlerOf = (consumer: string): string => `test/e2e/seed-858/${consumer}/handler.ts`;

/** Line, from 1, of the only line in the handler that starts like this. */
function lineOf(consumer: string, start: string): number {
  return (
    readFileSync(handlerOf(consumer), 'utf8')
      .split('\n')
      .findIndex((line) => line.startsWith(start)) + 1
  );
}

/** The first holder, which has nearly all of the growth. */
function holderOf({ report }: Soaked): SoakReport['holders'][number] {
  const [holder] = report.holders;
  assert.ok(holder !== undefined && holder.share > 0.9, JSON.stringify(report.holders));
  return holder;
}

test('A is killed at 128 MB after 60 to 90 warm invocations, and the map that holds the batches is named', async () => {
  const soaked = await soak('a', ['--records', '80000', '--records-per-batch', '750']);
  const { code, report } = soaked;
  assert.equal(code, 1);
  assert.equal(report.verdict, 'growing');
  assert.ok((report.confidence ?? 0) > 0.95);
  assert.ok(report.end.kind === 'killed');
  assert.ok(report.end.atInvocation >= 60 && report.end.atInvocation <= 90, String(report.end.atInvocation));
  const holder = holderOf(soaked);
  assert.equal(holder.expression, 'inFlight');
  assert.equal(holder.className, 'Map');
  assert.deepEqual(holder.place, { file: handlerOf('a'), line: lineOf('a', 'const inFlight') });
  assert.equal(holder.kind, 'array-buffer slice');
  assert.match(holder.path, /^\[entry\]\.record\.value → its array buffer → \d+ bytes$/);
  // One view per partition and batch, of 800 bytes on average, for 750 times as much.
  assert.ok(Math.abs(holder.piecesPerInvocation - 3) < 0.1);
  assert.ok(holder.keptBytesPerInvocation > 800 && holder.keptBytesPerInvocation < 12_000);
  assert.ok(holder.pinnedBytesPerInvocation > 400_000 && holder.pinnedBytesPerInvocation < 800_000);
  assert.ok(holder.amplification > 40);
});

test('C is condemned for the pool slabs that its copies pin', async () => {
  const soaked = await soak('c', ['--records', '14000', '--records-per-batch', '350']);
  assert.equal(soaked.code, 1);
  assert.equal(soaked.report.verdict, 'growing');
  const { kind, expression, place, amplification } = holderOf(soaked);
  assert.equal(kind, 'pool slab');
  assert.equal(expression, 'latest');
  assert.deepEqual(place, { file: handlerOf('c'), line: lineOf('c', 'const latest') });
  assert.ok(amplification > 10);
});

test('D is condemned for the texts that its slices pin', async () => {
  const soaked = await soak('d', ['--records', '8000', '--records-per-batch', '200', '--memory-mb', '256']);
  assert.equal(soaked.code, 1);
  assert.equal(soaked.report.verdict, 'growing');
  const { kind, expression, place, amplification } = holderOf(soaked);
  assert.equal(kind, 'sliced string');
  assert.equal(expression, 'seen');
  assert.deepEqual(place, { file: handlerOf('d'), line: lineOf('d', 'const seen') });
  assert.ok(amplification > 1000);
});

test('E is condemned as A is: its pool changes who allocates, not who holds', async () => {
  const soaked = await soak('e', ['--records', '8000', '--records-per-batch', '200']);
  assert.equal(soaked.code, 1);
  assert.equal(soaked.report.verdict, 'growing');
  const { kind, expression, place } = holderOf(soaked);
  assert.equal(kind, 'array-buffer slice');
  assert.equal(expression, 'inFlight');
  assert.deepEqual(place, { file: handlerOf('e'), line: lineOf('e', 'const inFlight') });
});

for (const partitions of [1, 3, 12]) {
  test(`B stays flat over 500 invocations, ${partitions} partitions`, async () => {
    const shape = [
      '--records',
      '5000',
      '--records-per-batch',
      '10',
      '--every',
      '8',
      '--partitions',
      String(partitions),
    ];
    const { code, report } = await soak('b', [...shape, '--max-peak-mb', '128', '--max-growth-kb', '2']);
    assert.equal(report.invocations, 500);
    assert.deepEqual(report.failures, []);
    assert.equal(code, 0);
    assert.equal(report.verdict, 'flat');
    const [low, high] = report.growthRange ?? [1, 1];
    assert.ok(low < (report.growthThreshold ?? 0) && high < (report.growthThreshold ?? 0));
    assert.deepEqual(report.holders, []);
  });
}

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Invocation } from '../../../../tools/local/sandbox/invocation.ts';
import { bodyOf, startProbe } from '../../../support/function-probe.ts';

test(
  "runs an init that takes too long again, under the function's own timeout",
  { timeout: 90_000 },
  async () => {
    // Longer than Lambda's ten seconds for an init, and within the function's timeout.
    const probe = await startProbe({
      source: `await new Promise((resolve) => setTimeout(resolve, 11_000)); export const handler = async () => 'late';`,
      function: { Timeout: 40 },
    });
    try {
      const { result } = await probe.host.invoke({ event: '{}' });
      assert.equal(bodyOf(result), 'late');
      const reports = probe.log.filter((line) => line.includes('INIT_REPORT'));
      assert.equal(reports.length, 1);
      assert.match(reports[0] ?? '', /Init Duration: 1\d{4}\.\d\d ms\tPhase: init\tStatus: timeout$/);
    } finally {
      await probe.close();
    }
  },
);

// Takes its time to load once `flag` is there, and then tells what of the invocation's time is left.
const source = (flag: string): string => `
  import { existsSync, writeFileSync } from 'node:fs';
  const isAgain = existsSync(${JSON.stringify(flag)});
  if (isAgain) await new Promise((resolve) => setTimeout(resolve, 1500));
  export const handler = async ({ how }, context) => {
    writeFileSync(${JSON.stringify(flag)}, '');
    if (how === 'exit') process.exit(3);
    if (how === 'hang') await new Promise((resolve) => setTimeout(resolve, 60_000));
    return { isAgain, left: context.getRemainingTimeInMillis() };
  };`;

test('lets an init after a crash or a timeout share the time of its invocation', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-init-'));
  t.after(async () => await rm(folder, { recursive: true, force: true }));
  const probe = await startProbe({ source: source(join(folder, 'flag')), function: { Timeout: 3 } });
  t.after(probe.close);
  const call = async (how: string): Promise<Invocation> =>
    await probe.host.invoke({ event: JSON.stringify({ how }) });
  assert.equal((await call('exit')).result.kind, 'crash');
  for (const last of ['hang', 'none']) {
    const again = await call('none');
    const { isAgain, left } = bodyOf(again.result) as { readonly isAgain: boolean; readonly left: number };
    assert.ok(isAgain && left <= 1500, `${left} ms of 3,000 are left after an init of 1,500`);
    assert.ok(again.durationMs >= 1500 && again.initMs === undefined, 'the init is part of the duration');
    if (last === 'hang') assert.equal((await call('hang')).result.kind, 'timeout');
  }
});

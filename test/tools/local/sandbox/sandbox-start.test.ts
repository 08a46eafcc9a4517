import assert from 'node:assert/strict';
import { test } from 'node:test';
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

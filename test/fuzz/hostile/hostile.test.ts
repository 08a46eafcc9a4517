// What a value becomes is bounded: hostile ones kill no function, cost no neighbour, and hold nobody up. `npm run fuzz -- hostile` runs
// as many as one likes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostileKinds } from './kinds.ts';
import { hostileLimitMb, runHostile } from './run-hostile.ts';

for (const format of Object.keys(hostileKinds)) {
  test(`survives hostile ${format} in ${hostileLimitMb} MB, and reads every good value beside it`, async () => {
    const { outcomes, lost, peakMb } = await runHostile(format, 150, 1);
    assert.equal(lost, 0);
    assert.equal(outcomes[''], undefined, 'a hostile value was neither read nor dead-lettered');
    assert.ok((outcomes['VALUE_TOO_LARGE'] ?? 0) > 0, JSON.stringify(outcomes));
    assert.ok((outcomes['read'] ?? 0) > 0, JSON.stringify(outcomes));
    assert.ok(peakMb < hostileLimitMb, `${peakMb} MB at the peak`);
  });
}

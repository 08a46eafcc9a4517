// Chaos in short: every kind of fault once, on Apache Kafka, and every record accounted for; and that the plan, the gate and
// what judges a run would tell if it were otherwise.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { whyNoApache } from '../support/apache.ts';
import { findFaults } from './chaos/account/verdict.ts';
import { runChaos } from './chaos/chaos.ts';
import { createGate } from './chaos/faults/gate.ts';
import { faultKinds, planFaults, type PlannedFault } from './chaos/faults/plan.ts';

const skip = await whyNoApache();
const take = (seed: number, count: number): readonly PlannedFault[] =>
  Array.from(planFaults(seed).take(count));

test('accounts for every record after one fault of each kind', { skip, timeout: 300_000 }, async (t) => {
  const result = await runChaos({
    records: 20_000,
    seed: 858,
    faults: faultKinds.length,
    limitMs: 240_000,
    signal: t.signal,
    onFault: () => {},
    onProgress: () => {},
  });
  assert.deepEqual(findFaults(result), [], JSON.stringify(result));
  assert.deepEqual(result.faults.map(({ kind }) => kind).toSorted(), faultKinds.toSorted());
  assert.equal(result.account.landed + result.account.deadLettered, 20_000);
  assert.equal(result.runner.lives, 2);
});

test('plans the same faults for the same seed, others for another, and every kind in each round', () => {
  assert.deepEqual(take(1, 50), take(1, 50));
  assert.notDeepEqual(take(1, 50), take(2, 50));
  const round = take(3, 12).slice(6);
  assert.deepEqual(round.map(({ kind }) => kind).toSorted(), faultKinds.toSorted());
});

test('refuses connections while the gate is shut, and lets everybody in again at the same port', async () => {
  const server = createServer((_, response) => response.end('here'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const gate = await createGate((server.address() as AddressInfo).port);
  const url = `http://127.0.0.1:${gate.port}`;
  try {
    assert.equal(await (await fetch(url)).text(), 'here');
    await gate.shut();
    await assert.rejects(
      fetch(url),
      ({ cause }: Error) => (cause as NodeJS.ErrnoException).code === 'ECONNREFUSED',
    );
    await gate.open();
    assert.equal(await (await fetch(url)).text(), 'here');
  } finally {
    await gate.close();
    server.closeAllConnections();
    server.close();
  }
});

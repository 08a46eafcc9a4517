// Chaos in short: every kind of fault once, on Apache Kafka, and every record accounted for; and that the account, the plan
// and the door would tell if it were otherwise.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { whyNoApache } from '../support/apache.ts';
import { openAccount } from './chaos/account.ts';
import { runChaos } from './chaos/chaos.ts';
import { faultKinds, planFaults, type PlannedFault } from './chaos/faults.ts';
import { createGate } from './chaos/gate.ts';
import { isPoison, keyCount } from './chaos/record.ts';
import { findFaults } from './chaos/verdict.ts';

const skip = await whyNoApache();
const take = (seed: number, count: number): readonly PlannedFault[] =>
  Array.from(planFaults(seed, 1000).take(count));

test('accounts for every record after one fault of each kind', { skip, timeout: 240_000 }, async (t) => {
  const limitMs = 180_000;
  const result = await runChaos({
    records: 20_000,
    seed: 858,
    faults: faultKinds.length,
    paceMs: 500,
    limitMs,
    signal: t.signal,
    onFault: () => {},
    onProgress: () => {},
  });
  assert.deepEqual(findFaults(result), [], JSON.stringify(result));
  assert.deepEqual(Object.keys(result.faults).toSorted(), faultKinds.toSorted());
  assert.equal(result.account.landed + result.account.deadLettered, 20_000);
  assert.equal(result.runner.lives, 2);
});

test('plans the same faults for the same seed, others for another, and every kind in each round', () => {
  assert.deepEqual(take(1, 50), take(1, 50));
  assert.notDeepEqual(take(1, 50), take(2, 50));
  const round = take(3, 12).slice(6);
  assert.deepEqual(round.map(({ kind }) => kind).toSorted(), faultKinds.toSorted());
});

test('finds what is missing, doubled, too early or strange', () => {
  const records = 3 * keyCount;
  const all = Array.from({ length: records }, (_, n) => n).filter((n) => !isPoison(n));
  const ledger = openAccount(records);
  // Key 0 has records 0, keyCount and 2 * keyCount: the last one comes before the middle one. Record 5 never comes.
  const late = keyCount;
  ledger.land(all.filter((n) => n !== late && n !== 5));
  ledger.land([late, 6, 6, records, 17]);
  ledger.deadLetter(17);
  ledger.deadLetter(18);
  assert.deepEqual(ledger.close(), {
    records,
    landed: all.length - 1,
    deadLettered: 1,
    missing: 1,
    firstMissing: [5],
    duplicates: 2,
    outOfOrder: 1,
    strange: 3,
  });
});

test('refuses connections while the door is shut, and lets everybody in again at the same port', async () => {
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

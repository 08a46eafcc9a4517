// What an invocation reports of lanes that it ends itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { defineConsumer } from '../../../../lib/index.ts';
import { ByteBudget } from '../../../../lib/memory/budget.ts';
import { openLedger } from '../../../../lib/memory/ledger.ts';
import { createWatermark } from '../../../../lib/memory/watermark.ts';
import { Admission } from '../../../../lib/runtime/admission/admission.ts';
import type { EventRecord } from '../../../../lib/runtime/event/event.ts';
import { Invocation } from '../../../../lib/runtime/invocation/invocation.ts';
import { Lane } from '../../../../lib/runtime/lanes/lanes.ts';
import { ValueDecoder } from '../../../../lib/runtime/record/value-decoder.ts';
import { toLog } from '../../../../lib/telemetry/log.ts';
import { createMemoryStore } from '../../../support/dead-letters.ts';
import { reportedOf, toContext } from '../../../support/events.ts';
import { KeptLogger } from '../../../support/log.ts';

const record = (partition: number, offset: number): EventRecord => ({
  topic: 'orders',
  partition,
  offset,
  timestamp: 1,
  timestampType: 'CREATE_TIME',
});

function createInvocation(): Invocation<undefined, string> {
  const definition = defineConsumer({ name: 'test', topic: 'orders' });
  const decoder = new ValueDecoder(definition);
  const watermark = createWatermark({ limitBytes: Infinity });
  const logger = new KeptLogger({ serviceName: 'test' });
  return new Invocation({
    definition,
    hooks: {},
    decoder,
    store: createMemoryStore(),
    ledger: openLedger(3),
    budget: new ByteBudget(100),
    admission: new Admission({ watermark, now: () => 0, maxRecordBytes: 1, decoder }),
    isSampled: false,
    logger,
    logErrorMessages: false,
    now: () => 0,
    startUntil: 1000,
    info: {
      signal: new AbortController().signal,
      log: toLog(logger, {}),
      requestId: 'r',
      lambdaContext: toContext(),
    },
    groups: new Set(['orders-0', 'orders-1']),
  });
}

test('a lane that the runtime itself has failed is reported whole, each record under its own group', async () => {
  const invocation = createInvocation();
  const records = [record(0, 7), record(0, 8), record(1, 3)];
  const lane = new Lane<undefined, string>(records, ['orders-0', 'orders-0', 'orders-1']);
  assert.equal(await invocation.start(lane, records[0]!), undefined);
  invocation.failLane(lane, new Error('a fault of the runtime'));
  assert.deepEqual(reportedOf(invocation.tally.toResponse()), ['orders-0@7', 'orders-0@8', 'orders-1@3']);
  assert.deepEqual(invocation.tally.retriedBy, { failed: 1, blocked: 2 });
  assert.equal(lane.lease, undefined);
});

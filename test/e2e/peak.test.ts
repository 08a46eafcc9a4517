// Peak memory as a test: the heaviest events in one warm environment, at a size at which a plain loop on lz4-napi dies of the
// large ones. What is the least, for whom, is a bench's business (bench/memory.bench.ts).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipUnless } from '../support/control-groups.ts';
import { startCandidate } from '../../bench/candidate.ts';
import { createHeavyEvent, shapes, type Shape } from '../../bench/heavy-events.ts';
import { chooseMemoryCap } from '../../tools/local/sandbox/memory/memory-cap.ts';

// 64 MB and Node's executable.
const memorySize = 64 + 50;
const events = 20;
const isCapped = chooseMemoryCap() !== 'watchdog';

for (const shape of Object.keys(shapes) as Shape[]) {
  test(
    `survives 6 MB of ${shapes[shape]}, ${events} times`,
    {
      skip: skipUnless(isCapped, 'no control groups of memory can be made here'),
      timeout: 120_000,
    },
    async () => {
      const event = createHeavyEvent(shape);
      assert.ok(event.records > 0 && event.text.length > 5_000_000);
      const { host, close } = await startCandidate('tailrace', memorySize);
      try {
        for (let n = 0; n < events; n++) {
          const { result } = await host.invoke({ event: event.text });
          assert.deepEqual(result, { kind: 'response', body: '{"batchItemFailures":[]}' });
        }
      } finally {
        await close();
      }
    },
  );
}

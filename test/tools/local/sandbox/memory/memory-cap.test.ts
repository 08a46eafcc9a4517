import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { capMemory, chooseMemoryCap } from '../../../../../tools/local/sandbox/memory/memory-cap.ts';
import { bodyOf, startProbe, type FunctionProbe } from '../../../../support/function-probe.ts';

const cleanups: (() => Promise<void>)[] = [];
after(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
});

// Bounded: a cap that does not work must fail the test, not the machine.
const eat = `const eat = (mb) => { const eaten = []; while (eaten.length * 4 < mb) eaten.push(Buffer.alloc(4 << 20, 1)); return eaten; };`;
const hungry = `${eat}
  export const handler = async ({ mb, how }) => {
    if (how === 'kill') { process.kill(process.pid, 'SIGKILL'); await new Promise(() => {}); }
    if (how === 'heap') { const kept = []; while (kept.length < 400) kept.push(new Array(131_072).fill(kept.length)); }
    return eat(mb).length;
  };`;

// What this machine does best, and what every machine can do.
for (const memoryCap of new Set([chooseMemoryCap(), 'watchdog' as const])) {
  const start = async (source: string): Promise<FunctionProbe> => {
    const probe = await startProbe({ source }, { memoryCap });
    cleanups.push(probe.close);
    return probe;
  };

  describe(`a memory cap by ${memoryCap}`, () => {
    test('kills a function that goes past its memory size, as Lambda does', async () => {
      const { host, log } = await start(hungry);
      const small = await host.invoke({ event: '{"mb":20}' });
      assert.equal(bodyOf(small.result), 5);
      for (const event of ['{"mb":400}', '{"mb":4,"how":"heap"}']) {
        const { requestId, result, memoryMb } = await host.invoke({ event });
        assert.deepEqual(result, {
          kind: 'crash',
          errorType: 'Runtime.OutOfMemory',
          errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`,
        });
        assert.equal(memoryMb, 128);
        assert.match(
          log.at(-1) ?? '',
          /\tMemory Size: 128 MB\tMax Memory Used: 128 MB\t.*Status: error\tError Type: Runtime\.OutOfMemory$/,
        );
      }
      const next = await host.invoke({ event: '{"mb":20}' });
      assert.equal(bodyOf(next.result), 5);
      assert.equal(next.initMs, undefined, 'in a new sandbox, whose init is part of the invocation');
    });

    test('lets a process go that somebody else has killed, without blaming its memory', async () => {
      const { host } = await start(hungry);
      const { result, memoryMb } = await host.invoke({ event: '{"mb":0,"how":"kill"}' });
      assert.ok(result.kind === 'crash' && result.errorType === 'Runtime.ExitError');
      assert.match(result.errorMessage, /signal: killed$/);
      assert.ok(memoryMb < 128);
    });

    test('kills a function that needs too much to load', async () => {
      const { host, log } = await start(`${eat} eat(400); export const handler = async () => 'loaded';`);
      const { result, memoryMb } = await host.invoke({ event: '{}' });
      assert.ok(result.kind === 'crash' && result.errorType === 'Runtime.OutOfMemory');
      assert.equal(memoryMb, 128);
      assert.match(log[0] ?? '', /^platform: INIT_REPORT .*Status: error\tError Type: Runtime\.OutOfMemory$/);
    });
  });
}

test('counts a peak that was over before anybody looked', async () => {
  // This very process: its peak is far above 1 MB, whatever it needs now.
  const cap = capMemory({ kind: 'watchdog', limitMb: 1, cpus: undefined });
  let kills = 0;
  cap.watch(process.pid, () => kills++);
  assert.equal(await cap.check(), true);
  assert.deepEqual([cap.wasExceeded(), kills], [true, 1]);
  await cap.release();
});

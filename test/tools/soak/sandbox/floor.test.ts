import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startAwsEndpoints } from '../../../../tools/aws/endpoints.ts';
import { measureFloor } from '../../../../tools/soak/sandbox/floor.ts';
import { toSoakOptions } from '../../../../tools/soak/options.ts';
import { prepareSubject } from '../../../../tools/soak/target/soak-target.ts';
import { startWarmSandbox } from '../../../../tools/soak/sandbox/warm-sandbox.ts';

const parts = new AsyncDisposableStack();
after(async () => await parts.disposeAsync());
const { signal } = new AbortController();
const megabyte = 1_048_576;

test('counts what V8 has compiled apart from what a function holds', async () => {
  const endpoints = await startAwsEndpoints();
  parts.defer(async () => await endpoints.close());
  const entry = 'test/tools/soak/hoarding.ts';
  const { fn, close } = await prepareSubject(
    toSoakOptions({ consumer: 'hoarding', entry }),
    endpoints,
    signal,
  );
  parts.defer(close);
  const sandbox = await startWarmSandbox({ fn, endpoints, signal });
  parts.defer(sandbox.close);
  const [inspector] = sandbox.inspectors;
  const evaluate = async (expression: string): Promise<number> => {
    const { result } = await inspector.call<{ readonly result: { readonly value: number } }>(
      'Runtime.evaluate',
      { expression, returnByValue: true },
    );
    return result.value;
  };

  const before = await measureFloor([inspector], 1);
  const heapUsed = await evaluate('process.memoryUsage().heapUsed');
  assert.ok(Math.abs(heapUsed - before.heapBytes - before.codeBytes) < 0.2 * megabyte);
  assert.ok(before.externalBytes > before.arrayBufferBytes);
  assert.equal(before.floorBytes, before.heapBytes + before.externalBytes);

  const statements = 'v = v * 3 + 1;'.repeat(200);
  await evaluate(
    `globalThis.compiled = [1, 2, 3, 4].map((n) => new Function('v', ${JSON.stringify(statements)} + 'return v + ' + n)); 0`,
  );
  await evaluate('for (const run of compiled) for (let n = 0; n < 50_000; n++) run(n); 0');
  const compiled = await measureFloor([inspector], 2);
  const codeGrowth = compiled.codeBytes - before.codeBytes;
  assert.ok(codeGrowth > 16_384, `${codeGrowth} bytes of code`);

  await evaluate(
    "globalThis.held = Array.from({ length: 100_000 }, (_, n) => ({ n, text: 'text ' + n })); 0",
  );
  const held = await measureFloor([inspector], 3);
  assert.ok(held.floorBytes - compiled.floorBytes > 4 * megabyte);
  assert.ok(held.codeBytes - compiled.codeBytes < 0.2 * megabyte);

  await evaluate('globalThis.blobs = Array.from({ length: 10 }, () => new Blob([new Uint8Array(1e6)])); 0');
  const withBlobs = await measureFloor([inspector], 4);
  await evaluate('globalThis.shared = Array.from({ length: 10 }, () => new SharedArrayBuffer(1e6)); 0');
  const withShared = await measureFloor([inspector], 5);
  assert.ok(withBlobs.floorBytes - held.floorBytes > 5e6, 'Blobs are no external memory');
  assert.ok(withShared.floorBytes - withBlobs.floorBytes > 9e6, 'nor are shared array buffers');
});

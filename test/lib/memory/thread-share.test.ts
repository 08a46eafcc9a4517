import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { countThreads, findThreadShare, toThreadLimit } from '../../../lib/memory/thread-share.ts';
import { createWatermark } from '../../../lib/memory/watermark.ts';

const mb = 1_048_576;

/** What a worker thread with this environment answers to an expression over `share` and `mark`, the modules. */
async function inWorker(env: Readonly<Record<string, string>>, expression: string): Promise<unknown> {
  const modules = ['thread-share', 'watermark'].map(
    (name) => new URL(`../../../lib/memory/${name}.ts`, import.meta.url).href,
  );
  const code = `import { parentPort } from 'node:worker_threads';
    const [share, mark] = await Promise.all(${JSON.stringify(modules)}.map((url) => import(url)));
    parentPort.postMessage(${expression});`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { env });
  return await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

describe('the threads of a process that run invocations', () => {
  test('are one in a main thread, whatever the environment says', () => {
    process.env['AWS_LAMBDA_MAX_CONCURRENCY'] = '16';
    try {
      assert.deepEqual([countThreads(), findThreadShare()], [1, undefined]);
    } finally {
      delete process.env['AWS_LAMBDA_MAX_CONCURRENCY'];
    }
  });

  for (const [env, threads] of [
    [{}, 1],
    [{ AWS_LAMBDA_MAX_CONCURRENCY: '16', AWS_LAMBDA_NODEJS_WORKER_COUNT: '8' }, 8],
    [{ AWS_LAMBDA_MAX_CONCURRENCY: '3', AWS_LAMBDA_NODEJS_WORKER_COUNT: '8' }, 3],
    [{ AWS_LAMBDA_MAX_CONCURRENCY: '1', AWS_LAMBDA_NODEJS_WORKER_COUNT: '8' }, 1],
  ] as const)
    test(`are ${threads} in a worker thread with ${JSON.stringify(env)}`, async () => {
      assert.equal(await inWorker(env, 'share.countThreads()'), threads);
    });

  test('are counted by CPUs where their number is not given', async () => {
    const threads = Number(await inWorker({ AWS_LAMBDA_MAX_CONCURRENCY: '1000' }, 'share.countThreads()'));
    assert.ok(threads >= 8 && threads % 8 === 0, String(threads));
  });
});

describe('the share of a thread', () => {
  const env = {
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '2048',
    AWS_LAMBDA_MAX_CONCURRENCY: '64',
    AWS_LAMBDA_NODEJS_WORKER_COUNT: '8',
  };

  test('of 2 GB and eight threads is 242 MB, its mark an eighth below', async () => {
    assert.equal(toThreadLimit(2048 * mb, 8), 242 * mb);
    const seen = await inWorker(
      env,
      '(({ limitBytes, markBytes }) => [limitBytes, markBytes])(mark.createWatermark())',
    );
    assert.deepEqual(seen, [2048 * mb, 242 * mb * (7 / 8)]);
  });

  test('may be exceeded while the process has room for as much in each thread', async () => {
    const rooms = [100, 211, 240].map((megabytes) => `each.hasRoom(${megabytes} * ${mb})`).join();
    // 1984 MB less what this process has, for eight: about 220 MB each.
    const seen = await inWorker(env, `((each) => [${rooms}])(mark.createWatermark())`);
    assert.deepEqual(seen, [true, true, false]);
    const alone = await inWorker(
      { ...env, AWS_LAMBDA_MAX_CONCURRENCY: '1' },
      `mark.createWatermark().hasRoom(1000 * ${mb})`,
    );
    assert.equal(alone, true);
  });

  test('is nothing that a main thread knows of', () => {
    assert.equal(createWatermark({ limitBytes: 2048 * mb }).markBytes, 1984 * mb);
  });
});

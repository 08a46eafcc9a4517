import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { FunctionHost } from '../../../../tools/local/sandbox/host/function-host.ts';
import { diedOfMemory } from '../../../../tools/local/sandbox/sandbox.ts';
import { bodyOf, startProbe } from '../../../support/function-probe.ts';
import type { LocalAppConsumer } from '../../../support/local-app.ts';

const cleanups: (() => Promise<void>)[] = [];
after(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
});

async function host(
  consumer: Omit<LocalAppConsumer, 'name'>,
): Promise<{ readonly run: FunctionHost; readonly log: string[] }> {
  const probe = await startProbe(consumer);
  cleanups.push(probe.close);
  return { run: probe.host, log: probe.log };
}

test('runs the asset with the event and the context that Lambda gives', async () => {
  const { run, log } = await host({
    source: `export async function handler(event, context) {
      console.log('hello %s', event.name);
      return { ...context, left: context.getRemainingTimeInMillis(), event };
    }`,
    environment: { MINE: 'yes', BUCKET: { 'Fn::GetAtt': ['Failures', 'Arn'] } },
  });
  const { result, requestId, initMs, memoryMb } = await run.invoke({ event: '{"name":"ë"}' });
  const seen = bodyOf(result) as Record<string, unknown>;
  assert.equal(seen['awsRequestId'], requestId);
  assert.equal(seen['functionName'], 'App-ProbeFunction');
  assert.equal(seen['memoryLimitInMB'], '128');
  assert.equal(
    seen['invokedFunctionArn'],
    'arn:aws:lambda:us-east-1:000000000000:function:App-ProbeFunction',
  );
  assert.ok(Number(seen['left']) > 0 && Number(seen['left']) <= 10_000);
  assert.deepEqual(seen['event'], { name: 'ë' });
  assert.ok(initMs !== undefined && memoryMb > 10);
  assert.equal(log[0], `platform: START RequestId: ${requestId} Version: $LATEST`);
  assert.match(log[1] ?? '', /^stdout: \S+Z\t[-0-9a-f]{36}\tINFO\thello ë$/);
  assert.equal(log[2], `platform: END RequestId: ${requestId}`);
  assert.match(
    log[3] ?? '',
    /^platform: REPORT RequestId: .*\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: /,
  );
});

test('bills an init with its first invocation', async () => {
  const { run, log } = await host({ source: `export const handler = async () => {};` });
  for (const isCold of [true, false]) {
    await run.invoke({ event: '{}' });
    const report = log.at(-1) ?? '';
    const [duration = 0, billed = 0, init] = ['\tDuration', 'Billed Duration', 'Init Duration'].map(
      (name) => {
        const text = new RegExp(`${name}: ([\\d.]+) ms`).exec(report)?.[1];
        return text === undefined ? undefined : Number(text);
      },
    );
    assert.equal(init !== undefined, isCold, report);
    // Each is rounded by itself to a hundredth of a millisecond.
    assert.ok(Math.abs(billed - Math.ceil(duration + (init ?? 0))) <= 1, report);
  }
});

test('gives a request id that holds on to nothing of its event', async () => {
  const { run } = await host({
    source: `const ids = [];
      export const handler = async (event, context) => {
        ids.push(context.awsRequestId);
        gc();
        return process.memoryUsage().heapUsed;
      };`,
  });
  const event = JSON.stringify('x'.repeat(200_000));
  const heapUsed: number[] = [];
  for (let call = 0; call < 60; call++) heapUsed.push(Number(bodyOf((await run.invoke({ event })).result)));
  const grown = (heapUsed[59] ?? 0) - (heapUsed[9] ?? 0);
  assert.ok(grown < 50 * 16_384, `${grown} bytes in 50 invocations`);
});

test("gives the function its own variables and Lambda's, and nothing of the runner", async () => {
  process.env['RUNNER_SECRET'] = 'no';
  const { run } = await host({
    source: `export const handler = async () => ({ env: process.env, flags: process.execArgv, gc: typeof gc, cwd: process.cwd() });`,
    environment: { MINE: 'yes' },
  });
  const { env, flags, gc, cwd } = bodyOf((await run.invoke({ event: '{}' })).result) as {
    readonly env: Record<string, string>;
    readonly flags: readonly string[];
    readonly gc: string;
    readonly cwd: string;
  };
  assert.equal(env['RUNNER_SECRET'], undefined);
  assert.equal(env['HOME'], undefined);
  assert.equal(env['MINE'], 'yes');
  assert.equal(env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'], '128');
  assert.equal(env['AWS_EXECUTION_ENV'], 'AWS_Lambda_nodejs24.x');
  assert.equal(env['AWS_ACCESS_KEY_ID'], 'k');
  assert.match(env['AWS_LAMBDA_LOG_STREAM_NAME'] ?? '', /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
  assert.equal(env['LAMBDA_TASK_ROOT'], cwd);
  assert.deepEqual(flags, ['--expose-gc', '--max-semi-space-size=6', '--max-old-space-size=116']);
  assert.equal(gc, 'function');
});

test('reuses a warm sandbox, and starts another for a second invocation at the same time', async () => {
  const { run } = await host({
    source: `let calls = 0;
      export const handler = async ({ ms }) => { calls++; await new Promise((r) => setTimeout(r, ms)); return { pid: process.pid, calls }; };`,
  });
  const first = await run.invoke({ event: '{"ms":0}' });
  const second = await run.invoke({ event: '{"ms":0}' });
  assert.deepEqual(bodyOf(second.result), { ...(bodyOf(first.result) as object), calls: 2 });
  assert.equal(second.initMs, undefined);
  const [a, b] = await Promise.all([
    run.invoke({ event: '{"ms":300}' }),
    run.invoke({ event: '{"ms":300}' }),
  ]);
  assert.notEqual((bodyOf(a.result) as { pid: number }).pid, (bodyOf(b.result) as { pid: number }).pid);
});

test('answers null for a handler that returns nothing, and tells a thrown error by type and message', async () => {
  const { run, log } = await host({
    source: `export const handler = async ({ fail }) => { if (fail) throw new TypeError('bad'); };`,
  });
  assert.equal(bodyOf((await run.invoke({ event: '{}' })).result), null);
  const { result } = await run.invoke({ event: '{"fail":true}' });
  assert.ok(result.kind === 'error');
  assert.deepEqual([result.errorType, result.errorMessage], ['TypeError', 'bad']);
  assert.match(result.trace?.[1] ?? '', /index\.mjs:\d+:\d+\)$/);
  assert.ok(log.some((line) => line.startsWith('stderr:') && line.includes('Invoke Error')));
});

test('kills a function at its timeout and goes on in a new sandbox', async () => {
  const { run, log } = await host({
    source: `let calls = 0; export const handler = async ({ hang }) => { calls++; if (hang) for (;;); return calls; };`,
    function: { Timeout: 1 },
  });
  assert.equal(bodyOf((await run.invoke({ event: '{}' })).result), 1);
  const { result } = await run.invoke({ event: '{"hang":true}' });
  assert.ok(result.kind === 'timeout');
  assert.match(result.errorMessage, /Task timed out after 1\.00 seconds$/);
  assert.ok(log.at(-1)?.endsWith('Status: timeout'));
  assert.match(log.at(-3) ?? '', /^platform: \d{4}-\S+Z [\w-]{36} Task timed out after 1\.00 seconds$/);
  assert.equal(bodyOf((await run.invoke({ event: '{}' })).result), 1);
});

test("tells a crash in Lambda's words, by exit, signal and rejection", async () => {
  const { run, log } = await host({
    source: `export const handler = async ({ how }) => {
      if (how === 'exit0') process.exit(0);
      if (how === 'exit3') process.exit(3);
      if (how === 'abort') process.abort();
      if (how === 'reject') { Promise.reject(new Error('late')); await new Promise((r) => setTimeout(r, 5000)); }
      if (how === 'drain') await new Promise(() => {});
      return 'fine';
    };`,
  });
  const end = async (how: string): Promise<string> => {
    const { result } = await run.invoke({ event: JSON.stringify({ how }) });
    if (result.kind === 'response') return result.body;
    return `${'errorType' in result ? result.errorType : ''}: ${result.errorMessage.replace(/^RequestId: \S+ /, '')}`;
  };
  assert.equal(await end('exit0'), 'Runtime.ExitError: Error: Runtime exited without providing a reason');
  assert.equal(await end('exit3'), 'Runtime.ExitError: Error: Runtime exited with error: exit status 3');
  assert.match(
    log.at(-4) ?? '',
    /^platform: RequestId: \S{36} Error: Runtime exited with error: exit status 3$/,
  );
  assert.equal(log.at(-3), 'platform: Runtime.ExitError');
  assert.equal(await end('abort'), 'Runtime.ExitError: Error: Runtime exited with error: signal: aborted');
  assert.equal(await end('reject'), 'Runtime.ExitError: Error: Runtime exited with error: exit status 1');
  assert.equal(await end('drain'), 'Runtime.ExitError: Error: Runtime exited without providing a reason');
  assert.equal(await end('none'), '"fine"');
});

test('knows an abort for want of memory, which V8 gives up with, from any other', async () => {
  // Of a heap of its own: the memory cap would be faster than V8's limit for that of the function.
  const { run } = await host({
    source: `import { spawnSync } from 'node:child_process';
    const fill = 'for (const all = []; ; ) all.push(new Array(10_000).fill(0.5));';
    export const handler = async ({ fills }) => {
      if (fills) spawnSync(process.execPath, ['--max-old-space-size=8', '-e', fill], { stdio: 'inherit' });
      process.abort();
    };`,
  });
  for (const fills of [true, false]) {
    const { result } = await run.invoke({ event: JSON.stringify({ fills }) });
    assert.ok(result.kind === 'crash');
    assert.match(result.errorMessage, /signal: aborted$/);
    assert.equal(diedOfMemory(result), fills);
  }
});

test('tells a rejection and a drained event loop by their names on Node 22', async () => {
  const { run } = await host({
    source: `export const handler = async ({ how }) => {
      if (how === 'reject') { Promise.reject(new Error('late')); await new Promise((r) => setTimeout(r, 5000)); }
      await new Promise(() => {});
    };`,
    function: { Runtime: 'nodejs22.x' },
  });
  for (const [how, type] of [
    ['reject', 'Runtime.UnhandledPromiseRejection'],
    ['drain', 'Runtime.NodeJsExit'],
  ]) {
    const { result } = await run.invoke({ event: JSON.stringify({ how }) });
    assert.ok(result.kind === 'error' && result.errorType === type);
  }
});

test('fails a response over 6 MB as Lambda does', async () => {
  const { run } = await host({ source: `export const handler = async ({ size }) => 'x'.repeat(size);` });
  const { result } = await run.invoke({ event: '{"size":6291600}' });
  assert.ok(result.kind === 'error');
  assert.equal(result.errorType, 'Function.ResponseSizeTooLarge');
  assert.equal(
    result.errorMessage,
    'Response payload size (6291602 bytes) exceeded maximum allowed payload size (6291556 bytes).',
  );
  assert.equal(bodyOf((await run.invoke({ event: '{"size":3}' })).result), 'xxx');
});

test('finds the AWS SDK outside the asset, and nothing else that the asset lacks', async () => {
  const sdk = await host({
    source: `import { S3Client } from '@aws-sdk/client-s3'; export const handler = async () => typeof S3Client;`,
  });
  assert.equal(bodyOf((await sdk.run.invoke({ event: '{}' })).result), 'function');
  const lacking = await host({
    source: `import { z } from 'zod'; export const handler = async () => typeof z;`,
    external: ['zod'],
  });
  const { result } = await lacking.run.invoke({ event: '{}' });
  assert.ok(result.kind === 'error');
  assert.equal(result.errorType, 'Error');
  assert.match(result.errorMessage, /^Cannot find package 'zod' imported from \/.*\/index\.mjs$/);
});

test('reports a handler that is not there, and a module that fails to load, as errors of the invocation', async () => {
  const missing = await host({ source: `export const other = 1;` });
  const gone = (await missing.run.invoke({ event: '{}' })).result;
  assert.ok(gone.kind === 'error' && gone.errorType === 'Runtime.HandlerNotFound');
  const broken = await host({ source: `throw new RangeError('at load'); export const handler = 1;` });
  const failed = await broken.run.invoke({ event: '{}' });
  assert.ok(failed.result.kind === 'error' && failed.isInitFailure === true);
  assert.deepEqual([failed.result.errorType, failed.result.errorMessage], ['RangeError', 'at load']);
  assert.match(failed.requestId, /^[-0-9a-f]{36}$/);
  const platform = broken.log.filter((line) => line.startsWith('platform: '));
  assert.deepEqual(
    platform.map((line) => line.replace(/^platform: (\w+) .*$/, '$1')),
    ['INIT_REPORT', 'START', 'END', 'REPORT'],
  );
  assert.match(
    platform[0] ?? '',
    /Duration: \d+\.\d\d ms\tPhase: init\tStatus: error\tError Type: RangeError$/,
  );
});

test('injects an error after the work is done, and a kill in the middle of it', async () => {
  const { run, log } = await host({
    source: `export const handler = async ({ ms }) => {
      console.log('begin'); await new Promise((r) => setTimeout(r, ms)); console.log('done'); return null; };`,
  });
  const thrown = await run.invoke({ event: '{"ms":0}', fault: 'throw' });
  assert.ok(thrown.result.kind === 'error' && thrown.result.errorType === 'InjectedFault');
  assert.ok(log.some((line) => line.endsWith('done')));
  log.length = 0;
  const killed = await run.invoke({ event: '{"ms":9000}', fault: 'kill', killAfterMs: 200 });
  assert.ok(killed.result.kind === 'crash');
  assert.match(killed.result.errorMessage, /signal: killed$/);
  assert.ok(log.some((line) => line.endsWith('begin')) && !log.some((line) => line.endsWith('done')));
  const late = await run.invoke({ event: '{"ms":0}', fault: 'kill', killAfterMs: 60_000 });
  assert.ok(late.result.kind === 'crash');
});

test("writes Lambda's JSON lines when the function's log format is JSON", async () => {
  const { run, log } = await host({
    source: `export const handler = async () => { console.warn('careful'); };`,
    function: { LoggingConfig: { LogFormat: 'JSON' } },
  });
  const { requestId } = await run.invoke({ event: '{}' });
  const lines = log.map((line) => JSON.parse(line.slice(line.indexOf('{'))) as Record<string, unknown>);
  assert.deepEqual(
    lines.map(({ type, message }) => type ?? message),
    ['platform.start', 'careful', 'platform.report'],
  );
  assert.equal(lines[1]?.['requestId'], requestId);
  assert.equal((lines[2]?.['record'] as { status?: string } | undefined)?.status, 'success');
});

// The Runtime API as a function's process sees it, over HTTP.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRuntimeApi, tokenHeader } from '../../../../tools/local/sandbox/runtime-api.ts';

test('takes one answer for an invocation, and none for another', async (t) => {
  const ready = Promise.withResolvers<void>();
  const heard: string[] = [];
  const api = await startRuntimeApi({
    onNext: () => ready.resolve(),
    onResponse: (requestId, body) => void heard.push(`${requestId} ${body}`),
    onError: (requestId, { errorType }) => void heard.push(`${requestId} ${errorType}`),
    onInitError() {},
  });
  t.after(async () => await api.close());
  const base = `http://${api.address}/2018-06-01/runtime/invocation`;
  const headers = { [tokenHeader]: api.token };
  const answer = async (requestId: string, kind: string, body: string): Promise<number> =>
    (await fetch(`${base}/${requestId}/${kind}`, { method: 'POST', headers, body })).status;

  const next = fetch(`${base}/next`, { headers });
  await ready.promise;
  const about = { event: '{}', deadlineMs: 1, functionArn: 'arn', traceId: 'trace' };
  api.deliver({ ...about, requestId: 'second' });
  assert.equal((await next).headers.get('lambda-runtime-aws-request-id'), 'second');

  assert.equal(await answer('first', 'response', '1'), 400);
  assert.equal(await answer('second', 'response', '2'), 202);
  assert.equal(await answer('second', 'response', '3'), 400);
  assert.equal(await answer('second', 'error', '{"errorType":"Late"}'), 400);
  assert.deepEqual(heard, ['second 2']);
});

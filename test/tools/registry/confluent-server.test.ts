// The local registry as its HTTP clients see it: the answers, error codes and ids of the real API.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startConfluentServer, type ConfluentServer } from '../../../tools/registry/confluent-server.ts';

let server: ConfluentServer;
before(async () => {
  server = await startConfluentServer();
});
after(() => server.close());

async function call(method: string, path: string, body?: unknown): Promise<readonly [number, unknown]> {
  const response = await fetch(server.url + path, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    }),
  });
  assert.match(response.headers.get('content-type') ?? '', /schemaregistry/);
  return [response.status, await response.json()];
}

test('gives one schema one id in every subject, and counts versions per subject', async () => {
  const [one, two] = ['"string"', '"int"'].map((schema) => ({ schema }));
  assert.deepEqual(await call('POST', '/subjects/a-value/versions', one), [200, { id: 1 }]);
  assert.deepEqual(await call('POST', '/subjects/a-value/versions', two), [200, { id: 2 }]);
  assert.deepEqual(await call('POST', '/subjects/a-value/versions', one), [200, { id: 1 }]);
  assert.deepEqual(await call('POST', '/subjects/b%2Fvalue/versions', two), [200, { id: 2 }]);
  assert.deepEqual(await call('GET', '/subjects'), [200, ['a-value', 'b/value']]);
  assert.deepEqual(await call('GET', '/subjects/a-value/versions'), [200, [1, 2]]);
  const shown = { subject: 'a-value', version: 2, id: 2, schema: '"int"' };
  assert.deepEqual(await call('GET', '/subjects/a-value/versions/latest'), [200, shown]);
  assert.deepEqual(await call('POST', '/subjects/a-value', two), [200, shown]);
  assert.deepEqual(await call('GET', '/schemas/ids/1'), [200, { schema: '"string"' }]);
});

test('shows the type and references of what is not plain Avro', async () => {
  const part = { schema: 'syntax = "proto3"; message Part { int32 x = 1; }', schemaType: 'PROTOBUF' };
  const whole = {
    schema: 'syntax = "proto3"; import "part.proto"; message Whole { Part part = 1; }',
    schemaType: 'PROTOBUF',
    references: [{ name: 'part.proto', subject: 'part', version: 1 }],
  };
  assert.equal((await call('POST', '/subjects/part/versions', part))[0], 200);
  const [, registered] = await call('POST', '/subjects/whole/versions', whole);
  const { id } = registered as { id: number };
  assert.deepEqual(await call('GET', `/schemas/ids/${id}`), [200, whole]);
});

test('refuses with the error codes of the API', async () => {
  const code = async (...args: Parameters<typeof call>): Promise<unknown> => {
    const [status, body] = await call(...args);
    return [status, (body as { error_code: number }).error_code];
  };
  assert.deepEqual(await code('GET', '/schemas/ids/999'), [404, 40_403]);
  assert.deepEqual(await code('GET', '/subjects/none/versions'), [404, 40_401]);
  assert.deepEqual(await code('GET', '/subjects/a-value/versions/9'), [404, 40_402]);
  assert.deepEqual(await code('GET', '/subjects/a-value/versions/x'), [422, 42_202]);
  assert.deepEqual(await code('POST', '/subjects/a-value', { schema: '"bytes"' }), [404, 40_403]);
  assert.deepEqual(await code('POST', '/subjects/a-value/versions', { schema: '{' }), [422, 42_201]);
  assert.deepEqual(await code('POST', '/subjects/a-value/versions', {}), [422, 42_201]);
  const missing = { schema: '"string"', references: [{ name: 'x', subject: 'none', version: 1 }] };
  assert.deepEqual(await code('POST', '/subjects/a-value/versions', missing), [404, 40_401]);
  assert.deepEqual(await code('GET', '/nowhere'), [404, 404]);
  assert.deepEqual(await code('DELETE', '/subjects/a-value'), [405, 405]);
});

test('is out of order and back in order as it is told', async () => {
  server.setFault({ status: 503 });
  assert.deepEqual(await call('GET', '/subjects'), [503, { error_code: 503, message: 'out of order' }]);
  server.setFault(undefined);
  assert.equal((await call('GET', '/subjects'))[0], 200);
});

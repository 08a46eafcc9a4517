// References between schemas that lead in circles, or nowhere, and a registry that refuses what it may refuse.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';

import { confluentRegistry } from '../../../../lib/format/registry/confluent-client.ts';

/** A registry that answers each path by `answer`. */
async function registryOf(
  t: TestContext,
  answer: (path: string) => { readonly status?: number; readonly body?: object },
): Promise<ReturnType<typeof confluentRegistry>> {
  const server = createServer((request, response) => {
    const { status = 200, body = {} } = answer(request.url ?? '');
    response.writeHead(status).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return confluentRegistry({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    maxAttempts: 1,
  });
}

test('follows references that lead in circles once', async (t) => {
  const registry = await registryOf(t, (path) => {
    const name = path.includes('/subjects/a/') ? 'b' : 'a';
    return { body: { schema: path, references: [{ name, subject: name, version: 1 }] } };
  });
  const { references } = await registry.fetchSchema('1');
  assert.deepEqual(references?.map(({ name }) => name).toSorted(), ['a', 'b']);
});

test('gives up on a schema that refers to others without end', async (t) => {
  const registry = await registryOf(t, (path) => {
    const name = String(Number(/subjects\/(\d+)/.exec(path)?.[1] ?? 0) + 1);
    return { body: { schema: path, references: [{ name, subject: name, version: 1 }] } };
  });
  await assert.rejects(registry.fetchSchema('1'), { code: 'INVALID_SCHEMA' });
});

test('takes both ways of refusing credentials for that', async (t) => {
  for (const status of [401, 403]) {
    const registry = await registryOf(t, () => ({ status }));
    await assert.rejects(registry.fetchSchema('1'), { code: 'REGISTRY_DENIED' });
  }
});

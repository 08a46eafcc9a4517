// The client against the local registry: what it asks, how often, and what each answer means.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  confluentRegistry,
  type ConfluentRegistryOptions,
} from '../../../../lib/format/registry/confluent-client.ts';
import { startConfluentServer, type ConfluentServer } from '../../../../tools/registry/confluent-server.ts';

const authorization = `Basic ${Buffer.from('reader:s3cret:x').toString('base64')}`;
let server: ConfluentServer;
let id: number;
before(async () => {
  server = await startConfluentServer({ authorization });
  id = server.register('orders-value', { schema: '"string"' });
});
after(() => server.close());
beforeEach(() => server.setFault(undefined));

const auth = (): { type: 'basic'; user: string; password: string } => ({
  type: 'basic',
  user: 'reader',
  password: 's3cret:x',
});
const client = (options: ConfluentRegistryOptions = {}): ReturnType<typeof confluentRegistry> =>
  confluentRegistry({ url: server.url, auth, ...options });

test('gives a schema with its language', async () => {
  const json = server.register('json-value', { schema: '{"type":"object"}', schemaType: 'JSON' });
  assert.deepEqual(await client().fetchSchema(String(id)), {
    id: String(id),
    dataFormat: 'AVRO',
    text: '"string"',
    references: [],
  });
  assert.equal((await client().fetchSchema(String(json))).dataFormat, 'JSON');
});

test('resolves references, each before those that need it, and each once', async () => {
  const field = (name: string, type: string): object => ({ name, type });
  const record = (name: string, ...fields: object[]): string =>
    JSON.stringify({ type: 'record', name, fields });
  const refer = (name: string): { name: string; subject: string; version: number } => ({
    name,
    subject: `ref/${name}`,
    version: 1,
  });
  server.register('ref/A', { schema: record('A', field('x', 'int')) });
  server.register('ref/B', { schema: record('B', field('a', 'A')), references: [refer('A')] });
  const top = server.register('top', {
    schema: record('C', field('b', 'B'), field('a', 'A')),
    references: [refer('B'), refer('A')],
  });
  const before = server.requests.length;
  const { references } = await client().fetchSchema(String(top));
  assert.deepEqual(
    references.map(({ name }) => name),
    ['A', 'B'],
  );
  assert.equal(server.requests.length - before, 3);
});

test('takes the registry at its word for an unknown id, and asks once', async () => {
  const before = server.requests.length;
  await assert.rejects(client().fetchSchema('999'), { name: 'FormatError', code: 'UNKNOWN_SCHEMA' });
  assert.equal(server.requests.length - before, 1);
});

test('does not take a 404 of something else for an unknown id', async () => {
  await assert.rejects(client({ url: `${server.url}/elsewhere` }).fetchSchema(String(id)), {
    code: 'REGISTRY_UNAVAILABLE',
  });
});

test('says that it is refused, without trying again, and quotes no secret', async () => {
  const before = server.requests.length;
  const wrong = client({ auth: () => ({ type: 'bearer', token: 'PLANTED' }) });
  await assert.rejects(wrong.fetchSchema(String(id)), (error: Error & { code: string }) => {
    assert.equal(error.code, 'REGISTRY_DENIED');
    assert.match(error.message, /credentials/);
    return !error.message.includes('PLANTED');
  });
  assert.equal(server.requests.length - before, 1);
});

test('asks for credentials anew for each fetch, so that rotated ones are found', async () => {
  let asked = 0;
  const rotating = client({
    auth: () => (++asked === 1 ? { type: 'bearer', token: 'old' } : Promise.resolve(auth())),
  });
  await assert.rejects(rotating.fetchSchema(String(id)), { code: 'REGISTRY_DENIED' });
  assert.equal((await rotating.fetchSchema(String(id))).text, '"string"');
});

test('takes credentials that do not come for a request without an answer', async () => {
  let asked = 0;
  const hangsTimes = (times: number) => () => (++asked > times ? auth() : new Promise<never>(() => {}));
  const before = server.requests.length;
  const once = client({ timeoutMs: 1000, auth: hangsTimes(1) });
  assert.equal((await once.fetchSchema(String(id))).text, '"string"');
  assert.deepEqual([asked, server.requests.length - before], [2, 1]);
  asked = 0;
  const always = client({ timeoutMs: 30, maxAttempts: 2, auth: hangsTimes(Infinity) });
  await assert.rejects(always.fetchSchema(String(id)), (error: Error & { code: string }) => {
    assert.match(error.message, /no credentials/);
    return error.code === 'REGISTRY_UNAVAILABLE';
  });
  assert.deepEqual([asked, server.requests.length - before], [2, 1]);
});

test('tries again after 429 and 5xx, as often as it is told', async () => {
  for (const status of [429, 500, 503]) {
    server.setFault({ status, retryAfterSeconds: 0 });
    const before = server.requests.length;
    await assert.rejects(client({ maxAttempts: 3 }).fetchSchema(String(id)), {
      code: 'REGISTRY_UNAVAILABLE',
    });
    assert.equal(server.requests.length - before, 3);
  }
});

test('gives up on a registry that is silent or not there', async () => {
  server.setFault('silent');
  const impatient = client({ timeoutMs: 30, maxAttempts: 2 });
  await assert.rejects(impatient.fetchSchema(String(id)), { code: 'REGISTRY_UNAVAILABLE' });
  const gone = await startConfluentServer();
  await gone.close();
  await assert.rejects(client({ url: gone.url, maxAttempts: 1 }).fetchSchema('1'), (error: Error) => {
    assert.match(error.message, /ECONNREFUSED/);
    return true;
  });
});

test('refuses an answer that is no schema, or longer than any', async () => {
  const long = JSON.stringify({ schema: JSON.stringify('x'.repeat(5_000_000)) });
  const bodies = ['<html>', '{}', '{"schema":"x","references":[{}]}', long];
  let body = '';
  const odd: Server = createServer((_, response) => response.end(body));
  await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(odd.address() as AddressInfo).port}`;
    for (body of bodies)
      await assert.rejects(client({ url, maxAttempts: 1 }).fetchSchema('1'), {
        code: 'REGISTRY_UNAVAILABLE',
      });
  } finally {
    odd.close();
    odd.closeAllConnections();
  }
});

test('takes null for what a document may leave out', async () => {
  const other = createServer((_, response) => {
    response.end(JSON.stringify({ schema: '"string"', schemaType: null, references: null }));
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const expected = { id: '1', dataFormat: 'AVRO', text: '"string"', references: [] };
    assert.deepEqual(await confluentRegistry({ url }).fetchSchema('1'), expected);
  } finally {
    other.closeAllConnections();
    other.close();
  }
});

test('reads URL and credentials from the environment at the first fetch', async () => {
  const names = ['URL', 'BASIC_AUTH'].map((name) => `TAILRACE_SCHEMA_REGISTRY_${name}`);
  const registry = confluentRegistry();
  await assert.rejects(registry.fetchSchema(String(id)), { code: 'REGISTRY_UNAVAILABLE' });
  try {
    process.env[names[0]!] = server.url;
    process.env[names[1]!] = 'reader:s3cret:x';
    assert.equal((await registry.fetchSchema(String(id))).text, '"string"');
  } finally {
    for (const name of names) delete process.env[name];
  }
});

test('refuses options that cannot work when the definition is made, without showing a password', () => {
  assert.throws(() => confluentRegistry({ url: 'ftp://x' }), TypeError);
  assert.throws(
    () => confluentRegistry({ url: 'http://user:PLANTED@host' }),
    (error: Error) => error instanceof TypeError && !error.message.includes('PLANTED'),
  );
  assert.throws(() => confluentRegistry({ timeoutMs: 0 }), RangeError);
  assert.throws(() => confluentRegistry({ maxAttempts: 11 }), RangeError);
});

/** A server that answers each path as it is told, and keeps what it was asked with which credentials. */
async function startAnswers(
  answers: Readonly<Record<string, { readonly location: string } | { readonly body: object }>>,
): Promise<{ readonly url: string; readonly asked: string[]; close(): void }> {
  const asked: string[] = [];
  const redirecting = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization}`);
    const answer = answers[request.url ?? ''];
    if (answer === undefined) response.writeHead(500).end();
    else if ('location' in answer) response.writeHead(307, { location: answer.location }).end('moved');
    else response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}`;
  return { url, asked, close: () => void redirecting.close() };
}

test('follows a redirect within its origin, and shows its credentials to no other', async () => {
  const other = await startAnswers({ '/schemas/ids/2': { body: { schema: '"int"' } } });
  const registry = await startAnswers({
    '/schemas/ids/1': { location: '/v1/schemas/ids/1' },
    '/v1/schemas/ids/1': { body: { schema: '"long"' } },
    '/schemas/ids/2': { location: `${other.url}/schemas/ids/2` },
    '/schemas/ids/3': { location: '/schemas/ids/3' },
  });
  try {
    const impatient = confluentRegistry({ url: registry.url, auth });
    assert.equal((await impatient.fetchSchema('1')).text, '"long"');
    for (const id of ['2', '3']) {
      const before = registry.asked.length;
      await assert.rejects(impatient.fetchSchema(id), { code: 'REGISTRY_UNAVAILABLE' });
      assert.ok(registry.asked.length - before <= 4);
    }
    assert.deepEqual(other.asked, []);
    assert.ok(registry.asked.every((each) => each.endsWith(authorization)));
  } finally {
    registry.close();
    other.close();
  }
});

test('asks for a GUID as such, and once where it is a probe', async () => {
  const guid = '89791762-2336-4186-9674-299b90a802e2';
  const registry = await startAnswers({ [`/schemas/guids/${guid}`]: { body: { schema: '"int"' } } });
  try {
    assert.equal((await confluentRegistry({ url: registry.url }).fetchSchema(guid)).text, '"int"');
    const before = registry.asked.length;
    await assert.rejects(confluentRegistry({ url: registry.url }).fetchSchema('5', true), {
      code: 'REGISTRY_UNAVAILABLE',
    });
    assert.equal(registry.asked.length - before, 1);
  } finally {
    registry.close();
  }
});

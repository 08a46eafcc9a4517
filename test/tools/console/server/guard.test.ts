// Who may ask the console: foreign pages, rebound names and strangers are told apart, and the person's own page is let in.
import assert from 'node:assert/strict';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { createGuard } from '../../../../tools/console/server/guard.ts';

const token = 'AAAAAAAAAAAAAAAAAAAAAA';
const guard = createGuard({ port: 7858, token });
const host = '127.0.0.1:7858';

function request(headers: IncomingHttpHeaders): IncomingMessage {
  return { headers } as unknown as IncomingMessage;
}

test('lets in its own page, and a visit from anywhere', () => {
  for (const headers of [
    { host },
    { host: 'localhost:7858', origin: 'http://localhost:7858' },
    { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' },
    { host, 'sec-fetch-site': 'none' },
    { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
  ])
    assert.equal(guard.refuseForeign(request(headers)), undefined, JSON.stringify(headers));
});

test('refuses other hosts, other origins and other sites', () => {
  for (const headers of [
    {},
    { host: 'evil.example:7858' },
    { host: '127.0.0.1:7859' },
    { host: '127.0.0.1' },
    { host, origin: 'http://evil.example' },
    { host, origin: 'null' },
    { host, origin: 'http://127.0.0.1:8080' },
    { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    { host, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' },
    { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
  ])
    assert.equal(guard.refuseForeign(request(headers))?.status, 403, JSON.stringify(headers));
});

test('wants the token, whole, in the header or in the address', () => {
  const ask = (headers: Readonly<Record<string, string>>, query = ''): number | undefined =>
    guard.refuseStranger(request(headers), new URL(`http://${host}/api/run${query}`))?.status;
  assert.equal(ask({ authorization: `Bearer ${token}` }), undefined);
  assert.equal(ask({}, `?token=${token}`), undefined);
  assert.equal(ask({}), 401);
  assert.equal(ask({ authorization: `Bearer ${token}A` }), 401);
  assert.equal(ask({ authorization: `Bearer ${token.slice(1)}B` }), 401);
  assert.equal(ask({ authorization: `Basic ${token}` }), 401);
});

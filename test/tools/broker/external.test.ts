// A broker given by address: accepted when one address answers as Kafka, else refused in one clear sentence, in time.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { test } from 'node:test';
import { BrokerError } from '../../../tools/broker/broker.ts';
import { startEmbeddedBroker } from '../../../tools/broker/embedded.ts';
import { connectBroker, parseAddresses } from '../../../tools/broker/external.ts';

/** A port of this machine where nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test('accepts a cluster of which one address answers', async () => {
  const dead = await freePort();
  const embedded = await startEmbeddedBroker();
  try {
    const broker = await connectBroker(`127.0.0.1:${dead}, ${embedded.bootstrapServers}`);
    assert.equal(broker.kind, 'external');
    assert.equal(broker.bootstrapServers, `127.0.0.1:${dead},${embedded.bootstrapServers}`);
    await broker.close();
    assert.equal(
      (await connectBroker(embedded.bootstrapServers)).bootstrapServers,
      embedded.bootstrapServers,
    );
  } finally {
    await embedded.close();
  }
});

test('names host and port where nobody listens', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  await assert.rejects(connectBroker(address), (error) => {
    assert.ok(error instanceof BrokerError);
    assert.equal(error.code, 'BROKER_UNREACHABLE');
    assert.equal(error.bootstrapServers, address);
    assert.ok(error.message.includes(address));
    return true;
  });
});

test('gives up on a listener that never answers, and on its connection', { timeout: 10_000 }, async () => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}); // a reset by the client is what we wait for
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    await assert.rejects(connectBroker(address, { timeoutMs: 300 }), { code: 'BROKER_UNREACHABLE' });
    assert.equal(sockets.size > 0, true);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

test('refuses an address list that is not host:port', () => {
  for (const list of [
    '',
    'kafka',
    'kafka:',
    ':9092',
    'kafka:0',
    'kafka:65536',
    'a:1,,b:2',
    'http://kafka:9092',
    'a b:1',
  ]) {
    assert.throws(() => parseAddresses(list), { code: 'BROKER_ADDRESS' }, list);
  }
  assert.deepEqual(parseAddresses('a-1.example.com:1, [::1]:65535'), ['a-1.example.com:1', '[::1]:65535']);
});

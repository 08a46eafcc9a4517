import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createFrameReader, frameSocketFactory } from '../../../tools/broker/frame-socket.ts';
import { createKafka } from '../../../tools/broker/kafka-client.ts';

function toFrame(body: Uint8Array): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
}

test('puts frames together from pieces of any size', () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
  fc.assert(
    fc.property(bodies, fc.array(fc.integer({ min: 1, max: 60 })), (each, cuts) => {
      const frames = each.map(toFrame);
      let rest = Buffer.concat(frames);
      const got: Buffer[] = [];
      const read = createFrameReader((frame) => got.push(frame));
      for (const cut of [...cuts, rest.length]) {
        // Each piece in the same memory, as a socket reads.
        const piece = Buffer.from(rest.subarray(0, cut));
        rest = rest.subarray(cut);
        read(piece);
        piece.fill(0);
      }
      assert.deepEqual(got, frames);
    }),
  );
});

test('hands on each response as a whole, and ends with the connection', async () => {
  const body = Buffer.alloc(1_000_000, 'response');
  const server = createServer((connection) =>
    connection.end(Buffer.concat([toFrame(body), toFrame(Buffer.from('next'))])),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const socket = frameSocketFactory({ host: '127.0.0.1', port, ssl: undefined as never, onConnect() {} });
    const got: number[] = [];
    socket.on('data', (frame: Buffer) => got.push(frame.length));
    socket.on('end', () => socket.end());
    await once(socket, 'close');
    assert.deepEqual(got, [body.length + 4, 8]);
  } finally {
    server.close();
  }
});

test('says that something else than a broker has answered', async () => {
  const server = createServer((connection) => connection.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const logged: string[] = [];
  try {
    const { port } = server.address() as AddressInfo;
    const kafka = createKafka(`127.0.0.1:${port}`, {
      retries: 0,
      onLog: ({ message, error }) => logged.push(`${message}: ${error}`),
    });
    const admin = kafka.admin();
    await assert.rejects(admin.connect());
    await admin.disconnect();
  } finally {
    server.close();
  }
  assert.match(
    logged.join('\n'),
    /got a response of 1213486160 bytes, expected at most 104857600; is it a Kafka broker/,
  );
});

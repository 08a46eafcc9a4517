// The socket through which kafkajs talks to a broker, which hands a response on as a whole. Fed with what the system has at the
// moment kafkajs joins the pieces, and each piece is a buffer of 64 KB: twice the bytes to allocate, to copy and to collect.
// Source: Apache Kafka documentation, "Protocol Primitive Types": a response is its size, of 4 bytes, and so many bytes.
import { connect, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const keepAliveMs = 60_000;
const readBytes = 64 * 1024;
const sizeBytes = 4;
// Ten times what kafkajs asks a broker for at most, not counting a batch that is larger by itself.
const maxFrameBytes = 100 * 1024 * 1024;

/** Makes sockets as kafkajs does by itself. Those with TLS, which cannot read into a buffer of ours, hand on pieces as ever. */
export const frameSocketFactory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const socket = ssl
    ? connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }), ...ssl }, onConnect)
    : connectFramed(host, port, onConnect);
  socket.setKeepAlive(true, keepAliveMs);
  return socket;
};

function connectFramed(host: string, port: number, onConnect: () => void): Socket {
  const read = createFrameReader((frame) => socket.emit('data', frame));
  const onread: OnReadOpts = {
    buffer: Buffer.allocUnsafeSlow(readBytes),
    callback(count, bytes) {
      try {
        read(bytes.subarray(0, count));
        return true;
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
        return false;
      }
    },
  };
  const socket = connect({ host, port, onread }, onConnect);
  return socket;
}

/**
 * Puts frames together from pieces of any size; each goes to `onFrame` in memory of its own, its size in front.
 * @throws {Error} from a call whose piece declares a frame of less than 0 or more than 100 MB
 */
export function createFrameReader(onFrame: (frame: Buffer) => void): (piece: Uint8Array) => void {
  const size = Buffer.alloc(sizeBytes);
  let frame = size;
  let filled = 0;
  return (piece) => {
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + frame.length - filled);
      frame.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < frame.length) return;
      if (frame === size) {
        frame = Buffer.allocUnsafeSlow(sizeBytes + readSize(size));
        frame.set(size);
        if (filled < frame.length) continue;
      }
      const whole = frame;
      [frame, filled] = [size, 0];
      onFrame(whole);
    }
  };
}

function readSize(bytes: Buffer): number {
  const size = bytes.readInt32BE(0);
  if (size >= 0 && size <= maxFrameBytes) return size;
  throw new Error(
    `got a response of ${size} bytes, expected at most ${maxFrameBytes}; is it a Kafka broker that listens there, and without TLS?`,
  );
}

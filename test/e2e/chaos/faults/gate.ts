// A door in front of a local server: while it is closed nobody is connected and connections are refused, as when a
// service is down. The server behind it keeps its data, as the real service would.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A door at a fixed port of 127.0.0.1. */
export interface Gate {
  readonly port: number;
  /** Cuts all connections and refuses new ones. */
  readonly shut: () => Promise<void>;
  /** Lets everybody in again, at the same port. */
  readonly open: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Opens a door to what listens at `port` of 127.0.0.1. */
export async function createGate(port: number): Promise<Gate> {
  const sockets = new Set<Socket>();
  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    // A cut connection is what this is for; its other side hears of it.
    return socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  };
  const server = createServer((inside) => {
    const outside = track(connect(port, '127.0.0.1'));
    track(inside).pipe(outside).pipe(inside);
    inside.once('close', () => outside.destroy());
    outside.once('close', () => inside.destroy());
  });
  const listen = async (at: number): Promise<number> => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const shut = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const own = await listen(0);
  return {
    port: own,
    shut,
    async open() {
      if (!server.listening) await listen(own);
    },
    close: shut,
  };
}

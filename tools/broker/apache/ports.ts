// Free TCP ports. Kafka tells its clients where to connect, so it must know its ports before it listens.
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/**
 * Finds `count` different ports of 127.0.0.1 that nobody listens on at this moment. Somebody may take one before it is
 * used: whoever uses them has to be ready to try others.
 */
export async function findFreePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  try {
    // Held at the same time, so that they differ.
    return await Promise.all(
      servers.map(async (server) => {
        server.listen(0, '127.0.0.1');
        await once(server, 'listening');
        return (server.address() as AddressInfo).port;
      }),
    );
  } finally {
    await Promise.all(
      servers.map(async (server) => {
        server.close();
        await once(server, 'close');
      }),
    );
  }
}

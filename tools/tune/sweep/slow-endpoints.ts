// Local AWS endpoints that answer as late as those of a Region: a proxy on 127.0.0.1 before each, which holds every request back.
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { AwsEndpoints } from '../../aws/endpoints.ts';

/** Endpoints in front of `endpoints`; `close()` ends the proxies alone. */
export async function startSlowEndpoints(endpoints: AwsEndpoints, latencyMs: number): Promise<AwsEndpoints> {
  const proxies = new Map<string, Proxy>();
  for (const [name, url] of Object.entries(endpoints.environment))
    if (name.startsWith('AWS_ENDPOINT_URL') && !proxies.has(url))
      proxies.set(url, await startProxy(url, latencyMs));
  const environment = Object.fromEntries(
    Object.entries(endpoints.environment).map(([name, value]) => [name, proxies.get(value)?.url ?? value]),
  );
  return {
    ...endpoints,
    environment,
    close: async () =>
      void (await Promise.all([...proxies.values()].map(async ({ close }) => await close()))),
  };
}

interface Proxy {
  readonly url: string;
  readonly close: () => Promise<void>;
}

async function startProxy(target: string, latencyMs: number): Promise<Proxy> {
  const server = createServer((incoming, response) => {
    pass(incoming, response, { target, latencyMs }).catch((error: unknown) => {
      // The function's SDK tries again, as after any connection that was lost.
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function pass(
  incoming: IncomingMessage,
  response: ServerResponse,
  { target, latencyMs }: { readonly target: string; readonly latencyMs: number },
): Promise<void> {
  await delay(latencyMs);
  const { method, url = '/', headers } = incoming;
  const outgoing = request(new URL(url, target), { method, headers });
  incoming.pipe(outgoing);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  answer.pipe(response);
}

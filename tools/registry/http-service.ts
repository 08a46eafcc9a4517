// What both registries on this machine share: a JSON service on a port of 127.0.0.1 that counts its requests and can be
// told to fail.

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An answer: status and a JSON body. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A request as a service sees it. */
export interface Request {
  readonly method: string;
  /** Path without query, not decoded. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** The JSON body; undefined without one, or when it is not JSON. */
  readonly body: unknown;
}

/** What a service does while it is out of order: answer with a status, or accept and say nothing. */
export type Fault = { readonly status: number; readonly retryAfterSeconds?: number } | 'silent';

/** A running service. */
export interface HttpService {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Requests so far, as `GET /path`. */
  readonly requests: readonly string[];
  /** Puts the service out of order, or with undefined back in order. */
  setFault(fault: Fault | undefined): void;
  close(): Promise<void>;
}

const maxBodyBytes = 4 * 1024 * 1024;

/** Starts a service; `port` 0 takes any that is free. */
export async function startHttpService(
  contentType: string,
  handle: (request: Request) => Answer,
  port = 0,
): Promise<HttpService> {
  const requests: string[] = [];
  let fault: Fault | undefined;
  const server = createServer((incoming, response) => {
    const path = (incoming.url ?? '/').replace(/\?.*/, '');
    requests.push(`${incoming.method} ${path}`);
    if (fault === 'silent') {
      incoming.resume();
      return;
    }
    const reply = ({ status, body }: Answer, headers: Readonly<Record<string, string>> = {}): void => {
      response.writeHead(status, { 'content-type': contentType, ...headers });
      response.end(JSON.stringify(body));
    };
    if (fault !== undefined) {
      const { status, retryAfterSeconds: seconds } = fault;
      const body = { error_code: status, message: 'out of order' };
      reply({ status, body }, seconds === undefined ? {} : { 'retry-after': String(seconds) });
      return;
    }
    readBody(incoming)
      .then((body) =>
        reply(handle({ method: incoming.method ?? 'GET', path, headers: incoming.headers, body })),
      )
      .catch((error: unknown) => reply({ status: 500, body: { error_code: 500, message: String(error) } }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    setFault(next) {
      fault = next;
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function readBody(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new Error(`body of over ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined; // most requests have no body; those that need one say what is missing
  }
}

// The console's server: its page, its API and its stream, on 127.0.0.1. What may be asked is in guard.ts, what is answered in api.ts.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createGuard, type Guard } from './guard.ts';
import { loadPage, type PageFiles } from './page-files.ts';

/** What the API answers. */
export type Answer =
  | { readonly kind: 'json'; readonly status?: number; readonly body: unknown }
  | { readonly kind: 'document'; readonly type: string; readonly body: Buffer }
  | { readonly kind: 'stream'; readonly open: (response: ServerResponse) => void };

/** Answers a request that has the token. Undefined: there is nothing of that name. */
export type Api = (request: {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The body's JSON; undefined for a GET. */
  readonly body: unknown;
}) => Promise<Answer | undefined>;

/** The server, up until `close()`. */
export interface ConsoleServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** The page may load its own files and ask its own server, and nothing else. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A report brings its styles, and nothing that runs. */
const reportPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox";

const commonHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

const maxBodyBytes = 64 * 1024 * 1024;

/** Starts the server at `port`, or at a free one if that is taken. */
export async function startConsoleServer({
  port,
  token,
  api,
}: {
  readonly port: number;
  readonly token: string;
  readonly api: Api;
}): Promise<ConsoleServer> {
  let guard: Guard | undefined;
  let page: Promise<PageFiles> | undefined;
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // What went wrong is for the page; a line of it in the terminal might quote a record.
      const why = error instanceof Error ? error.message : String(error);
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: why });
    });
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const foreign = guard?.refuseForeign(request);
    if (foreign !== undefined) return sendJson(response, foreign.status, { error: foreign.error });
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (!url.pathname.startsWith('/api/')) {
      page ??= loadPage();
      const files = await page.catch((error: unknown) => {
        page = undefined;
        throw error;
      });
      return sendPage(request, response, files, url.pathname);
    }
    const stranger = guard?.refuseStranger(request, url);
    if (stranger !== undefined) return sendJson(response, stranger.status, { error: stranger.error });
    const { method = 'GET' } = request;
    const body = method === 'GET' ? undefined : await readBody(request);
    const made = await api({
      method,
      path: url.pathname.slice('/api'.length),
      query: url.searchParams,
      body,
    });
    sendAnswer(response, made);
  };
  const bound = await listen(server, port);
  guard = createGuard({ port: bound, token });
  return {
    port: bound,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listen(server: Server, wanted: number): Promise<number> {
  for (const port of [wanted, 0]) {
    server.listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    } catch (error) {
      if (port === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
  throw new Error('no port of 127.0.0.1 is free');
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  // Simple requests of forms cannot have this type, so a page elsewhere cannot send one without asking first.
  if (request.headers['content-type'] !== 'application/json') throw new TypeError('the body is not JSON');
  if (Number(request.headers['content-length'] ?? Infinity) > maxBodyBytes)
    throw new RangeError(`the body is larger than ${maxBodyBytes} bytes, or does not say how large it is`);
  try {
    return JSON.parse(await text(request)) as unknown;
  } catch {
    // The engine's message quotes the text.
    throw new TypeError('the body is not JSON');
  }
}

function sendAnswer(response: ServerResponse, answer: Answer | undefined): void {
  if (answer === undefined) return sendJson(response, 404, { error: 'there is nothing of that name' });
  switch (answer.kind) {
    case 'json':
      return sendJson(response, answer.status ?? 200, answer.body);
    case 'document':
      response.writeHead(200, {
        ...commonHeaders,
        'content-type': answer.type,
        'content-security-policy': reportPolicy,
      });
      response.end(answer.body);
      return;
    case 'stream':
      response.writeHead(200, { ...commonHeaders, 'content-type': 'text/event-stream' });
      answer.open(response);
      return;
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    ...commonHeaders,
    'content-type': 'application/json; charset=utf-8',
    'content-security-policy': policy,
  });
  response.end(JSON.stringify(body));
}

function sendPage(
  { headers, method }: IncomingMessage,
  response: ServerResponse,
  files: PageFiles,
  path: string,
): void {
  const file = method === 'GET' || method === 'HEAD' ? files.get(path) : undefined;
  if (file === undefined) return sendJson(response, 404, { error: 'there is nothing of that name' });
  const takesBrotli = /\bbr\b/.test(headers['accept-encoding'] ?? '');
  response.writeHead(200, {
    ...commonHeaders,
    'content-type': file.type,
    'content-security-policy': policy,
    // Names of assets have a digest of their content.
    'cache-control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-store',
    vary: 'accept-encoding',
    ...(takesBrotli && { 'content-encoding': 'br' }),
  });
  response.end(method === 'HEAD' ? undefined : takesBrotli ? file.brotli : file.body);
}

// The Lambda Runtime API for one sandbox: an HTTP server on 127.0.0.1. One invocation at a time, or several where the runtime asks for
// the next one before it has answered the last, as in worker threads.
// Its own file because it is the border to the function's process: everything that comes in is checked here. A token, which
// our runtime sends along, keeps out whatever else runs on this machine, other functions and web pages among it.
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { maxEventBytes } from '../batch-builder.ts';

/** What the runtime sends with `next`. */
export interface RuntimeInvocation {
  readonly requestId: string;
  /** JSON. */
  readonly event: string;
  /** Epoch milliseconds. */
  readonly deadlineMs: number;
  readonly functionArn: string;
  readonly traceId: string;
}

/** A function's error as the runtime reported it. */
export interface RuntimeFailure {
  readonly errorType: string;
  readonly errorMessage: string;
  /** Lines of its stack, at most a hundred. */
  readonly trace: readonly string[];
}

/** What the function's process says. */
export interface RuntimeApiEvents {
  /** It is ready for an invocation; an ordinary runtime is so again only after `deliver`. */
  readonly onNext: () => void;
  /** JSON text of the handler's result. */
  readonly onResponse: (requestId: string, body: string) => void;
  readonly onError: (requestId: string, failure: RuntimeFailure) => void;
  readonly onInitError: (failure: RuntimeFailure) => void;
}

/** A running Runtime API. */
export interface RuntimeApi {
  /** `127.0.0.1:port`, the value of AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  /** What every request has to have in the header `tokenHeader`. */
  readonly token: string;
  /** Request id of the last invocation delivered; its output may still be on the way when it has answered. */
  readonly current: () => string | undefined;
  /** Answers the `next` that waits longest with an invocation; once for each `onNext`. */
  readonly deliver: (invocation: RuntimeInvocation) => void;
  readonly close: () => Promise<void>;
}

const maxTraceLines = 100;

const prefix = '/2018-06-01/runtime';

/** The header of the token, in lower case. */
export const tokenHeader = 'x-tailrace-token';

/**
 * Starts the API on a free port of 127.0.0.1. With `asksForToken: false` it answers any process of this machine: AWS's own runtime client
 * knows of no token.
 */
export async function startRuntimeApi(
  events: RuntimeApiEvents,
  { asksForToken = true }: { readonly asksForToken?: boolean } = {},
): Promise<RuntimeApi> {
  const waiting: ServerResponse[] = [];
  const open = new Set<string>();
  let current: string | undefined;
  const token = randomBytes(16).toString('hex');

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, url = '', headers } = request;
    if (asksForToken && headers[tokenHeader] !== token) {
      answer(response, 403, { errorType: 'Forbidden', errorMessage: 'this API is for its function alone' });
      return;
    }
    const call = `${method} ${url}`;
    if (call === `GET ${prefix}/invocation/next`) {
      waiting.push(response);
      events.onNext();
      return;
    }
    if (call === `POST ${prefix}/init/error`) {
      const failure = readFailure((await readBody(request)).text);
      answer(response, 202);
      events.onInitError(failure);
      return;
    }
    const match = /^POST \/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/.exec(call);
    const { text, bytes } = await readBody(request);
    const requestId = match?.[1];
    if (match === null || requestId === undefined) {
      answer(response, 404, { errorType: 'NotFound', errorMessage: call });
    } else if (!open.delete(requestId)) {
      answer(response, 400, { errorType: 'InvalidRequestID', errorMessage: 'Invalid request ID' });
    } else if (match[2] === 'error') {
      answer(response, 202);
      events.onError(requestId, readFailure(text));
    } else if (bytes > maxEventBytes) {
      const errorMessage = `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${maxEventBytes} bytes).`;
      answer(response, 413, { errorType: 'RequestEntityTooLarge', errorMessage });
      events.onError(requestId, { errorType: 'Function.ResponseSizeTooLarge', errorMessage, trace: [] });
    } else {
      answer(response, 202);
      events.onResponse(requestId, text);
    }
  };

  const server = createServer((request, response) => {
    // Only a broken connection gets here: the process on the other side has died, and its exit tells more.
    handle(request, response).catch(() => response.destroy());
  });
  // A sandbox may stay idle for as long as nobody produces; the runtime's connection must survive that.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });

  return {
    address: `127.0.0.1:${port}`,
    token,
    current: () => current,
    deliver(invocation) {
      current = invocation.requestId;
      open.add(current);
      const next = waiting.shift();
      const event = Buffer.from(invocation.event);
      next?.writeHead(200, {
        'content-type': 'application/json',
        'content-length': event.length,
        'lambda-runtime-aws-request-id': invocation.requestId,
        'lambda-runtime-deadline-ms': String(invocation.deadlineMs),
        'lambda-runtime-invoked-function-arn': invocation.functionArn,
        'lambda-runtime-trace-id': invocation.traceId,
      });
      next?.end(event);
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

// Counts all bytes but keeps no more than an answer may have: a function must not be able to fill the runner's memory.
async function readBody(
  request: IncomingMessage,
): Promise<{ readonly text: string; readonly bytes: number }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxEventBytes) chunks.push(chunk);
  }
  return { text: bytes > maxEventBytes ? '' : Buffer.concat(chunks).toString(), bytes };
}

function readFailure(text: string): RuntimeFailure {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // A runtime that cannot even say what failed has still failed.
    body = undefined;
  }
  const { errorType, errorMessage, trace } = (body ?? {}) as Partial<Record<keyof RuntimeFailure, unknown>>;
  return {
    errorType: typeof errorType === 'string' ? errorType : 'Runtime.Unknown',
    errorMessage: typeof errorMessage === 'string' ? errorMessage : '',
    trace: Array.isArray(trace) ? trace.slice(0, maxTraceLines).map(String) : [],
  };
}

function answer(response: ServerResponse, status: number, body: object = { status: 'OK' }): void {
  const text = JSON.stringify(body);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  response.writeHead(status, headers);
  response.end(text);
}

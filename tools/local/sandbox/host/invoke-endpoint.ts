// Lambda's Invoke API in front of sandboxes here, so that an SDK, the AWS CLI or a redrive can call a function by name. Source: Lambda API
// reference, Invoke; error shapes by its service model.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { FunctionHost } from './function-host.ts';

/** The endpoint, up until `close()`. */
export interface InvokeEndpoint {
  /** For `AWS_ENDPOINT_URL_LAMBDA`. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

const invokePath = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/** Starts the endpoint on 127.0.0.1; `hosts` are functions by name. Closing it closes no host. */
export async function startInvokeEndpoint(hosts: ReadonlyMap<string, FunctionHost>): Promise<InvokeEndpoint> {
  const server = createServer((request, response) => {
    answer(request, response, hosts).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  hosts: ReadonlyMap<string, FunctionHost>,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '', 'http://localhost');
  const name = decodeURIComponent(invokePath.exec(pathname)?.[1] ?? '');
  // A name, a name with a qualifier, or an ARN.
  const host = hosts.get(name) ?? hosts.get(name.split(':').find((part) => hosts.has(part)) ?? '');
  if (request.method !== 'POST' || host === undefined)
    return refuse(response, 404, {
      type: 'ResourceNotFoundException',
      message: `Function not found: ${name}`,
    });
  const kind = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (kind !== 'RequestResponse')
    return refuse(response, 400, {
      type: 'InvalidParameterValueException',
      message: `invocation type ${String(kind)} is not supported here, expected RequestResponse`,
    });
  const { result, requestId } = await host.invoke({ event: await text(request) });
  const headers = {
    'Content-Type': 'application/json',
    'X-Amz-Executed-Version': '$LATEST',
    'x-amzn-RequestId': requestId,
  };
  if (result.kind === 'response') response.writeHead(200, headers).end(result.body);
  else if (result.kind === 'unavailable')
    refuse(response, 500, { type: 'ServiceException', message: result.errorMessage });
  else
    response
      .writeHead(200, { ...headers, 'X-Amz-Function-Error': 'Unhandled' })
      .end(JSON.stringify({ errorType: result.errorType, errorMessage: result.errorMessage }));
}

function refuse(
  response: ServerResponse,
  status: number,
  { type, message }: { readonly type: string; readonly message: string },
): void {
  response
    .writeHead(status, { 'Content-Type': 'application/json', 'x-amzn-errortype': type })
    .end(JSON.stringify({ Type: 'User', Message: message, message }));
}

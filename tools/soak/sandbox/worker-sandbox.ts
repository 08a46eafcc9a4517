// A function on Lambda Managed Instances that is soaked: several invocations at once in the worker threads of AWS's own runtime client, with
// an inspector in each thread. Its own file beside warm-sandbox.ts because here invocations share a process and nothing waits for them.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { startWorkerHost, type WorkerHost } from '../../local/sandbox/host/worker-host.ts';
import { ensureRic } from '../../setup/ric.ts';
import { SoakError } from '../error.ts';
import { createInspector, type Inspector } from './inspector.ts';
import { toThreads } from './managed-instances.ts';
import type { WarmSandbox, WarmSandboxOptions } from './warm-sandbox.ts';

type Inspectors = WarmSandbox['inspectors'];

const initLimitMs = 60_000;

/**
 * Starts the function with so many invocations at once, 2..64.
 * @throws {SoakError} `RUNTIME` where AWS's runtime client cannot be compiled, `FUNCTION` when not every thread comes up.
 */
export async function startWorkerSandbox(
  options: WarmSandboxOptions,
  concurrency: number,
): Promise<WarmSandbox> {
  const { fn, endpoints, signal } = options;
  const ric = await ensureRic({ signal, ...(options.onNotice && { onProgress: options.onNotice }) });
  if (ric.kind === 'missing') throw new SoakError('RUNTIME', ric.reason);
  await using parts = new AsyncDisposableStack();
  const threads = toThreads(concurrency);
  const { inspectors, port, token, close } = await listen(threads);
  parts.defer(close);
  const host = await startWorkerHost({
    fn,
    ric: ric.entry,
    threads,
    concurrency,
    accountId: endpoints.accountId,
    region: endpoints.region,
    endpoints: endpoints.environment,
    inspectors: { port, token },
    onLog(stream, line) {
      if (stream !== 'platform') options.onLog?.(line);
    },
  });
  parts.defer(async () => await host.close());
  const failure = await startedWithin(host, inspectors, signal);
  signal.throwIfAborted();
  if (failure !== undefined)
    throw new SoakError('FUNCTION', `function ${fn.name} does not start: ${failure}; --logs shows more`);
  const rest = parts.move();
  return {
    inspectors: await inspectors,
    invoke: async (event) => await host.invoke({ event }),
    ended: host.ended,
    close: async () => await rest.disposeAsync(),
  };
}

async function startedWithin(
  { started }: WorkerHost,
  inspectors: Promise<Inspectors>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const attached = async (): Promise<string | undefined> => {
    const failure = await started;
    if (failure === undefined) await inspectors;
    return failure;
  };
  const late = Promise.withResolvers<string>();
  const give = (): void => late.resolve('it takes too long');
  const timer = setTimeout(give, initLimitMs);
  signal.addEventListener('abort', give);
  try {
    return await Promise.race([attached(), late.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', give);
  }
}

/** Listens for the inspectors of so many threads. */
async function listen(threads: number): Promise<{
  readonly inspectors: Promise<Inspectors>;
  readonly port: number;
  readonly token: string;
  readonly close: () => Promise<void>;
}> {
  const token = randomBytes(16).toString('hex');
  const all = Promise.withResolvers<Inspectors>();
  const found: Inspector[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    attach(socket, token, (inspector) => {
      const [first, ...others] = [...found, inspector];
      if (found.push(inspector) === threads) all.resolve([first, ...others]);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    inspectors: all.promise,
    port: (server.address() as AddressInfo).port,
    token,
    close: async () => await closeAll(server, sockets),
  };
}

/** Makes an inspector of a connection that has said the token; any other is closed. */
function attach(socket: Socket, token: string, onReady: (inspector: Inspector) => void): void {
  const { inspector, onMessage, onClose } = createInspector({
    isOpen: () => socket.writable,
    send: (text) => void socket.write(`${text}\n`),
    close: () => socket.destroy(),
  });
  let isKnown = false;
  socket.on('close', onClose);
  // A process that is killed resets its connections; `close` follows.
  socket.on('error', () => {});
  createInterface({ input: socket }).on('line', (line) => {
    if (isKnown) onMessage(line);
    else if (line === token) {
      isKnown = true;
      onReady(inspector);
    } else socket.destroy();
  });
}

async function closeAll(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, 'close');
}

// Runs one asset under the local runtime, or under AWS's own, behind the same Runtime API, and keeps what is seen from outside:
// each call with its error type and body, the log, the way the process ended. Its own file beside its one test.
import { toLambdaFunction } from '../../../support/lambda-function.ts';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lambdaEnvironment, nodeFlags } from '../../../../tools/local/sandbox/process/lambda-environment.ts';
import {
  startRuntimeApi,
  tokenHeader,
  type RuntimeApi,
} from '../../../../tools/local/sandbox/runtime-api.ts';
import { createSignals } from '../../../../tools/local/sandbox/sandbox-signals.ts';

/** What to run. */
export interface RicCase {
  /** Files of the asset, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Default `index.handler`. */
  readonly handler?: string;
  /** Events as JSON text, one after another. Default one, `{}`. */
  readonly events?: readonly string[];
  readonly logFormat?: 'Text' | 'JSON';
}

/** What was seen of it. */
export interface RicRun {
  /** Calls but `next`, in order. */
  readonly calls: readonly RicCall[];
  /** Lines in Lambda's own format, without times. */
  readonly log: readonly string[];
  /** How it ended by itself; undefined if it was ready for more. */
  readonly end: string | undefined;
}

/** One call of the Runtime API. */
export interface RicCall {
  readonly path: string;
  readonly contentType: string | undefined;
  readonly errorType: string | undefined;
  readonly status: number;
  /** Parsed, or its length where it is long. */
  readonly body: unknown;
}

/** The local runtime's program and its arguments. */
const localRuntime: readonly string[] = [
  fileURLToPath(new URL('../../../../tools/local/sandbox/bootstrap/bootstrap.mjs', import.meta.url)),
  import.meta.url,
];

/** Runs the case under both at once, in one folder; `entry` is that of AWS's own runtime. */
export async function runCase(
  ricCase: RicCase,
  entry: string,
): Promise<{ readonly ours: RicRun; readonly theirs: RicRun }> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'tailrace-ric-')));
  const asset = join(folder, 'asset');
  try {
    for (const [path, text] of Object.entries(ricCase.files)) {
      await mkdir(dirname(join(asset, path)), { recursive: true });
      await writeFile(join(asset, path), text);
    }
    const [ours, theirs] = await Promise.all([
      runIn({ runtime: localRuntime, ricCase, asset, logFile: join(folder, 'ours') }),
      runIn({ runtime: [entry], ricCase, asset, logFile: join(folder, 'theirs') }),
    ]);
    return { ours, theirs };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Place {
  readonly runtime: readonly string[];
  readonly ricCase: RicCase;
  readonly asset: string;
  readonly logFile: string;
}

async function runIn({ runtime, ricCase, asset, logFile }: Place): Promise<RicRun> {
  const { events = ['{}'] } = ricCase;
  const signals = createSignals();
  const api = await startRuntimeApi({
    onNext: () => signals.push({ kind: 'next' }),
    onResponse: (_id, body) => signals.push({ kind: 'response', body }),
    onError: (_id, failure) => signals.push({ kind: 'error', failure }),
    onInitError: (failure) => signals.push({ kind: 'initError', failure }),
  });
  const recorder = await startRecorder(api);
  // One file for both streams keeps their order; Lambda has one log, too.
  const log = openSync(logFile, 'w');
  const child = spawn(process.execPath, [...nodeFlags(128), ...runtime], {
    cwd: asset,
    env: lambdaEnvironment({
      fn: toLambdaFunction('probe', {
        assetPath: asset,
        handler: ricCase.handler ?? 'index.handler',
        timeoutSeconds: 10,
        environment: { MINE: 'yes' },
        logFormat: ricCase.logFormat ?? 'Text',
      }),
      runtimeApi: recorder.address,
      sandboxId: '0'.repeat(32),
      region: 'us-east-1',
      endpoints: {},
    }),
    stdio: ['ignore', log, log, 'pipe'],
  });
  closeSync(log);
  let end: string | undefined;
  const watchEnd = async (): Promise<void> => {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    end = signal === null ? `exit ${code}` : `signal ${signal}`;
    signals.push({ kind: 'ended', end: { how: end, isOutOfMemory: false } });
  };
  const ended = watchEnd();
  try {
    for (const [index, event] of [...events, undefined].entries()) {
      let signal = await signals.next(10_000);
      while (signal.kind === 'response' || signal.kind === 'error') signal = await signals.next(10_000);
      assert.notEqual(signal.kind, 'timeout', 'the runtime asks for an event, or ends, within 10 s');
      if (signal.kind === 'initError') await ended;
      if (signal.kind !== 'next' || event === undefined) break;
      const requestId = `00000000-0000-4000-8000-00000000000${index}`;
      const traceId = 'Root=1-00000000-000000000000000000000000;Sampled=0';
      const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:probe';
      api.deliver({ requestId, event, deadlineMs: Date.now() + 10_000, functionArn, traceId });
    }
    const seen = { calls: recorder.calls, log: readLog(logFile), end };
    return JSON.parse(JSON.stringify(seen).replaceAll(recorder.address, '<api>')) as RicRun;
  } finally {
    if (end === undefined) child.kill('SIGKILL');
    await ended;
    await recorder.close();
    await api.close();
  }
}

/** Passes every call on to the Runtime API, and writes down what the runtime has said. */
async function startRecorder({ address, token }: RuntimeApi): Promise<{
  readonly address: string;
  readonly calls: readonly RicCall[];
  readonly close: () => Promise<void>;
}> {
  const calls: RicCall[] = [];
  const [host, port] = address.split(':');
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse, body: Buffer): void => {
    const { method, url } = incoming;
    // AWS's own runtime knows of no token.
    const headers = { ...incoming.headers, [tokenHeader]: token };
    const further = request({ host, port, method, path: url, headers, agent: false }, (answer) => {
      if (method === 'POST') calls.push(toCall(incoming, body, answer.statusCode ?? 0));
      // Whether the recorder's own connection to the API goes on is nothing to the runtime.
      const { connection: _, ...passed } = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 0, passed);
      answer.pipe(outgoing);
    });
    further.on('error', () => outgoing.destroy());
    further.end(body);
  };
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => pass(incoming, outgoing, Buffer.concat(chunks)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function toCall({ url = '', headers }: IncomingMessage, body: Buffer, status: number): RicCall {
  const errorType = headers['lambda-runtime-function-error-type'];
  return {
    path: url,
    contentType: headers['content-type'],
    errorType: Array.isArray(errorType) ? errorType.join() : errorType,
    status,
    body: body.length > 100_000 ? body.length : withoutFrames(JSON.parse(body.toString())),
  };
}

/** A stack has the runtime's own frames and files in it: those of the asset alone are compared. */
function withoutFrames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutFrames).filter((line) => line !== '');
  if (typeof value === 'string') {
    return value
      .replaceAll(/(?:^|\n) +at (?!.*\/asset\/).*/g, '')
      .replaceAll(/\n- (?!.*\/asset\/).*/g, '')
      .replaceAll(/(?<=^|\n)- (?!.*\/asset\/).*/g, '')
      .replaceAll('at BufferedInvokeProcessor.handler ', 'at handler ');
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutFrames(each)]));
}

function readLog(file: string): readonly string[] {
  return readFileSync(file, 'utf8')
    .replaceAll(/\0END .*\n/g, '')
    .split('\n')
    .map((line) => line.replaceAll(/\d{4}-\d\d-\d\dT\S+?Z/g, '<time>'))
    .filter((line) => line.includes('<time>'))
    .map((line) => {
      const [head = '', json] = line.split(/(?<=Error \t)(?=\{)/);
      if (line.startsWith('{')) return JSON.stringify(withoutFrames(JSON.parse(line)));
      return json === undefined ? line : head + JSON.stringify(withoutFrames(JSON.parse(json)));
    });
}

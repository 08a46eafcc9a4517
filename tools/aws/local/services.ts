// The servers behind the local AWS endpoints, in one process, on 127.0.0.1 only, with their data in one folder.
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buildApp } from 'fauxqs';
import { startGlueEndpoint } from '../../registry/glue-endpoint.ts';
import type { Guard } from '../permissions/guard.ts';
import { startMissingServiceEndpoint } from '../missing-service.ts';
import { createDiskQueues } from './disk-queues.ts';
import { createObjectStore, loadFauxqs } from './fauxqs-stores.ts';
import { openMessageFile } from './message-file.ts';

/** Where the servers listen, as `http://127.0.0.1:<port>`. */
export interface ServiceUrls {
  /** S3, SQS, SNS and STS. */
  readonly fauxqs: string;
  readonly dynamo: string;
  readonly glue: string;
  /** Answers every other service with an error. */
  readonly missing: string;
}

/** The running servers. */
export interface Services {
  readonly urls: ServiceUrls;
  /** Copies what a queue has got since the start to a queue of its own, whose name it gives. */
  readonly copyQueue: (name: string) => string;
}

/** Starts them; `guard` is asked about each call before it is done. They end with their process. */
export async function startServices(
  folder: string,
  { region, guard }: { readonly region: string; readonly guard: Guard },
): Promise<Services> {
  mkdirSync(folder, { recursive: true });
  const classes = await loadFauxqs();
  const file = openMessageFile(join(folder, 'messages.sqlite'));
  const startedAt = file.lastSeq();
  const queues = createDiskQueues(classes, file);
  const app = buildApp({
    logger: false,
    defaultRegion: region,
    stores: {
      sqsStore: queues.store,
      snsStore: new classes.SnsStore(),
      s3Store: await createObjectStore(classes, join(folder, 'objects')),
    },
  });
  app.addHook('preHandler', (request, reply, done) => {
    const { method, url, headers, body } = request;
    const refusal = guard.check({ method, url, headers, body });
    if (refusal === undefined) return done();
    void reply.code(refusal.status).headers(refusal.headers).send(refusal.body);
  });
  const fauxqs = await app.listen({ port: 0, host: '127.0.0.1' });
  queues.restore(Number(new URL(fauxqs).port), region);
  const dynamo = await startDynamo(join(folder, 'tables'), guard);
  const glue = await startGlueEndpoint(0, region);
  const missing = await startMissingServiceEndpoint([
    'S3',
    'SQS',
    'SNS',
    'DynamoDB',
    "Glue's Schema Registry",
    'STS',
  ]);
  return {
    urls: { fauxqs, dynamo, glue: glue.url, missing: missing.url },
    copyQueue: (name) => queues.copy(name, startedAt),
  };
}

interface DynaliteOptions {
  readonly path: string;
  readonly createTableMs: number;
  readonly deleteTableMs: number;
  readonly updateTableMs: number;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function startDynamo(path: string, guard: Guard): Promise<string> {
  // dynalite is CommonJS without type declarations; it makes a plain node:http server.
  const dynalite = createRequire(import.meta.url)('dynalite') as (options: DynaliteOptions) => Server;
  const server = dynalite({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const [answer] = server.listeners('request') as Handler[];
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const forward = async (): Promise<void> => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method = '', url = '', headers } = request;
      const refusal = guard.check({ method, url, headers, body: Buffer.concat(chunks) });
      if (refusal !== undefined) {
        response.writeHead(refusal.status, refusal.headers).end(refusal.body);
        return;
      }
      const whole = Object.assign(Readable.from(chunks), { method, url, headers });
      answer?.(whole as unknown as IncomingMessage, response);
    };
    forward().catch(() => response.destroy()); // the caller has gone away
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

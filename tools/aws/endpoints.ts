// S3, SQS, SNS, DynamoDB and Glue's Schema Registry on this machine: fauxqs, dynalite and an endpoint of ours in-process, in memory, on 127.0.0.1 only. A function's
// SDK finds them by environment variables alone, so the deployed code runs here unchanged. Any other service is answered with
// an error that names it.
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { buildApp } from 'fauxqs';
import { startGlueEndpoint } from '../registry/glue-endpoint.ts';
import { startMissingServiceEndpoint } from './missing-service.ts';

/** The local AWS endpoints, up until `close()`. */
export interface AwsEndpoints {
  /**
   * Variables that lead any AWS SDK v3 client here: endpoint per service, region, and credentials that are valid
   * nowhere else. `AWS_ENDPOINT_URL` sends every other service to an endpoint that says there is none: nothing leaves the machine.
   */
  readonly environment: Readonly<Record<string, string>>;
  /** Twelve digits, as in ARNs. */
  readonly accountId: string;
  readonly region: string;
  /** Stops the servers, dropping open connections and all data; a second call does nothing. */
  close(): Promise<void>;
}

const accountId = '000000000000'; // fixed in fauxqs
const region = 'us-east-1';

/**
 * Starts the local AWS endpoints on free ports (typically 0.3 s); they keep their data in this process's memory.
 *
 * What they lack against AWS (fauxqs 2.4.1, dynalite 4.0.0; each tried): one HTTP request takes at most 11 MiB (use
 * multipart above); S3 ignores `If-None-Match` on PutObject and forgets `Content-Encoding`; no IAM, encryption or lifecycle;
 * a FIFO queue deduplicates over the queue whatever its scope, remembers the latest 10,000 identifiers, and hands out
 * one message per group and receive; DynamoDB has no transactions and no TTL.
 */
export async function startAwsEndpoints(): Promise<AwsEndpoints> {
  await admitAstralCharacters();
  const parts = new AsyncDisposableStack();
  try {
    // Not fauxqs's startFauxqs(): it listens on 0.0.0.0.
    const app = buildApp({ logger: false, defaultRegion: region });
    parts.defer(async () => await app.close());
    const fauxqsUrl = await app.listen({ port: 0, host: '127.0.0.1' });
    const dynalite = createDynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
    dynalite.listen(0, '127.0.0.1');
    await once(dynalite, 'listening');
    parts.defer(async () => await closeServer(dynalite));
    const dynamoUrl = `http://127.0.0.1:${(dynalite.address() as AddressInfo).port}`;
    const glue = await startGlueEndpoint(0, region);
    parts.defer(async () => await glue.close());
    const services = ['S3', 'SQS', 'SNS', 'DynamoDB', "Glue's Schema Registry", 'STS'];
    const missing = await startMissingServiceEndpoint(services);
    parts.defer(missing.close);
    return {
      accountId,
      region,
      environment: toEnvironment({ fauxqsUrl, dynamoUrl, glueUrl: glue.url, missingUrl: missing.url }),
      close: async () => await parts.disposeAsync(),
    };
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}

function toEnvironment({
  fauxqsUrl,
  dynamoUrl,
  glueUrl,
  missingUrl,
}: Readonly<Record<'fauxqsUrl' | 'dynamoUrl' | 'glueUrl' | 'missingUrl', string>>): Readonly<
  Record<string, string>
> {
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: 'tailrace',
    AWS_SECRET_ACCESS_KEY: 'tailrace',
    AWS_ENDPOINT_URL: missingUrl,
    AWS_ENDPOINT_URL_S3: fauxqsUrl,
    AWS_ENDPOINT_URL_SQS: fauxqsUrl,
    AWS_ENDPOINT_URL_SNS: fauxqsUrl,
    AWS_ENDPOINT_URL_STS: fauxqsUrl,
    AWS_ENDPOINT_URL_DYNAMODB: dynamoUrl,
    AWS_ENDPOINT_URL_GLUE: glueUrl,
    // The user's own profiles and instance roles have no say here.
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
}

// SQS takes U+10000..U+10FFFF, emoji for one, in a message body. fauxqs 2.4.1 tests bodies by UTF-16 unit and refuses them
// with InvalidMessageContents; its pattern is one shared object, corrected here in place.
async function admitAstralCharacters(): Promise<void> {
  const url = new URL('sqs/sqsTypes.js', import.meta.resolve('fauxqs')).href;
  const { INVALID_MESSAGE_BODY_CHAR: pattern } = (await import(url)) as { INVALID_MESSAGE_BODY_CHAR: RegExp };
  const refused = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
  pattern.test = (text) => refused.test(text);
}

interface DynaliteOptions {
  readonly createTableMs: number;
  readonly deleteTableMs: number;
  readonly updateTableMs: number;
}

// dynalite is CommonJS without type declarations; it makes a plain node:http server.
function createDynalite(options: DynaliteOptions): Server {
  const dynalite = createRequire(import.meta.url)('dynalite') as (options: DynaliteOptions) => Server;
  return dynalite(options);
}

async function closeServer(server: Server): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.close((error) => (error === undefined || error === null ? resolve() : reject(error)));
  // SDK clients keep connections open; close() alone would wait for them.
  server.closeAllConnections();
  await promise;
}

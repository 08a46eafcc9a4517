// S3, SQS, SNS, DynamoDB and Glue's Schema Registry on this machine: fauxqs, dynalite and an endpoint of ours in a process of their
// own, their data on disk, on 127.0.0.1 only. A function's SDK finds them by environment variables alone, so the deployed code runs
// here unchanged. Any other service is answered with an error that names it.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createTemporaryFolder } from '../temporary-folder.ts';
import type { ServiceUrls } from './local/services.ts';
import type { Denial } from './permissions/guard.ts';
import type { Permissions } from './permissions/permissions.ts';

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
  /** Stops the servers, dropping open connections, and data that is not kept; a second call does nothing. */
  close(): Promise<void>;
}

/** Those that are started here. */
export interface LocalEndpoints extends AwsEndpoints {
  /** Operating system's id of their process, for reports. */
  readonly processId: number;
  /** From now on denies what these do not allow; who has other credentials may do everything, as everybody may at first. */
  readonly permit: (permissions: Permissions) => Promise<void>;
  /** What has been denied so far, each action and resource of a caller once. */
  readonly denials: () => Promise<readonly Denial[]>;
  /** Copies what a queue has got since the start to a queue of its own, whose name it gives: reading takes nothing from the first. */
  readonly copyQueue: (name: string) => Promise<string>;
}

/** How to start them. */
export interface AwsEndpointsOptions {
  /** Folder that keeps their data. Default: one that is removed by `close()`. */
  readonly folder?: string;
  /** Told of each denial of an action and resource, the first time. Default: nobody. */
  readonly onDenied?: (denial: Denial) => void;
}

/** What the endpoints' process is asked. */
export type Question = { readonly id: number } & (
  | { readonly kind: 'permit'; readonly permissions: Permissions }
  | { readonly kind: 'copy'; readonly queue: string }
  | { readonly kind: 'sync' }
);

/** What the endpoints' process says. */
export type Answer =
  | { readonly kind: 'ready'; readonly urls: ServiceUrls }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'done'; readonly id: number; readonly name: string }
  | { readonly kind: 'denied'; readonly denial: Denial };

type Ask = { readonly [Kind in Question['kind']]: Omit<Extract<Question, { kind: Kind }>, 'id'> };

const accountId = '000000000000'; // fixed in fauxqs
const region = 'us-east-1';
const startTimeoutMs = 30_000;

/**
 * Starts the local AWS endpoints on free ports (typically 0.6 s).
 *
 * What they lack against AWS (fauxqs 2.4.1, dynalite 4.0.0; each tried): one HTTP request takes at most 11 MiB (use
 * multipart above); S3 ignores `If-None-Match` on PutObject and forgets `Content-Encoding`; no encryption or lifecycle;
 * a FIFO queue deduplicates over the queue whatever its scope, and remembers the latest 10,000 identifiers; DynamoDB has no
 * transactions and no TTL.
 *
 * @throws {Error} when their process does not come up
 */
export async function startAwsEndpoints(options: AwsEndpointsOptions = {}): Promise<LocalEndpoints> {
  const temporary = options.folder === undefined ? await createTemporaryFolder('aws') : undefined;
  const child = startProcess(options.folder ?? temporary?.path ?? '');
  const denials = new Map<string, Denial>();
  let asked = 0;
  const waiting = new Map<number, PromiseWithResolvers<string>>();
  const ready = Promise.withResolvers<ServiceUrls>();
  child.on('message', (answer: Answer) => {
    if (answer.kind === 'ready') ready.resolve(answer.urls);
    else if (answer.kind === 'failed') ready.reject(new Error(`no AWS endpoints: ${answer.reason}`));
    else if (answer.kind === 'done') waiting.get(answer.id)?.resolve(answer.name);
    else {
      const { caller, action, resource, reason } = answer.denial;
      const key = JSON.stringify([caller, action, resource, reason]);
      if (!denials.has(key)) options.onDenied?.(answer.denial);
      denials.set(key, answer.denial);
    }
  });
  const ended = once(child, 'exit');
  const fail = (error: Error): void => {
    ready.reject(error);
    for (const each of waiting.values()) each.reject(error);
  };
  child.once('error', fail);
  child.once('exit', (code, signal) =>
    fail(new Error(`the AWS endpoints' process ended with ${signal ?? `exit code ${code}`}`)),
  );
  const ask = async (question: Ask[Question['kind']]): Promise<string> => {
    const id = (asked += 1);
    const answered = Promise.withResolvers<string>();
    waiting.set(id, answered);
    child.send({ ...question, id }, (error) => error && answered.reject(error));
    return await answered.promise.finally(() => waiting.delete(id));
  };
  let closing: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    // Nothing in there waits to be written, and open connections would hold an orderly end up.
    if (child.pid !== undefined && child.kill('SIGKILL')) await ended;
    await temporary?.remove();
  };
  const close = (): Promise<void> => (closing ??= closeAll());
  const timer = setTimeout(
    () => ready.reject(new Error(`no AWS endpoints after ${startTimeoutMs} ms`)),
    startTimeoutMs,
  );
  try {
    const urls = await ready.promise;
    return {
      accountId,
      region,
      processId: child.pid ?? 0,
      environment: toEnvironment(urls),
      permit: async (permissions) => void (await ask({ kind: 'permit', permissions })),
      async denials() {
        // What was denied before is on its way before the answer.
        await ask({ kind: 'sync' });
        return [...denials.values()];
      },
      copyQueue: async (queue) => await ask({ kind: 'copy', queue }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function startProcess(folder: string): ChildProcess {
  const script = fileURLToPath(new URL('local/endpoints-process.ts', import.meta.url));
  return fork(script, [folder, region], {
    // dynalite reads account and Region from these; the user's own must not reach it.
    env: {
      ...process.env,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCOUNT_ID: accountId,
      // glibc would keep an arena for each thread of LevelDB and Node, with what was freed in it.
      MALLOC_ARENA_MAX: '2',
    },
    // fauxqs and we use node:sqlite, which Node 24 calls experimental.
    execArgv: ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=4'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

function toEnvironment({ fauxqs, dynamo, glue, missing }: ServiceUrls): Readonly<Record<string, string>> {
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: 'tailrace',
    AWS_SECRET_ACCESS_KEY: 'tailrace',
    AWS_ENDPOINT_URL: missing,
    AWS_ENDPOINT_URL_S3: fauxqs,
    AWS_ENDPOINT_URL_SQS: fauxqs,
    AWS_ENDPOINT_URL_SNS: fauxqs,
    AWS_ENDPOINT_URL_STS: fauxqs,
    AWS_ENDPOINT_URL_DYNAMODB: dynamo,
    AWS_ENDPOINT_URL_GLUE: glue,
    // The user's own profiles and instance roles have no say here.
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
}

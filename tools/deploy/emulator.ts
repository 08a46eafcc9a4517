// The AWS that a stack is deployed to on this machine: MiniStack, a process of its own on 127.0.0.1 with nothing of the
// user's environment, gone with its data when it is closed or when this process dies.

import { spawn } from 'node:child_process';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { AwsEndpoints } from '../aws/endpoints.ts';
import { findFreePorts } from '../broker/apache/ports.ts';
import { hireJanitor } from '../local/sandbox/process/orphan-reaper.ts';
import { hostAddonPath } from '../local/sandbox/process/lambda-environment.ts';
import { ensurePythonTool } from '../setup/python.ts';
import { keepTail, killGroup, watchEnd } from './child.ts';
import { createTemporaryFolder } from '../temporary-folder.ts';
import { DeployError } from './error.ts';

/** A running MiniStack. */
export interface Emulator extends AwsEndpoints {
  /** Where it answers for every service, without a slash at the end. */
  readonly url: string;
  /** For what belongs to this deployment; it goes with the emulator. */
  readonly folder: string;
  /** Operating system's id of its process, which leads a process group. */
  readonly processId: number;
  /** Rejects when it ends before `close()`; never resolves. */
  readonly failed: Promise<never>;
  /** CloudFormation's resource types that it knows; a stack with any other one fails. */
  readonly resourceTypes: ReadonlySet<string>;
}

/** How to start. */
export interface EmulatorOptions {
  /** Told when MiniStack has to be fetched first. */
  readonly onProgress?: (message: string) => void;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
}

const accountId = '000000000000'; // MiniStack's, for credentials that name no account
const region = 'us-east-1';
const startTimeoutMs = 120_000; // 3 s on an idle machine; the first start compiles its Python as well

/**
 * Starts MiniStack on a free port, after fetching it when it is not there yet.
 *
 * @throws DeployError `EMULATOR_MISSING`, `EMULATOR_FAILED`; PythonToolError; the signal's reason
 */
export async function startEmulator({ onProgress, signal }: EmulatorOptions = {}): Promise<Emulator> {
  const tool = await ensurePythonTool('ministack', {
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  });
  if (tool.kind === 'missing') throw new DeployError('EMULATOR_MISSING', tool.reason);
  const { path: folder } = await createTemporaryFolder('deploy');
  await provideSdk(folder);
  const [port = 0] = await findFreePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(tool.program, [], {
    cwd: folder,
    env: toProcessEnvironment(folder, port),
    stdio: ['ignore', 'pipe', 'pipe'],
    // The leader of a group: its functions' processes are ended with it, and a terminal's Ctrl-C reaches neither.
    detached: true,
  });
  const tail = keepTail(child);
  const janitor = hireJanitor(child.pid ?? 0, [], folder);
  const ended = watchEnd(child);
  let isClosing = false;
  const failed = (async (): Promise<never> => {
    const how = await ended;
    if (isClosing) return await new Promise(() => {});
    throw new DeployError('EMULATOR_FAILED', `MiniStack ended by itself with ${how}${tail()}`);
  })();
  failed.catch(() => {}); // whoever waits for it gets it
  let closing: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    isClosing = true;
    // At once, its functions with it: what it would save on its way out goes away anyway.
    killGroup(child);
    await ended;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    await janitor.dismiss();
  };
  const close = async (): Promise<void> => {
    closing ??= closeAll();
    await closing;
  };
  try {
    const isUp = untilUp(url, signal, tail);
    const [resourceTypes] = await Promise.race([
      Promise.all([readResourceTypes(tool.program, signal), isUp]),
      failed,
    ]);
    const environment = toEnvironment(url);
    const processId = child.pid ?? 0;
    return { url, folder, processId, failed, resourceTypes, environment, accountId, region, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Lambda's Node runtimes bring the SDK; an asset is unpacked below `folder`, and so finds the command line's. */
async function provideSdk(folder: string): Promise<void> {
  await mkdir(join(folder, 'node_modules'));
  const client = createRequire(import.meta.url).resolve('@aws-sdk/client-s3/package.json');
  await symlink(dirname(dirname(client)), join(folder, 'node_modules', '@aws-sdk'));
}

// MiniStack hands its own environment on to the functions, so nothing of ours may be in it.
function toProcessEnvironment(folder: string, port: number): Record<string, string> {
  const addon = hostAddonPath('arm64');
  return {
    PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
    HOME: folder,
    TMPDIR: folder,
    LANG: 'C.UTF-8',
    BIND_HOST: '127.0.0.1',
    MINISTACK_HOST: '127.0.0.1', // in the URLs that it makes up, a queue's for one
    GATEWAY_PORT: String(port),
    S3_DATA_DIR: join(folder, 's3'),
    IOT_MTLS_ENABLED: '0',
    LAMBDA_EXECUTOR: 'local',
    ...toEnvironment(`http://127.0.0.1:${port}`),
    ...(addon !== undefined && { NAPI_RS_NATIVE_LIBRARY_PATH: addon }),
  };
}

function toEnvironment(url: string): Readonly<Record<string, string>> {
  const services = ['S3', 'SQS', 'SNS', 'DYNAMODB'].map((service) => [`AWS_ENDPOINT_URL_${service}`, url]);
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: 'tailrace',
    AWS_SECRET_ACCESS_KEY: 'tailrace',
    AWS_ENDPOINT_URL: url,
    ...(Object.fromEntries(services) as Record<string, string>),
    // The user's own profiles and instance roles have no say here.
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
}

async function untilUp(url: string, signal: AbortSignal | undefined, tail: () => string): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const isUp = await fetch(`${url}/_ministack/health`).then(
      async (response) => (await response.arrayBuffer(), response.ok),
      () => false, // not listening yet
    );
    if (isUp) return;
    if (Date.now() > deadline) {
      const seconds = startTimeoutMs / 1000;
      throw new DeployError('EMULATOR_FAILED', `MiniStack did not answer within ${seconds} s${tail()}`);
    }
    await delay(50, undefined, { signal });
  }
}

// Its registry is private to it, but the version is pinned, and a list of our own would be wrong after the next one.
async function readResourceTypes(
  program: string,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  const script =
    'from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS as known; print(*known, sep="\\n")';
  const child = spawn(join(dirname(program), 'python'), ['-c', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal && { signal }),
  });
  const tail = keepTail(child);
  let said = '';
  child.stdout.on('data', (part: Buffer) => (said += part.toString()));
  const how = await watchEnd(child);
  signal?.throwIfAborted();
  const types = said.split('\n').filter((line) => line.startsWith('AWS::'));
  if (types.length > 0) return new Set(types);
  throw new DeployError('EMULATOR_FAILED', `MiniStack tells no resource types, got ${how}${tail()}`);
}

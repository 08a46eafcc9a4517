// The environment variables and V8 flags that a function's process gets on Lambda, and nothing of the runner's own.
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isEndpointVariable } from '../../../template/lambda-function.ts';
import type { LambdaFunction } from '../../../template/topology.ts';

/** What a sandbox's environment is made of. */
export interface LambdaEnvironmentOptions {
  readonly fn: LambdaFunction;
  /** `127.0.0.1:port` of the sandbox's Runtime API. */
  readonly runtimeApi: string;
  /** Last part of the log stream's name, one per sandbox. */
  readonly sandboxId: string;
  readonly region: string;
  /** Credentials and endpoints of the local AWS services. */
  readonly endpoints: Readonly<Record<string, string>>;
}

/**
 * Makes the environment of one sandbox: the function's own variables, Lambda's reserved ones, and those that point the
 * AWS SDK at the local endpoints. Of the runner's own environment only PATH is passed on.
 */
export function lambdaEnvironment(options: LambdaEnvironmentOptions): Record<string, string> {
  const { fn } = options;
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  const addon = hostAddonPath(fn.architecture);
  return {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: process.env['PATH'] ?? '',
    ...(addon === undefined ? {} : { NAPI_RS_NATIVE_LIBRARY_PATH: addon }),
    LD_LIBRARY_PATH: toLibraryPath(fn),
    NODE_PATH: toNodePath(fn),
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    // Lambda's own is reached by a link-local address; here nobody listens, and nothing leaves the machine.
    AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000',
    _AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1',
    _AWS_XRAY_DAEMON_PORT: '2000',
    // The log stays on the developer's own machine; the function's own variables may say otherwise.
    TAILRACE_LOG_ERROR_MESSAGES: '1',
    ...fn.environment,
    AWS_SESSION_TOKEN: 'tailrace', // a role's credentials always have one
    ...options.endpoints,
    ...toOwnEndpoints(fn.environment),
    AWS_REGION: options.region,
    AWS_DEFAULT_REGION: options.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${fn.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${fn.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `${day}/[$LATEST]${options.sandboxId}`,
    ...(fn.logFormat === 'JSON' ? { AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: 'INFO' } : {}),
    AWS_LAMBDA_RUNTIME_API: options.runtimeApi,
    LAMBDA_TASK_ROOT: fn.assetPath,
    LAMBDA_RUNTIME_DIR: runtimeFolder,
    _HANDLER: fn.handler,
  };
}

/** Endpoints that somebody has given for this run; those of a template are not in a function's environment. */
function toOwnEndpoints(environment: LambdaFunction['environment']): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => isEndpointVariable(name)));
}

/** What `/var/runtime` is on Lambda. */
const runtimeFolder = fileURLToPath(new URL('../bootstrap', import.meta.url));

// On Lambda layers are unpacked over one another into /opt, and NODE_PATH names two folders there (Lambda guide, "Using layers");
// then come the runtime and the asset itself (the nodejs18.x image's `/var/runtime/bootstrap`).
function toNodePath({ assetPath, layerPaths, runtime }: LambdaFunction): string {
  const major = /\d+/.exec(runtime)?.[0] ?? '';
  const folders = [`node${major}`, '.'].flatMap((version) =>
    layerPaths.toReversed().map((path) => join(path, 'nodejs', version, 'node_modules')),
  );
  return [...folders, join(runtimeFolder, 'node_modules'), runtimeFolder, assetPath].join(delimiter);
}

// As the Lambda guide lists it ("Defined runtime environment variables"); /opt/lib is the layers' lib.
function toLibraryPath({ assetPath, layerPaths }: LambdaFunction): string {
  const own = [runtimeFolder, assetPath].flatMap((path) => [path, join(path, 'lib')]);
  const layers = layerPaths.toReversed().map((path) => join(path, 'lib'));
  return ['/lib64', '/usr/lib64', ...own, ...layers].join(delimiter);
}

/**
 * V8 flags of Lambda's own Node bootstrap for a memory size: heap 90 % of it, young generation half of the rest.
 * Source: the nodejs18.x image's `/var/runtime/bootstrap`; newer images are not verified.
 */
export function nodeFlags(memoryMb: number): readonly string[] {
  const tenth = Math.floor(memoryMb / 10);
  return [
    '--expose-gc',
    `--max-semi-space-size=${Math.floor(tenth / 2)}`,
    `--max-old-space-size=${memoryMb - tenth}`,
  ];
}

/**
 * This machine's own lz4-napi addon, which `NAPI_RS_NATIVE_LIBRARY_PATH` makes napi-rs load instead of the asset's, which is
 * for Lambda's CPU; undefined where that one runs here.
 */
export function hostAddonPath(architecture: LambdaFunction['architecture']): string | undefined {
  const lambdaCpu = architecture === 'arm64' ? 'arm64' : 'x64';
  if (process.platform === 'linux' && process.arch === lambdaCpu && !isMusl()) return undefined;
  const packages = join(dirname(createRequire(import.meta.url).resolve('lz4-napi')), '..', '@antoniomuso');
  const libc = isMusl() ? 'musl' : process.platform === 'win32' ? 'msvc' : 'gnu';
  const platform = `${process.platform}-${process.arch}`;
  const wanted = new Set(
    [platform, `${platform}-${libc}`, `${process.platform}-universal`].map((name) => `lz4-napi-${name}`),
  );
  for (const name of listFolder(packages)) {
    const addon = wanted.has(name)
      ? listFolder(join(packages, name)).find((file) => file.endsWith('.node'))
      : undefined;
    if (addon !== undefined) return join(packages, name, addon);
  }
  return undefined;
}

function isMusl(): boolean {
  const report = process.report.getReport() as {
    readonly header?: { readonly glibcVersionRuntime?: string };
  };
  return process.platform === 'linux' && report.header?.glibcVersionRuntime === undefined;
}

function listFolder(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    // No such package on this machine: a function that needs the addon will say so itself.
    return [];
  }
}

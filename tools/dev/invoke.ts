// Lambda's Invoke API for the functions of a running `dev`, so that a redrive, an SDK or the AWS CLI calls them by name. They have sandboxes of
// their own: a call does not wait for the mapping's batches, as in Lambda.
import type { AwsEndpoints } from '../aws/endpoints.ts';
import type { LocalRun } from '../local/run.ts';
import { createFunctionHost, type FunctionHost } from '../local/sandbox/host/function-host.ts';
import { startInvokeEndpoint } from '../local/sandbox/host/invoke-endpoint.ts';
import type { SandboxOptions } from '../local/sandbox/sandbox.ts';
import type { LambdaFunction } from '../template/topology.ts';

/** The functions, up until `close()`. */
export interface InvokeApi {
  /** For `AWS_ENDPOINT_URL_LAMBDA`. */
  readonly url: string;
  /** The run with its replacements followed here. */
  readonly follow: <T extends Pick<LocalRun, 'replaceFunction' | 'replaceMapping'>>(local: T) => T;
  readonly close: () => Promise<void>;
}

/** Starts the endpoint on 127.0.0.1; a function's process starts with its first call. */
export async function startInvokeApi(
  functions: readonly LambdaFunction[],
  {
    endpoints,
    onLog,
  }: { readonly endpoints: AwsEndpoints; readonly onLog: (fn: LambdaFunction) => SandboxOptions['onLog'] },
): Promise<InvokeApi> {
  const hosts = new Map<string, FunctionHost>();
  const retired = new Set<Promise<void>>();
  const put = (fn: LambdaFunction): void => {
    const before = hosts.get(fn.name);
    const { accountId, region, environment } = endpoints;
    hosts.set(
      fn.name,
      createFunctionHost({ fn, accountId, region, endpoints: environment, onLog: onLog(fn) }),
    );
    if (before !== undefined) retired.add(before.close());
  };
  for (const fn of functions) put(fn);
  const endpoint = await startInvokeEndpoint(hosts);
  return {
    url: endpoint.url,
    follow: (local) => ({
      ...local,
      replaceFunction(fn) {
        put(fn);
        local.replaceFunction(fn);
      },
      async replaceMapping(mapping, fn) {
        put(fn);
        await local.replaceMapping(mapping, fn);
      },
    }),
    async close() {
      await endpoint.close();
      await Promise.all([...retired, ...[...hosts.values()].map(async (host) => await host.close())]);
    },
  };
}

// A candidate of the benches as a deployed function: bundled, in a sandbox of this machine, under a memory size and a share
// of a CPU.
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeLocalApp } from '../test/support/local-app.ts';
import { createFunctionHost, type FunctionHost } from '../tools/local/sandbox/host/function-host.ts';
import type { SandboxOptions } from '../tools/local/sandbox/sandbox.ts';
import { readTopology } from '../tools/template/topology.ts';

/** The candidates, by the names of their files in peers/. */
export const candidates = {
  tailrace: 'Tailrace',
  plain: 'plain loop on lz4-napi',
  powertools: 'Powertools Kafka',
  middy: 'middy',
} as const;

/** One of them. */
export type Candidate = keyof typeof candidates;

/** A candidate that can be called. */
export interface RunningCandidate {
  readonly host: FunctionHost;
  readonly close: () => Promise<void>;
}

const account = { accountId: '000000000000', region: 'us-east-1' };

/** Bundles the candidate and makes its host; its process starts with the first call. */
export async function startCandidate(
  candidate: Candidate,
  memorySize: number,
  options: Partial<SandboxOptions> = {},
): Promise<RunningCandidate> {
  const source = `export { handler } from '../../bench/peers/${candidate}.ts';`;
  const app = await writeLocalApp([
    {
      name: 'candidate',
      source,
      function: { Timeout: 120 },
      environment: { TAILRACE_DEAD_LETTER_BUCKET: 'none' },
      external: ['lz4-napi'],
    },
  ]);
  await copyLz4(join(app.cdkOut, 'asset-candidate', 'node_modules'));
  const { functions } = readTopology(app.cdkOut, { ...account, queueUrl: (name) => name });
  const [found] = functions;
  if (found === undefined) throw new Error('the app has no function');
  // Lambda has no size below 128 MB, and a template with one is refused; what a candidate needs may be less.
  const fn = { ...found, memoryMb: memorySize };
  const endpoints = { AWS_ACCESS_KEY_ID: 'k', AWS_SECRET_ACCESS_KEY: 's' };
  const host = createFunctionHost({ fn, ...account, endpoints, onLog() {}, ...options });
  const close = async (): Promise<void> => {
    await host.close();
    await app.remove();
  };
  return { host, close };
}

// A function sees no package but those of its own asset: lz4-napi with this machine's addon.
async function copyLz4(folder: string): Promise<void> {
  const from = fileURLToPath(new URL('../node_modules/', import.meta.url));
  for (const name of ['lz4-napi', '@antoniomuso']) {
    await cp(join(from, name), join(folder, name), { recursive: true });
  }
}

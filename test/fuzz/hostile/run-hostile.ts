// Hostile values through a function of 128 MB, in a process of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';
import { compressFrameSync } from 'lz4-napi';
import type { HostileReport } from './child.ts';
import { hostileKinds } from './kinds.ts';
import { createRandom } from './random.ts';

/** The function's memory size. */
export const hostileLimitMb = 128;
/** A value's limit, decompressed. */
const mostBytes = 1_048_576;

/** Gives what came of `count` values of that format. Rejects when the function is killed or fails. */
export async function runHostile(format: string, count: number, seed: number): Promise<HostileReport> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-hostile-'));
  try {
    const child = join(folder, 'child.mjs');
    await build({
      entryPoints: [new URL('child.ts', import.meta.url).pathname],
      outfile: child,
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'esm',
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
      logLevel: 'error',
    });
    return await feed(child, format, { count, seed });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function feed(
  child: string,
  format: string,
  { count, seed }: { readonly count: number; readonly seed: number },
): Promise<HostileReport> {
  const kind = hostileKinds[format];
  if (kind === undefined) throw new Error(`no hostile values of ${format}`);
  // What Lambda is presumed to pass at this size: a tenth off for what is no heap, and a collector to be called.
  const flags = [
    `--max-old-space-size=${hostileLimitMb - Math.ceil(hostileLimitMb / 10)}`,
    `--max-semi-space-size=${Math.floor(hostileLimitMb / 20)}`,
    '--expose-gc',
  ];
  const env = {
    ...process.env,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(hostileLimitMb),
    POWERTOOLS_LOG_LEVEL: 'SILENT',
  };
  const process_ = spawn(process.execPath, [...flags, child, format], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(process_, 'close');
  const printed = text(process_.stdout);
  process_.stdin.on('error', () => undefined); // it is gone: its exit code says why
  const random = createRandom(seed);
  for (let index = 0; index < count && process_.exitCode === null; index++) {
    const line = `${compressFrameSync(kind.make(random, mostBytes)).toString('base64')}\n`;
    if (!process_.stdin.write(line)) await Promise.race([once(process_.stdin, 'drain'), ended]);
  }
  process_.stdin.end();
  const [code, signal] = (await ended) as [number | null, string | null];
  if (code !== 0) throw new Error(`the function ended with ${signal ?? code}, ${format} of seed ${seed}`);
  return JSON.parse(await printed) as HostileReport;
}

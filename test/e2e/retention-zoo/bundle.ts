// The enclosure as a bundle with its source map, as a function is deployed: Node would need 40 MB more to load the sources.

import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

let made: Promise<string> | undefined;

/** Its path; made once in a process, and removed when that ends. */
export async function bundleEnclosure(): Promise<string> {
  return await (made ??= make());
}

async function make(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-zoo-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const outfile = join(folder, 'enclosure.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('enclosure.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    sourcemap: 'linked',
    external: ['@aws-sdk/*'],
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
    },
    logLevel: 'silent',
  });
  return outfile;
}

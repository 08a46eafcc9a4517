// Builds the page: `node tools/console/build.ts <folder>`. A process of its own, so that a run never waits for it or fails with it; only
// the checkout has it, the published package has what it made.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const sources = fileURLToPath(new URL('page', import.meta.url));

/** Files that index.html names. */
const entries = ['main.tsx', 'style.css', 'icon.svg'] as const;

/** Builds the page into `folder`: index.html, and what it names under assets/, with a digest of its content in each name. */
export async function buildPage(folder: string): Promise<void> {
  const { metafile } = await build({
    entryPoints: entries.map((name) => join(sources, name)),
    outdir: join(folder, 'assets'),
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2023',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.svg': 'copy' },
    metafile: true,
    logLevel: 'error',
  });
  let page = await readFile(join(sources, 'index.html'), 'utf8');
  for (const [path, { entryPoint, inputs }] of Object.entries(metafile.outputs)) {
    const entry = basename(entryPoint ?? Object.keys(inputs)[0] ?? '');
    if (entries.some((name) => name === entry))
      page = page.replace(`./${entry}`, `./${relative(folder, path)}`);
  }
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'index.html'), page);
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new TypeError('build.ts needs a folder to build into, got none');
  await buildPage(folder);
}

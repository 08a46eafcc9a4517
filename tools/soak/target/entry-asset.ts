// A handler of one's own as an asset: one ES module with its source map, as the app's own assets are. In this process and without the app's
// code, so that it works in any project.
import { existsSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { buildSync, type BuildFailure, type BuildOptions } from 'esbuild';
import { requireBanner, toBuildMessage, toolBundle } from '../../project/bundle.ts';
import { SoakError } from '../error.ts';

/** Written beside the bundle: its loader finds this machine's addon by the sandbox's environment. */
const addon = 'lz4-napi';
const addonFiles = ['package.json', 'index.js'];

/** Writes `index.mjs` and `index.mjs.map` into an existing folder. @throws {SoakError} `ENTRY` with esbuild's own words */
export async function writeEntryAsset(entry: string, folder: string): Promise<void> {
  const options = {
    entryPoints: [entry],
    // Nothing is written there: paths in the source map start from it, and shall be those of the project.
    outfile: join(findPackage(entry), 'cdk.out', 'asset', 'index.mjs'),
    write: false,
    ...toolBundle,
    target: 'node24',
    format: 'esm',
    metafile: true,
    external: [...toolBundle.external, addon],
    banner: requireBanner,
  } as const satisfies BuildOptions;
  try {
    const { metafile, outputFiles } = buildSync(options);
    for (const { path, contents } of outputFiles) await writeFile(join(folder, basename(path)), contents);
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
    if (imports.some(({ path }) => path === addon)) await copyAddonLoader(entry, folder);
  } catch (error) {
    throw new SoakError('ENTRY', `${entry} cannot be bundled: ${toBuildMessage(error as BuildFailure)}`, {
      cause: error,
    });
  }
}

/** The folder of the package that a file belongs to; the file's own folder when it belongs to none. */
function findPackage(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder))
    if (existsSync(join(folder, 'package.json'))) return folder;
  return dirname(file);
}

async function copyAddonLoader(entry: string, folder: string): Promise<void> {
  const from = dirname(createRequire(entry).resolve(addon));
  const to = join(folder, 'node_modules', addon);
  await mkdir(to, { recursive: true });
  for (const name of addonFiles) await cp(join(from, name), join(to, name));
}

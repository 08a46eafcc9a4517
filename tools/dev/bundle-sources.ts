// Which source files a function's asset was bundled from, by its source map; and the bundle made anew from them, faster than the app is
// synthesized. Synthesis follows and has the last word.
import { cp, readdir } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { decodedMappings, TraceMap } from '@jridgewell/trace-mapping';
import { build, type BuildFailure } from 'esbuild';
import { requireBanner, toBuildMessage, toolBundle } from '../project/bundle.ts';
import type { LambdaFunction } from '../template/topology.ts';
import { createTemporaryFolder } from '../temporary-folder.ts';

/** A bundle that can be made anew. */
export interface BundleSources {
  readonly fn: LambdaFunction;
  /** The asset's file that holds the bundle, by name. */
  readonly file: string;
  /** The file that it begins with, absolute. */
  readonly entry: string;
  /** All files that a person wrote, absolute. */
  readonly sources: ReadonlySet<string>;
}

/** An edit that cannot be bundled; the message has esbuild's own words with file and line. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
  readonly code = 'BUNDLE_FAILED';
}

/** Finds the sources of a function's bundle; undefined where it has no source map beside it. */
export function readBundleSources(fn: LambdaFunction): BundleSources | undefined {
  const module = fn.handler.slice(0, fn.handler.lastIndexOf('.'));
  const file = ['.mjs', '.js', '.cjs']
    .map((end) => module + end)
    .find((name) => existsSync(join(fn.assetPath, name)));
  if (file === undefined) return undefined;
  const map = join(fn.assetPath, `${file}.map`);
  if (!existsSync(map)) return undefined;
  const trace = new TraceMap(readFileSync(map, 'utf8'));
  const paths = trace.sources.map((source) =>
    source === null
      ? ''
      : isAbsolute(source)
        ? source
        : resolve(dirname(map), trace.sourceRoot ?? '', source),
  );
  const own = paths.filter((path) => !path.includes(`${sep}node_modules${sep}`) && existsSync(path));
  // What starts everything runs last, so it ends the bundle.
  const last = decodedMappings(trace)
    .flat()
    .findLast((segment) => segment.length > 1)?.[1];
  const entry = last === undefined ? undefined : paths[last];
  return entry === undefined || !own.includes(entry) ? undefined : { fn, file, entry, sources: new Set(own) };
}

/** A function with a new asset, until `remove()`. */
export interface RebuiltFunction {
  readonly fn: LambdaFunction;
  readonly remove: () => Promise<void>;
}

/** Bundles a function's sources as they are now; everything else of its asset stays. @throws {BundleError} */
export async function rebuild({ fn, file, entry }: BundleSources): Promise<RebuiltFunction> {
  const folder = await createTemporaryFolder('bundle');
  try {
    await cp(fn.assetPath, folder.path, { recursive: true });
    const beside = await readPackages(join(folder.path, 'node_modules'));
    await build({
      entryPoints: [entry],
      outfile: join(folder.path, file),
      allowOverwrite: true,
      ...toolBundle,
      target: 'node22',
      format: file.endsWith('.mjs') ? 'esm' : 'cjs',
      // What stands beside the bundle is loaded from there.
      external: [...toolBundle.external, ...beside],
      ...(file.endsWith('.mjs') && { banner: requireBanner }),
    });
    return { fn: { ...fn, assetPath: folder.path }, remove: folder.remove };
  } catch (error) {
    await folder.remove();
    throw new BundleError(toBuildMessage(error as BuildFailure), { cause: error });
  }
}

async function readPackages(folder: string): Promise<readonly string[]> {
  if (!existsSync(folder)) return [];
  const names = await readdir(folder);
  const nested = await Promise.all(
    names.map(async (name) =>
      name.startsWith('@') ? (await readdir(join(folder, name))).map((each) => `${name}/${each}`) : [name],
    ),
  );
  return nested.flat();
}

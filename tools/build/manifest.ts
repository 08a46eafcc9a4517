// The package.json of a published package. What it depends on is read off its compiled files, so that no list of ours can
// lag behind the code; versions are those of the root package.json, with which the tests ran.

import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { listFiles, toFolder } from './compile.ts';
import type { ModuleSystem, PackagePlan } from './package-plan.ts';

/** What of the root package.json the packages share. */
export interface RootManifest {
  readonly version: string;
  readonly license: string;
  readonly repository?: unknown;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** The code imports a package that no list has. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
  readonly code = 'UNKNOWN_DEPENDENCY';
}

/** @throws ManifestError `UNKNOWN_DEPENDENCY` */
export function toManifest(plan: PackagePlan, root: RootManifest, packageFolder: string): object {
  const { version, license, repository } = root;
  const dependencies: Record<string, string> = {};
  for (const name of findDependencies(plan, packageFolder)) {
    const known = root.dependencies[name] ?? root.devDependencies[name];
    if (known === undefined)
      throw new ManifestError(
        `${plan.name} imports ${name}, which package.json does not name, expected a dependency; add it there`,
      );
    dependencies[name] = plan.versions === 'exact' ? known : `^${known}`;
  }
  const peers = Object.entries(plan.optionalPeers).map(
    ([name, range]) => [name, range === 'root' ? `^${root.dependencies[name]}` : range] as const,
  );
  return {
    name: plan.name,
    version,
    description: plan.description,
    license,
    ...(repository === undefined ? {} : { repository }),
    keywords: plan.keywords,
    type: 'module',
    engines: { node: plan.engines },
    ...(Object.keys(plan.bin).length > 0 && { bin: plan.bin }),
    ...(plan.knownVersions.length > 0 && { config: toConfig(plan, root) }),
    ...(Object.keys(plan.exports).length > 0 && toEntryFields(plan)),
    files: [...new Set(topFolders(packageFolder))],
    sideEffects: false,
    dependencies,
    ...(peers.length > 0 && {
      peerDependencies: Object.fromEntries(peers),
      peerDependenciesMeta: Object.fromEntries(peers.map(([name]) => [name, { optional: true }])),
    }),
  };
}

/** Versions that the code looks up in its own package.json, here as in the root's `devDependencies`. */
function toConfig(plan: PackagePlan, root: RootManifest): object {
  return Object.fromEntries(plan.knownVersions.map((name) => [name, root.devDependencies[name]]));
}

function toEntryFields(plan: PackagePlan): object {
  const condition = (system: ModuleSystem, source: string): object => {
    const file = `./${join(toFolder(plan, system), source)}`;
    return { types: file.replace(/\.ts$/, '.d.ts'), default: file.replace(/\.ts$/, '.js') };
  };
  const exports = Object.entries(plan.exports).map(([name, source]) => [
    name,
    { import: condition('esm', source), require: condition('cjs', source) },
  ]);
  return { exports: { ...Object.fromEntries(exports), './package.json': './package.json' } };
}

function topFolders(packageFolder: string): readonly string[] {
  return listFiles(packageFolder)
    .map((file) => file.slice(packageFolder.length + 1).split('/'))
    .flatMap(([top = '', ...rest]) => (rest.length > 0 ? [top] : []));
}

/** The packages that the compiled code imports, sorted; optional peers and provided ones are none. */
function findDependencies(plan: PackagePlan, packageFolder: string): readonly string[] {
  const files = listFiles(packageFolder);
  const { metafile } = buildSync({
    entryPoints: files.filter((file) => /\.m?js$/.test(file)),
    outdir: packageFolder,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const ofCode = Object.values(metafile.inputs).flatMap(({ imports }) =>
    imports.filter(({ external }) => external).map(({ path }) => path),
  );
  const ofTypes = files
    .filter((file) => file.endsWith('.d.ts'))
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\b(?:from |import\()'([^'.][^']*)'/g)])
    .map(([, specifier = '']) => specifier);
  const names = [...ofCode, ...ofTypes]
    .filter((specifier) => !isBuiltin(specifier))
    .map((specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'));
  return [...new Set([...names, ...plan.alsoNeeds])]
    .filter((name) => !(name in plan.optionalPeers) && !plan.provided.includes(name))
    .toSorted();
}

// The package.json of a published package. What it depends on is read off its compiled files, so that no list of ours can
// lag behind the code; versions are those of the root package.json, with which the tests ran.

import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
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
    // The Node under which commands run.
    ...(Object.keys(plan.bin).length > 0 && {
      bin: plan.bin,
      config: { node: root.devDependencies['node'] },
    }),
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

/** The packages that the compiled code names in an import, sorted; optional peers and provided ones are none. */
function findDependencies(plan: PackagePlan, packageFolder: string): readonly string[] {
  const names = new Set(plan.alsoNeeds);
  for (const file of listFiles(packageFolder)) {
    if (!/\.(?:m?js|d\.ts)$/.test(file)) continue;
    // What a `require()`d file needs the imported one needs too.
    const found = readFileSync(file, 'utf8').matchAll(
      /^(?:(?:import|export|\})[^'\n]* from|import) '([^'.][^']*)'|\bimport\('([^'.][^']*)'\)/gm,
    );
    for (const [, fromStatement, fromCall] of found) {
      const specifier = fromStatement ?? fromCall ?? '';
      const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
      if (!isBuiltin(specifier) && /^(?:@[\w.-]+\/)?[\w.-]+$/.test(name)) names.add(name);
    }
  }
  return [...names]
    .filter((name) => !(name in plan.optionalPeers) && !plan.provided.includes(name))
    .toSorted();
}

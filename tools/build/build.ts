// `npm run build`: writes the published packages into `dist/`, ready for `npm pack` and `npm publish`. What is in them is
// in package-plan.ts.

import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPage } from '../console/build.ts';
import { compile, copyAssets } from './compile.ts';
import { toManifest, type RootManifest } from './manifest.ts';
import { commandLinePackage, runtimePackage, type PackagePlan } from './package-plan.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Every published package. */
export const packages: readonly PackagePlan[] = [runtimePackage, commandLinePackage];

/**
 * Writes each package into `<outFolder>/<name>`, in place of what was there.
 *
 * @throws CompileError `COMPILE_FAILED`, ManifestError `UNKNOWN_DEPENDENCY`
 */
export async function buildPackages(outFolder: string): Promise<void> {
  await Promise.all(packages.map((plan) => buildPackage(plan, join(outFolder, plan.name))));
}

async function buildPackage(plan: PackagePlan, folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await compile(root, plan, folder);
  copyAssets(root, plan, folder);
  if (plan === commandLinePackage) await buildPage(join(folder, 'tools/console/built'));
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as RootManifest;
  writeFileSync(
    join(folder, 'package.json'),
    `${JSON.stringify(toManifest(plan, manifest, folder), undefined, 2)}\n`,
  );
  copyFileSync(join(root, plan.readme), join(folder, 'README.md'));
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
}

if (import.meta.main) {
  const outFolder = join(root, 'dist');
  await buildPackages(outFolder);
  process.stdout.write(`built ${packages.map(({ name }) => join('dist', name)).join(', ')}\n`);
}

// From TypeScript sources to a package's files: one tsc run per module system, no bundler. What tsc leaves to us is
// here: the names of scripts that are started as processes, and the extensions in declarations.

import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { ModuleSystem, PackagePlan } from './package-plan.ts';

/** tsc found errors; the message carries them. */
export class CompileError extends Error {
  override readonly name = 'CompileError';
  readonly code = 'COMPILE_FAILED';
}

/** The folder inside a package that holds the code of one module system; a package with a single one has no such folder. */
export function toFolder(plan: PackagePlan, system: ModuleSystem): string {
  return plan.moduleSystems.length > 1 ? system : '.';
}

/**
 * Compiles the entry files of `plan` and what they import into `packageFolder`, with declarations. There are no source maps: with the
 * sources in them the packages would be twice as large, and without they lead to files that nobody has. A stack trace names
 * the compiled file, which reads like its source; modules keep their comments for that.
 *
 * @throws CompileError `COMPILE_FAILED`
 */
export async function compile(root: string, plan: PackagePlan, packageFolder: string): Promise<void> {
  for (const system of plan.moduleSystems) {
    const outFolder = join(packageFolder, toFolder(plan, system));
    mkdirSync(outFolder, { recursive: true });
    await runTsc(root, toConfiguration(root, plan, system, outFolder), outFolder);
    for (const file of listFiles(outFolder)) finishFile(file);
    if (system === 'cjs') writeDeclarations(plan, packageFolder);
    else dropHiddenDeclarations(plan, outFolder);
    // The nearest package.json says what a `.js` file is.
    if (toFolder(plan, system) !== '.') {
      const type = system === 'esm' ? 'module' : 'commonjs';
      writeFileSync(join(outFolder, 'package.json'), JSON.stringify({ type }));
    }
  }
}

/** The declarations of `require()`d entries are those of the imported ones: one class is one type, however it is loaded. */
function writeDeclarations(plan: PackagePlan, packageFolder: string): void {
  for (const source of Object.values(plan.exports)) {
    const file = source.replace(/\.ts$/, '.d.ts');
    const target = join(packageFolder, toFolder(plan, 'cjs'), file);
    const original = join(packageFolder, toFolder(plan, 'esm'), file);
    const specifier = relative(dirname(target), original).replace(/\.d\.ts$/, '.js');
    writeFileSync(target, `export * from '${specifier}';\n`);
  }
}

/** Declarations that no public one leads to are of use to nobody. */
function dropHiddenDeclarations(plan: PackagePlan, folder: string): void {
  const reached = new Set<string>();
  const walk = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(
      /(?:from |import\()'(\.[^']+)\.js'/g,
    ))
      walk(join(dirname(file), `${specifier}.d.ts`));
  };
  for (const source of Object.values(plan.exports)) walk(join(folder, source.replace(/\.ts$/, '.d.ts')));
  for (const file of listFiles(folder)) if (file.endsWith('.d.ts') && !reached.has(file)) rmSync(file);
}

/** Copies what compiled files find beside themselves and what is no TypeScript: plain JavaScript, data, pages. */
export function copyAssets(root: string, plan: PackagePlan, packageFolder: string): void {
  for (const top of plan.assetFolders) {
    for (const file of listFiles(join(root, top))) {
      const place = relative(root, file);
      const isSource = ['.ts', '.mts', '.wat'].includes(extname(file));
      const isLeftOut =
        plan.withoutAssets.includes(basename(file)) ||
        plan.withoutFolders.some((folder) => place.startsWith(`${folder}/`));
      if (isSource || isLeftOut) continue;
      mkdirSync(dirname(join(packageFolder, place)), { recursive: true });
      cpSync(file, join(packageFolder, place));
    }
  }
}

/** Every file below a folder, absolute. */
export function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function toConfiguration(root: string, plan: PackagePlan, system: ModuleSystem, outDir: string): object {
  const files = [...Object.values(plan.exports), ...plan.scripts].map((file) => join(root, file));
  return {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      outDir,
      rootDir: root,
      typeRoots: [join(root, 'node_modules/@types')],
      declaration: system === 'esm' && Object.keys(plan.exports).length > 0,
      // The same files as the modules beside them, for whoever cannot import those.
      removeComments: system === 'cjs',
      rewriteRelativeImportExtensions: true,
      ...(system === 'cjs' && {
        module: 'commonjs',
        moduleResolution: 'bundler',
        verbatimModuleSyntax: false,
      }),
    },
    include: [],
    files,
  };
}

async function runTsc(root: string, configuration: object, outFolder: string): Promise<void> {
  const file = join(outFolder, 'tsconfig.json');
  writeFileSync(file, JSON.stringify(configuration));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  try {
    await promisify(execFile)(process.execPath, [tsc, '--project', file], { cwd: root });
  } catch (error) {
    const { stdout = '' } = error as { readonly stdout?: string };
    throw new CompileError(`tsc found errors, expected none; correct them:\n${stdout.trim()}`, {
      cause: error,
    });
  } finally {
    rmSync(file);
  }
}

/** `rewriteRelativeImportExtensions` leaves declarations and the URLs of scripts as they are. */
function finishFile(file: string): void {
  const text = readFileSync(file, 'utf8');
  let finished = text;
  if (file.endsWith('.d.ts'))
    finished = text.replaceAll(/(from |import\()'(\.{1,2}\/[^']+)\.ts'/g, "$1'$2.js'");
  if (file.endsWith('.js'))
    finished = text.replaceAll(
      /new URL\('([^']+)\.ts', import\.meta\.url\)/g,
      "new URL('$1.js', import.meta.url)",
    );
  if (finished !== text) writeFileSync(file, finished);
}

// Turns a handler into the asset that Lambda runs: one ESM file, its source map, and the arm64 lz4 addon where the code
// imports it. In this process, by CDK's hook for local bundling: no Docker, no network, the same bytes on any machine.

import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type * as Esbuild from 'esbuild';
import type { BuildOptions, BuildResult } from 'esbuild';
import { bundleSettings, type BundlingOptions } from './bundle-settings.ts';
import { assertCpu } from './elf.ts';
import { ensureLambdaAddon } from './lambda-addon.ts';
import { lambdaCpus, type LambdaCpu } from './lambda-cpu.ts';
import { shortenStack } from '../../lib/definition/shorten-stack.ts';

/** The handler string of every asset made here. */
export const bundledHandler = 'index.handler';

/** A handler cannot become an asset that would run in Lambda. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
  readonly code = 'INVALID_ASSET';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    shortenStack(this);
  }
}

/** What an asset is made for. */
export interface AssetOptions extends BundlingOptions {
  /** Default `arm64`. */
  readonly cpu?: LambdaCpu;
  /** esbuild's name of the runtime. Default `node24`. */
  readonly target?: string;
}

/**
 * The code of a function from its `handler.ts`, which exports `handler`; bundled when a stack is synthesized.
 *
 * The asset's hash is that of its bytes, so an unchanged handler is not deployed again.
 *
 * @throws BundleError `INVALID_ASSET`, AddonCpuError `WRONG_ADDON_CPU`, AddonFetchError `LAMBDA_ADDON_UNAVAILABLE`
 */
export function bundleHandler(entry: string, options: AssetOptions = {}): Code {
  if (!existsSync(entry)) {
    throw new BundleError(`no handler at ${entry}, expected a file that exports "handler"; create it`);
  }
  return Code.fromAsset(dirname(entry), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('unused'), // CDK wants one; tryBundle never falls back to it
      // CDK bundles a folder once for equal options, and compares no functions: this tells its handlers apart.
      command: [basename(entry), JSON.stringify(options)],
      local: {
        tryBundle(outputFolder): boolean {
          writeAsset(entry, outputFolder, options);
          return true;
        },
      },
    },
  });
}

/** Writes the asset of a handler into an existing empty folder: `index.mjs`, `index.mjs.map`, perhaps `node_modules`. */
export function writeAsset(file: string, outputFolder: string, options: AssetOptions = {}): void {
  // As `lib/../handlers/...` it would seem to lie outside of its project, and its source map would start elsewhere.
  const entry = resolve(file);
  const { externalModules = [], cpu = 'arm64' } = options;
  const { outputFiles, metafile } = bundle(entry, outputFolder, options);
  for (const { path, contents } of outputFiles) writeFileSync(join(outputFolder, basename(path)), contents);

  const outside = Object.values(metafile.outputs).flatMap(({ imports }) =>
    imports.filter((each) => each.external),
  );
  const missing = outside
    .filter(({ path }) => !isProvided(path) && !externalModules.includes(path))
    .map(({ path }) => path);
  if (missing.length > 0) {
    throw new BundleError(
      `${entry} imports ${missing.join(', ')} at run time, which is not in its asset; import it statically`,
    );
  }
  if (outside.some(({ path }) => path === 'lz4-napi')) copyLz4(entry, outputFolder, cpu);
  assertCpu(outputFolder, cpu);
}

/** What a function finds without bundling: Node itself, the SDK in Lambda's Node runtimes, the addon we copy. */
function isProvided(path: string): boolean {
  return isBuiltin(path) || path.startsWith('@aws-sdk/') || path === 'lz4-napi';
}

type Bundled = BuildResult<{ write: false; metafile: true }>;

function bundle(
  entry: string,
  outputFolder: string,
  { target = bundleSettings.target, minify = bundleSettings.minify, ...more }: AssetOptions,
): Bundled {
  const root = findPackage(entry);
  const { buildSync } = loadEsbuild(entry);
  const options = {
    ...bundleSettings,
    target,
    minify,
    external: [...bundleSettings.external, ...(more.externalModules ?? [])],
    define: { ...more.define },
    entryPoints: [entry],
    outfile: join(toMapFolder(root, outputFolder), 'index.mjs'),
    absWorkingDir: root,
    sourcemap: 'linked',
    sourcesContent: true, // a debugger shows the source even where the project is somewhere else
  } satisfies BuildOptions & { write: false; metafile: true };
  try {
    const plain = buildSync(options);
    // CommonJS inside an ESM bundle reaches Node's own modules through a `require` that ESM does not have.
    const needsRequire = plain.outputFiles.some(
      ({ path, text }) => path.endsWith('.mjs') && text.includes('Dynamic require of "'),
    );
    if (!needsRequire) return plain;
    const js = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
    return buildSync({ ...options, banner: { js } });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BundleError(`${entry} cannot be bundled, got ${reason}; correct it`, { cause: error });
  }
}

/**
 * The folder that the source map's paths start from; nothing is written there. Inside the project it is the asset's own,
 * so that a debugger finds the sources. Elsewhere it is one in `cdk.out`: the asset's hash covers the map, and must not
 * depend on where a machine keeps the project.
 */
function toMapFolder(root: string, outputFolder: string): string {
  return outputFolder.startsWith(root + sep) ? outputFolder : join(root, 'cdk.out', 'asset');
}

/** The folder of the package that a file belongs to; the file's own folder when it belongs to none. */
function findPackage(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
  return dirname(file);
}

/** Loaded with the first bundle: an app whose functions are bundled by something else does without. */
function loadEsbuild(entry: string): typeof Esbuild {
  return requireFor(entry, 'esbuild', '--save-dev esbuild')('esbuild') as typeof Esbuild;
}

/** The `require` that finds an installed package: that of the handler, or else that of the app which is synthesized. */
function requireFor(entry: string, name: string, toInstall: string): NodeJS.Require {
  for (const place of [entry, join(process.cwd(), 'package.json')]) {
    const require = createRequire(place);
    try {
      require.resolve(name);
      return require;
    } catch {
      // Node has no other way to ask whether a package is there.
    }
  }
  throw new BundleError(
    `${entry} cannot be bundled, got no ${name} in its project, expected one; npm install ${toInstall}`,
  );
}

/** lz4-napi's loader and, beside it where it looks first, the addon for the function's CPU. */
function copyLz4(entry: string, outputFolder: string, cpu: LambdaCpu): void {
  const { addonFile } = lambdaCpus[cpu];
  const loaderFolder = dirname(requireFor(entry, 'lz4-napi', 'lz4-napi').resolve('lz4-napi'));
  const addonFolder = ensureLambdaAddon(loaderFolder, cpu);
  const target = join(outputFolder, 'node_modules', 'lz4-napi');
  mkdirSync(target, { recursive: true });
  for (const name of ['package.json', 'index.js', 'LICENSE'])
    cpSync(join(loaderFolder, name), join(target, name));
  cpSync(join(addonFolder, addonFile), join(target, addonFile));
}

// How every function is bundled. Own file: what measures bundles must bundle them the same way, without loading the CDK.

import type { BuildOptions } from 'esbuild';

/** How a handler is bundled; every field is optional. */
export interface BundlingOptions {
  /**
   * Whether the code is minified, to a third of its size. Class and function names stay; lines are found with the source map.
   * Default true.
   */
  readonly minify?: boolean;
  /** Packages to leave out of the bundle because a layer of the function has them. Default only the AWS SDK. */
  readonly externalModules?: readonly string[];
  /** Names in the code to replace with these expressions, as in esbuild's `define`. Default none. */
  readonly define?: Readonly<Record<string, string>>;
}

/** esbuild's settings for one ES module that runs on Lambda's Node 24. */
export const bundleSettings = {
  bundle: true,
  write: false,
  metafile: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  treeShaking: true,
  minify: true,
  // Logs name a failure by its class.
  keepNames: true,
  charset: 'utf8',
  // Lambda's Node runtimes have the SDK; the addon is native and is copied beside the bundle.
  external: ['@aws-sdk/*', 'lz4-napi'],
  logLevel: 'silent',
} as const satisfies BuildOptions;

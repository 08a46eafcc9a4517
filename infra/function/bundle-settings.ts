// How every function is bundled. Own file: what measures bundles must bundle them the same way, without loading the CDK.

import type { BuildOptions } from 'esbuild';

/** How a handler becomes one file; every field is optional. */
export interface BundlingOptions {
  /** Shorter code, a third of the size, whose places need the source map beside it; names of classes and functions stay. Default true. */
  readonly minify?: boolean;
  /** Packages that a layer of the function has, and that are left out. Default none beside the AWS SDK. */
  readonly externalModules?: readonly string[];
  /** Names in the code to replace by these expressions, as esbuild's `define`. Default none. */
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

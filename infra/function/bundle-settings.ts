// How every function is bundled. Own file: what measures bundles must bundle them the same way, without loading the CDK.

import type { BuildOptions } from 'esbuild';

/** esbuild's settings for one ES module that runs on Lambda's Node 24. */
export const bundleSettings = {
  bundle: true,
  write: false,
  metafile: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  treeShaking: true,
  minify: false, // a stack trace in a log should be readable as it is
  charset: 'utf8',
  // Lambda's Node runtimes have the SDK; the addon is native and is copied beside the bundle.
  external: ['@aws-sdk/*', 'lz4-napi'],
  logLevel: 'silent',
} as const satisfies BuildOptions;

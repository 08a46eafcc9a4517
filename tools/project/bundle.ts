// How a tool bundles a function's sources by itself, without the app: what a template's own asset was bundled like is for the app to say,
// and synthesis has the last word.

import type { BuildFailure, BuildOptions } from 'esbuild';

/** esbuild's settings for one module that runs in a sandbox; Lambda has the SDK. */
export const toolBundle = {
  bundle: true,
  platform: 'node',
  sourcemap: true,
  charset: 'utf8',
  external: ['@aws-sdk/*'],
  logLevel: 'silent',
} as const satisfies BuildOptions;

/** For an ES module: CommonJS inside it reaches Node's own modules through a `require` that ES modules do not have. */
export const requireBanner = {
  js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
} as const;

/** esbuild's own words with file and line, at most five of them. */
export function toBuildMessage({ errors, message }: BuildFailure): string {
  if (!Array.isArray(errors) || errors.length === 0) return message;
  return errors
    .slice(0, 5)
    .map(({ text, location }) =>
      location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text,
    )
    .join('\n');
}

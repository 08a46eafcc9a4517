// The files that `init` writes, for an app in JavaScript: without types, and with `require` where the app is CommonJS.

import type { Dialect } from './project.ts';

/** A text that was written in TypeScript, in the language and the module system of the project. */
export function toLanguage(text: string, { language, modules }: Dialect): string {
  if (language === 'ts') return text;
  const untyped = text.replaceAll(/ as \{[^}]*\}/g, '');
  return modules === 'esm' ? untyped : toCommonJs(untyped);
}

function toCommonJs(text: string): string {
  const names = [...text.matchAll(/^export const (\w+)/gm)].map(([, name]) => name);
  const body = text
    .replaceAll(/^import \{ (\w+) as (\w+) \} from ('[^']+');/gm, 'const { $1: $2 } = require($3);')
    .replaceAll(/^import (\{[^}]*\}|\w+) from ('[^']+');/gm, 'const $1 = require($2);')
    .replaceAll(/^export const /gm, 'const ');
  return names.length === 0 ? body : `${body}\nmodule.exports = { ${names.join(', ')} };\n`;
}

// Builds the core that writes records as event text: `node tools/wasm/record-text.ts` turns tools/local/record-text.wat into
// tools/local/record-text-module.ts.

import { writeFileSync } from 'node:fs';
import { renderWatModule } from './wat-module.ts';

const source = new URL('../local/record-text.wat', import.meta.url);
const target = new URL('../local/record-text-module.ts', import.meta.url);

/** The text of tools/local/record-text-module.ts as the present record-text.wat gives it. */
export async function buildRecordTextModule(): Promise<string> {
  return await renderWatModule({ source, constant: 'recordTextModule', tool: 'tools/wasm/record-text.ts' });
}

if (import.meta.main) writeFileSync(target, await buildRecordTextModule());

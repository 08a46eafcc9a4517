// Builds the decoding core of LZ4 from its readable source: `node tools/wasm/lz4.ts` turns lib/codec/lz4.wat into
// lib/codec/lz4-module.ts.

import { writeFileSync } from 'node:fs';
import { renderWatModule } from './wat-module.ts';

const source = new URL('../../lib/codec/lz4.wat', import.meta.url);
const target = new URL('../../lib/codec/lz4-module.ts', import.meta.url);

/** The text of lib/codec/lz4-module.ts as the present lz4.wat gives it. */
export async function buildLz4Module(): Promise<string> {
  return await renderWatModule({ source, constant: 'lz4Module', tool: 'tools/wasm/lz4.ts' });
}

if (import.meta.main) writeFileSync(target, await buildLz4Module());

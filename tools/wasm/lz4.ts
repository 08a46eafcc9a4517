// Builds the decoding core of LZ4 from its readable source: `node tools/wasm/lz4.ts` turns lib/codec/lz4/lz4.wat into
// lib/codec/lz4/module.ts, which is committed: nothing has to be built to run. A test builds it again and compares.

import { readFileSync, writeFileSync } from 'node:fs';
import wabt from 'wabt';

const source = new URL('../../lib/codec/lz4/lz4.wat', import.meta.url);
const target = new URL('../../lib/codec/lz4/module.ts', import.meta.url);

/**
 * The text of lib/codec/lz4/module.ts as the present lz4.wat gives it.
 * @throws {Error} naming line and column of what is wrong in the source
 */
export async function buildLz4Module(): Promise<string> {
  const toolkit = await wabt();
  // As text: wabt reads a Buffer from the start of the pool that it lies in.
  const parsed = toolkit.parseWat('lz4.wat', readFileSync(source, 'utf8'), { simd: true, bulk_memory: true });
  parsed.validate();
  const bytes = Buffer.from(parsed.toBinary({}).buffer);
  parsed.destroy();
  return `// Made by tools/wasm/lz4.ts from lz4.wat; do not edit.

/** The WebAssembly module of lz4.wat, ${bytes.length} bytes, in base64. */
export const lz4Module =
  '${bytes.toString('base64')}';
`;
}

if (import.meta.main) writeFileSync(target, await buildLz4Module());

// A WebAssembly module from its readable source, as a TypeScript file that is committed: nothing has to be built to run. Tests
// build each again and compare.

import { readFileSync } from 'node:fs';
import wabt from 'wabt';

/** What is built. */
export interface WatModule {
  /** The `.wat` file. */
  readonly source: URL;
  /** Name of the exported constant. */
  readonly constant: string;
  /** The tool that is run again after a change, from the project's folder. */
  readonly tool: string;
}

/** The text of the TypeScript file. @throws {Error} naming line and column of what is wrong in the source */
export async function renderWatModule({ source, constant, tool }: WatModule): Promise<string> {
  const toolkit = await wabt();
  const name = source.pathname.split('/').at(-1) ?? '';
  // As text: wabt reads a Buffer from the start of the pool that it lies in.
  const parsed = toolkit.parseWat(name, readFileSync(source, 'utf8'), { simd: true, bulk_memory: true });
  parsed.validate();
  const bytes = Buffer.from(parsed.toBinary({}).buffer);
  parsed.destroy();
  return `// Made by ${tool} from ${name}; do not edit.

/** The WebAssembly module of ${name}, ${bytes.length} bytes, in base64. */
export const ${constant} =
  '${bytes.toString('base64')}';
`;
}

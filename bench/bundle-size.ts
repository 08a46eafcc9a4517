// What each format adds to a function's bundle: the same consumer, bundled as infra/ does it, once per format.
// Usage: node bench/bundle-size.ts; prints the table of docs/reference/formats.md.

import { buildSync } from 'esbuild';
import { fileURLToPath } from 'node:url';

import { bundleSettings } from '../infra/function/bundle-settings.ts';

const projectRoot = fileURLToPath(new URL('../', import.meta.url));

/** The value formats that are measured: a name, and the imports and expression of a definition. */
export const formats: readonly (readonly [name: string, imports: string, expression: string])[] = [
  ['json()', `import { json } from './lib/index.ts'`, 'json()'],
  ['avro()', `import { avro } from './lib/index.ts'`, `avro('"string"')`],
  [
    'confluent(), JSON',
    `import { confluent, jsonReader } from './lib/index.ts'`,
    'confluent({ reader: jsonReader() })',
  ],
  [
    'confluent(), Avro',
    `import { confluent, avroReader } from './lib/index.ts'`,
    'confluent({ reader: avroReader() })',
  ],
  ['glue(), Avro', `import { glue, avroReader } from './lib/index.ts'`, 'glue({ reader: avroReader() })'],
  [
    'protobuf()',
    `import { protobuf } from './lib/format/protobuf.ts'`,
    `protobuf({ proto: 'message M { optional int32 a = 1; }', message: 'M' })`,
  ],
  [
    'confluent(), Protobuf',
    `import { confluent } from './lib/index.ts'; import { protobufReader } from './lib/format/protobuf.ts'`,
    'confluent({ reader: protobufReader() })',
  ],
];

/** A consumer's bundle with that format: its bytes, and the files it is made of. */
export function bundle(
  imports: string,
  expression: string,
): { readonly bytes: number; readonly files: readonly string[]; readonly modules: readonly string[] } {
  const contents = `${imports};
    import { createConsumer, defineConsumer } from './lib/index.ts';
    const config = defineConsumer({ name: 'size', topic: 'orders', value: ${expression} });
    export const handler = createConsumer(config, { record: (record) => record.value });`;
  const { metafile } = buildSync({
    ...bundleSettings,
    stdin: { contents, resolveDir: projectRoot, loader: 'ts' },
    outfile: 'asset/index.mjs',
    absWorkingDir: projectRoot,
  });
  const output = metafile.outputs['asset/index.mjs'];
  if (!output) throw new Error('the bundle has no output');
  const files = Object.entries(output.inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([file]) => file);
  // What is loaded as it starts, beside what is in it.
  const modules = output.imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => path);
  return { bytes: output.bytes, files, modules };
}

if (import.meta.main) {
  const sizes = formats.map(
    ([name, imports, expression]) => [name, bundle(imports, expression).bytes] as const,
  );
  const base = sizes[0]![1];
  console.log('| Value format | Bundle | More than `json()` |\n|---|---:|---:|');
  for (const [name, bytes] of sizes) {
    const more = bytes === base ? '' : `+${((bytes - base) / 1024).toFixed(1)} KiB`;
    console.log(
      `| \`${name.replace(/, /, '`, ')}${name.includes(',') ? '' : '`'} | ${(bytes / 1024).toFixed(1)} KiB | ${more} |`,
    );
  }
}

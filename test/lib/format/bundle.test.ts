// What a definition does not name must not be in its function's bundle.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundle, formats } from '../../../bench/bundle-size.ts';

function bundleOf(name: string): ReturnType<typeof bundle> {
  const format = formats.find(([known]) => known === name);
  assert.ok(format, name);
  return bundle(format[1], format[2]);
}

test('a consumer of JSON carries no Avro, no Protobuf, no registry', () => {
  const { bytes, files } = bundleOf('json()');
  assert.deepEqual(
    files.filter((file) => /avro|proto|registry|glue|confluent|long/i.test(file)),
    [],
  );
  assert.ok(bytes < 132 * 1024, `${bytes} bytes`);
});

test('a consumer loads no module of Node with its start but a few that cost nothing, and no package but the logger', () => {
  const { files, modules } = bundleOf('json()');
  assert.deepEqual([...new Set(modules)].toSorted(), [
    'node:buffer',
    'node:console',
    'node:crypto',
    'node:path',
  ]);
  assert.deepEqual(
    files.filter(
      (file) => file.includes('node_modules') && !/@aws-lambda-powertools|lambda-invoke-store/.test(file),
    ),
    [],
  );
});

test('a consumer of Avro carries no Protobuf, and one of Protobuf no Avro', () => {
  for (const name of ['avro()', 'confluent(), Avro', 'glue(), Avro']) {
    const { bytes, files } = bundleOf(name);
    assert.deepEqual(
      files.filter((file) => /protobuf/i.test(file)),
      [],
    );
    assert.ok(bytes < 158 * 1024, `${name}: ${bytes} bytes`);
  }
  for (const name of ['protobuf()', 'confluent(), Protobuf']) {
    const { bytes, files } = bundleOf(name);
    assert.deepEqual(
      files.filter((file) => /avro|ext\/descriptor/i.test(file)),
      [],
    );
    assert.ok(bytes < 294 * 1024, `${name}: ${bytes} bytes`);
  }
});

test('a consumer that asks Glue leaves its SDK to Lambda', () => {
  const { files } = bundleOf('glue(), Avro');
  assert.deepEqual(
    files.filter((file) => file.includes('@aws-sdk')),
    [],
  );
});

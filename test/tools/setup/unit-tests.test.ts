import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findUnitTests } from '../../../tools/setup/unit-tests.ts';

test('takes the tests of its folders that start no Kafka, no endpoints and no synthesis', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'tailrace-unit-'));
  t.after(() => rmSync(root, { recursive: true }));
  const write = (path: string, text: string): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write('test/lib/codec/quick.test.ts', 'assert.ok(true);');
  write('test/lib/codec/child.ts', 'no test');
  write('test/lib/deadletter/store.test.ts', 'const endpoints = await startAwsEndpoints();');
  write('test/tools/traffic/producer.test.ts', 'const broker = await startEmbeddedBroker();');
  write('test/tools/template/nested.test.ts', 'app.synth();');
  write('test/tools/template/app.test.ts', 'assert.match(message, /not synthesized/); // cdk synth');
  write('test/tools/local/sandbox/sandbox.test.ts', 'a folder that has no quick tests');
  assert.deepEqual(findUnitTests(root), ['test/lib/codec/quick.test.ts', 'test/tools/template/app.test.ts']);
});

test('finds most of this repository’s own tests of its folders', () => {
  const found = findUnitTests(new URL('../../../', import.meta.url).pathname);
  assert.ok(found.length > 100, `${found.length}`);
  assert.ok(!found.includes('test/tools/traffic/producer.test.ts'));
});

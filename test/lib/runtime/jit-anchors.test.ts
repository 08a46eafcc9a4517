import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { toAnchor } from '../../../lib/runtime/jit-anchors.ts';

test('a full collection between invocations costs the hot path none of its compiled code', () => {
  const child = fileURLToPath(new URL('jit-anchors-child.ts', import.meta.url));
  const flags = ['--expose-gc', '--trace-deopt', '--trace-opt'];
  const env = { ...process.env, POWERTOOLS_LOG_LEVEL: 'SILENT' };
  const lines = execFileSync(process.execPath, [...flags, child], {
    encoding: 'utf8',
    env,
    maxBuffer: 2 ** 26,
  }).split('\n');
  const ofHotPath = lines.filter((line) =>
    /\b(?:runRecords|admit|load|Lease|decode|RecordContext|release)\b/.test(line),
  );
  assert.ok(
    ofHotPath.some((line) => line.includes('completed optimizing')),
    'nothing was compiled',
  );
  assert.deepEqual(
    ofHotPath.filter((line) => line.includes('embedded weak objects cleared')),
    [],
  );
});

test('an anchor of a record has its shape and nothing of what it held', () => {
  const record = {
    topic: 'orders',
    partition: 1,
    offset: 2,
    timestamp: 3,
    timestampType: 'CREATE_TIME',
    key: 'a2V5',
    value: null,
    headers: [{ key: [1] }],
  };
  assert.deepEqual(toAnchor(record), { ...record, key: '', value: '', headers: [] });
  const { key: _, ...keyless } = record;
  assert.deepEqual(Object.keys(toAnchor(keyless)), Object.keys(keyless));
});

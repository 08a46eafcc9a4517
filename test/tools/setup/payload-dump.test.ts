// What may hold no payload is found out by the whole run (tools/setup/test.ts); here only that a payload would be found.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { findPayloads, payloadMark } from '../../../tools/setup/payload-dump.ts';

const tap = new URL('../../../tools/setup/payload-tap.mjs', import.meta.url).href;
// In two parts: what this file prints is looked through as well.
const split = `'${payloadMark.slice(0, 5)}' + '${payloadMark.slice(5)}'`;

/** Runs a tapped process whose output nobody sees but the tap. */
function findsOf(t: TestContext, source: string): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'tailrace-dump-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { status, stderr } = spawnSync(
    process.execPath,
    [`--import=${tap}`, '--input-type=module', '--eval', `const mark = ${split};\n${source}`],
    { env: { ...process.env, TAILRACE_PAYLOAD_DUMP: folder }, encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  return findPayloads(folder).map(({ excerpt }) => excerpt);
}

test('finds a mark in what a process prints, as text, in base64 at any alignment and as bytes', (t) => {
  const finds = findsOf(
    t,
    `console.log('before'); console.error('text ' + mark + '.');
     for (const before of ['', 'x', 'xy']) console.log(Buffer.from(before + mark + 'zz').toString('base64'));
     console.log(JSON.stringify([...Buffer.from(mark)])); console.log('after');`,
  );
  assert.equal(finds.length, 5);
});

test('finds a mark in what a child prints, in whatever way it is read', (t) => {
  const finds = findsOf(
    t,
    `import { execFile, spawn } from 'node:child_process';
     for await (const _ of spawn('echo', ['a' + mark]).stdout);
     spawn('echo', ['b' + mark]).stdout.setEncoding('utf8').on('data', () => {});
     execFile('echo', ['c' + mark], () => {});`,
  );
  assert.deepEqual(finds.map((line) => line[0]).toSorted(), ['a', 'b', 'c']);
});

test("finds the traffic's documents, and nothing in output without payload", (t) => {
  assert.equal(findsOf(t, `console.log('{"sku":"' + 'SKU-' + 'ABC123"}');`).length, 1);
  assert.equal(findsOf(t, `console.log('customer-' + '00042');`).length, 1);
  assert.deepEqual(findsOf(t, `console.log('order-000042 SKU customer-1', mark.length);`), []);
});

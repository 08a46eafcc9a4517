import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getHeapSnapshot } from 'node:v8';
import { findGrowth, lastId } from '../../../tools/heap/snapshot-diff.ts';
import { describePath } from '../../../tools/heap/holder-path.ts';
import { createSnapshotReader, type HeapSnapshot } from '../../../tools/heap/snapshot.ts';

async function takeText(): Promise<string> {
  let text = '';
  for await (const part of getHeapSnapshot().setEncoding('utf8')) text += String(part);
  return text;
}

function read(text: string, partLength = 65_536): HeapSnapshot {
  const reader = createSnapshotReader();
  for (let at = 0; at < text.length; at += partLength) reader.push(text.slice(at, at + partLength));
  return reader.end();
}

interface Parsed {
  readonly snapshot: { readonly meta: { readonly node_fields: readonly string[] } };
  readonly nodes: readonly number[];
  readonly edges: readonly number[];
  readonly strings: readonly string[];
}

test('reads what JSON.parse reads, however the text is cut', async () => {
  const text = await takeText();
  const { snapshot, nodes, edges, strings } = JSON.parse(text) as Parsed;
  const fields = snapshot.meta.node_fields.length;
  for (const partLength of [65_536, 7]) {
    const heap = read(text, partLength);
    assert.equal(heap.nodeCount, nodes.length / fields);
    assert.deepEqual(
      heap.nodeId,
      Uint32Array.from(heap.nodeId, (_, node) => nodes[node * fields + 2] ?? 0),
    );
    assert.deepEqual(
      heap.nodeSize,
      Uint32Array.from(heap.nodeSize, (_, node) => nodes[node * fields + 3] ?? 0),
    );
    assert.deepEqual(
      heap.edgeTo,
      Uint32Array.from(heap.edgeTo, (_, edge) => (edges[edge * 3 + 2] ?? 0) / fields),
    );
    const wrong = strings.findIndex((each, index) => ![each, ''].includes(heap.text(index)));
    assert.equal(wrong, -1);
    const named = strings.filter((each, index) => each !== '' && heap.text(index) === each);
    assert.ok(named.length > 1000, String(named.length));
  }
});

test('keeps no text of the heap, only the names in it', async () => {
  const payload = `{"marker":"${'secret'.repeat(20)}"}`;
  const held = { parsed: JSON.parse(payload) as { marker: string } };
  const heap = read(await takeText());
  const { nodeCount, nodeName, nodeType, nodeTypes, text } = heap;
  const texts = Array.from({ length: nodeCount }, (_, node) => node)
    .filter(
      (node) => nodeTypes[nodeType[node] ?? 0] === 'string' && text(nodeName[node] ?? 0).startsWith('secret'),
    )
    .map((node) => text(nodeName[node] ?? 0));
  assert.deepEqual(texts, []);
  assert.equal(held.parsed.marker.length, 120);
});

test('refuses a text that was cut, and one that is no snapshot', async () => {
  const text = await takeText();
  assert.throws(() => read(text.slice(0, -Math.floor(text.length / 3))), { code: 'SNAPSHOT' });
  assert.throws(() => read('{"snapshot":{},"nodes":[1,2]}'), { code: 'SNAPSHOT' });
  assert.throws(() => read(''), { code: 'SNAPSHOT' });
});

const registry = {
  list: [] as { readonly load: Float64Array }[],
  other: new Set<object>(),
  latest: new Float64Array(100_000),
};

test('counts what is new to the nearest old object that holds it', async () => {
  const before = read(await takeText());
  for (let index = 0; index < 50; index++) registry.list.push({ load: new Float64Array(20_000) });
  registry.other.add({ small: true });
  const middle = lastId(read(await takeText()));
  const growth = findGrowth(read(await takeText()), { before, untilId: middle });
  const largest = growth.groups[0];
  assert.ok(largest !== undefined && largest.bytes >= 50 * 160_000);
  const { expression, className, steps } = describePath(growth, largest);
  assert.match(expression, /registry\.list$/);
  assert.equal(className, 'Array');
  assert.equal(steps.join(''), '[n].load → its array buffer → 160000 bytes');
  assert.equal(registry.list.length, 50);
  assert.equal(registry.other.size, 1);
});

test('leaves out what took the place of something', async () => {
  const before = read(await takeText());
  registry.latest = new Float64Array(100_000);
  const middle = lastId(read(await takeText()));
  const growth = findGrowth(read(await takeText()), { before, untilId: middle });
  const holders = growth.groups.map((group) => describePath(growth, group).expression);
  assert.ok(!holders.some((each) => each.endsWith('registry')), holders.slice(0, 9).join());
  assert.equal(registry.latest.length, 100_000);
});

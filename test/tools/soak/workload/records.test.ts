// Which records a soak or a tuning sends.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chooseSource, toOrders, type RecordSource } from '../../../../tools/soak/workload/records.ts';
import { createTemporaryFolder } from '../../../../tools/temporary-folder.ts';

const runtime = new URL('../../../../lib/index.ts', import.meta.url).href;
const { path: project, remove } = await createTemporaryFolder('records');
after(remove);
const options = { packing: 'lz4', meanBytes: 800, seed: 858 } as const;

async function choose(
  consumer: string,
  topic: string,
  folder: string = project,
): ReturnType<typeof chooseSource> {
  const envelope = {
    topic,
    eventSource: 'SelfManagedKafka',
    eventSourceArn: undefined,
    bootstrapServers: 'b:1',
  } as const;
  return await chooseSource({ ...options, consumer, traffic: undefined }, { envelope, project: folder });
}

async function define(name: string, format: string, sample?: string): Promise<void> {
  await mkdir(join(project, 'consumers', name), { recursive: true });
  await writeFile(
    join(project, 'consumers', name, 'consumer.ts'),
    `import { defineConsumer, json, text, bytes } from '${runtime}';
export const it = defineConsumer({ name: '${name}', topic: 'things', value: ${format}, compression: 'none' });\n`,
  );
  if (sample !== undefined) await writeFile(join(project, 'consumers', name, 'sample.ndjson'), sample);
}

const goodValues = (source: RecordSource, count: number): readonly string[] =>
  [...source.generate(count)].filter(({ kind }) => kind === 'good').map(({ value }) => String(value));

test('sends the sample beside a definition, packed as the definition reads it, with new ids each fifth time', async () => {
  await define('sampled', 'json()', '{"id":1}\n{"id":2}\n');
  const source = await choose('sampled', 'things');
  assert.match(source.from, /sample\.ndjson$/);
  const values = goodValues(source, 100);
  assert.ok(values.length >= 90, `${values.length}`);
  assert.deepEqual([...new Set(values.slice(0, 12))], ['{"id":1}', '{"id":2}', '{"id":1001}', '{"id":1002}']);
  assert.ok(new Set(values).size >= 18, `${new Set(values).size}`);
});

test('sends a growing number of different orders to the end', () => {
  const [early = new Set(), late = new Set()] = [0, 1].map((half) => {
    const all = [...toOrders(options).generate(10_000)];
    return new Set(all.slice(half * 5000, half * 5000 + 5000).map(({ key }) => key));
  });
  assert.ok([...late].filter((key) => !early.has(key)).length > 900);
});

test('says what is missing where nobody knows what records are like', async () => {
  await define('words', 'text()');
  await assert.rejects(
    choose('words', 'things'),
    /records for words cannot be generated, got text\(\) says nothing.*write sample\.ndjson into/,
  );
});

test('sends plain orders to a function whose definition is not here, and packed ones to the example', async () => {
  const foreign = await choose('somebody', 'orders');
  const [first] = foreign.generate(1);
  assert.equal(typeof (JSON.parse(String(first?.value)) as { orderId: unknown }).orderId, 'string');
  const root = fileURLToPath(new URL('../../../../', import.meta.url));
  const example = await choose('relay', 'orders', root);
  assert.equal(example.from, 'orders');
  const [packed] = example.generate(1);
  assert.equal(packed?.value?.readUInt32LE(0), 0x18_4d_22_04); // LZ4's magic number
});

// `tailrace send`: a person's own records, written as the definition reads them, into a real broker.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Broker } from '../../tools/broker/broker.ts';
import { startEmbeddedBroker } from '../../tools/broker/embedded.ts';
import type { SendReport } from '../../tools/send/run.ts';
import { root, startCli, startProgram } from '../support/cli.ts';
import { readTopic } from '../support/topic.ts';

let broker: Broker;
let folder: string;
before(async () => {
  broker = await startEmbeddedBroker();
  folder = await mkdtemp(join(tmpdir(), 'tailrace-send-'));
});
after(async () => {
  await broker.close();
  await rm(folder, { recursive: true, force: true });
});

async function send(
  target: string,
  lines: readonly string[],
  args: readonly string[] = [],
): Promise<{ readonly code: number | null; readonly report: SendReport; readonly stderr: string }> {
  const file = join(folder, `${target}.ndjson`);
  await writeFile(file, lines.join('\n'));
  const { code, stdout, stderr } = await startCli([
    'send',
    target,
    file,
    '--brokers',
    broker.bootstrapServers,
    '--json',
    ...args,
  ]).ended;
  assert.notEqual(stdout, '', stderr);
  return { code, report: JSON.parse(stdout) as SendReport, stderr };
}

test('sends whole records and bare values as JSON to a topic that no definition reads', async () => {
  const { code, report } = await send('plain', [
    '{"key":"k","value":{"a":1},"headers":{"trace":"x"},"timestamp":1767225600000}',
    '{"a":2}',
    '',
    'null',
    '{"value":{"base64":"AAEC"}}',
  ]);
  assert.deepEqual([code, report.sent, report.refused], [0, 4, []]);
  const messages = await readTopic(broker.bootstrapServers, 'plain', 4);
  const first = messages.find(({ key }) => key?.toString() === 'k');
  assert.equal(first?.value?.toString(), '{"a":1}');
  assert.equal(first?.timestamp, '1767225600000');
  assert.equal(first?.headers?.['trace']?.toString(), 'x');
  assert.ok(messages.some(({ value }) => value === null));
  assert.ok(messages.some(({ value }) => value?.equals(Buffer.from([0, 1, 2])) === true));
});

test('writes values as the definition of a consumer reads them, and names the lines that it would not read', async () => {
  const order = {
    orderId: 'o',
    customerId: 'c',
    status: 'placed',
    placedAt: '2026-01-01T00:00:00Z',
    currency: 'EUR',
    totalCents: 1,
    items: [],
  };
  const { code, report, stderr } = await send('materialize', [
    JSON.stringify({ key: 'o', value: order }),
    JSON.stringify({ key: 'o', value: { ...order, totalCents: 'secret' } }),
    JSON.stringify({ key: 'p', value: order }),
  ]);
  assert.deepEqual([code, report.topic, report.sent, report.refused.length], [1, 'orders', 2, 1]);
  assert.match(report.refused[0]?.line ?? '', /materialize\.ndjson:2$/);
  assert.match(stderr, /:2 was not sent: .*totalCents/);
  assert.doesNotMatch(stderr + JSON.stringify(report), /secret/);
  assert.equal((await readTopic(broker.bootstrapServers, 'orders', 2)).length, 2);
});

test('sends what the definition would not read where that is asked for', async () => {
  const lines = [JSON.stringify({ key: 'o', value: { totalCents: 'secret' } })];
  const { code, report } = await send('materialize', lines, ['--unchecked']);
  assert.deepEqual([code, report.sent, report.refused.length], [0, 1, 0]);
});

test('names a line that is no record, and sends the others', async () => {
  const { code, report, stderr } = await send('mixed', [
    '{"value":1}',
    'secret',
    '{"value":2,"partition":-1}',
    '{"value":3,"partition":4}',
    '{"value":4,"timestamp":"soon"}',
    '{"value":5,"headers":[]}',
    '{"value":{"base64":"%%"}}',
    '{"value":6,"partition":3,"timestamp":"2026-01-01T00:00:00Z"}',
  ]);
  assert.deepEqual([code, report.sent], [1, 2]);
  assert.deepEqual(report.refused.map(({ line }) => line.split(':').at(-1)).toSorted(), [
    '2',
    '3',
    '4',
    '5',
    '6',
    '7',
  ]);
  assert.doesNotMatch(stderr, /secret/);
  const sent = await readTopic(broker.bootstrapServers, 'mixed', 2);
  assert.deepEqual(sent.map(({ value }) => value?.toString()).toSorted(), ['1', '6']);
});

test('sends a record while it waits for the next line, and at Ctrl-C says how many it has sent', async () => {
  const lines = join(folder, 'lines');
  execFileSync('mkfifo', [lines]);
  const args = ['send', 'piped', '--brokers', broker.bootstrapServers, '--json'];
  const { child, ended } = startProgram(
    'sh',
    ['-c', 'exec "$0" "$@" < "$LINES"', process.execPath, `${root}tools/cli.ts`, ...args],
    { cwd: root, env: { ...process.env, LINES: lines } },
  );
  const writer = await open(lines, 'w');
  await writer.write('{"value":1}\n');
  const [message] = await readTopic(broker.bootstrapServers, 'piped', 1);
  assert.equal(message?.value?.toString(), '1');
  child.kill('SIGINT');
  const { code, stdout } = await ended;
  await writer.close();
  assert.deepEqual([code, JSON.parse(stdout)], [130, { topic: 'piped', sent: 1, refused: [] }]);
});

test('packs values as asked, and refuses what the definition would not read', async () => {
  assert.equal((await send('packed', ['{"value":{"a":1}}'], ['--compression', 'zstd'])).report.sent, 1);
  const [message] = await readTopic(broker.bootstrapServers, 'packed', 1);
  assert.equal(message?.value?.readUInt32LE(0), 0xfd2fb528);
  assert.equal(message?.headers?.['content-encoding']?.toString(), 'zstd');
  const { code, stderr } = await startCli([
    'send',
    'relay',
    '/dev/null',
    '--brokers',
    broker.bootstrapServers,
    '--schema-id',
    '7',
  ]).ended;
  assert.equal(code, 2);
  assert.match(stderr, /--schema-id goes into the framing of a registry/);
});

test('says what is wrong: no record at all, no file, nobody to send to', async () => {
  const bad = async (args: readonly string[]): Promise<readonly [number | null, string]> => {
    const { code, stderr } = await startCli(['send', ...args]).ended;
    return [code, stderr];
  };
  const file = join(folder, 'bad.ndjson');
  await writeFile(file, '\nsecret\n');
  const [code, stderr] = await bad(['bad', file, '--brokers', broker.bootstrapServers]);
  assert.equal(code, 1);
  assert.match(stderr, /bad\.ndjson:2/);
  assert.doesNotMatch(stderr, /secret/);
  for (const path of [join(folder, 'nowhere'), folder]) {
    const [failed, says] = await bad(['bad', path, '--brokers', broker.bootstrapServers]);
    assert.equal(failed, 3);
    assert.match(says, /^tailrace: records cannot be read from [^\n]+\n$/);
  }
  const [nobody, why] = await bad(['bad', file]);
  assert.equal(nobody, 2);
  assert.match(why, /nobody to send to, got no running tailrace dev in this project and no --brokers/);
  assert.equal((await bad(['bad', file, 'more', '--brokers', 'x:1']))[0], 2);
});

// What each topic is sent: what was asked for, what the consumer's folder has, what its schema tells, or nothing, and why.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseOptions } from '../../../../tools/command.ts';
import { runCommand } from '../../../../tools/run/command.ts';
import { toRunOptions } from '../../../../tools/run/options.ts';
import { planTraffic, type TopicPlan } from '../../../../tools/run/traffic/traffic-plan.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const project = await mkdtemp(join(tmpdir(), 'tailrace-plan-'));
after(() => rm(project, { recursive: true }));

const define = (name: string, value: string): string => `
  import { z } from 'zod';
  import { defineConsumer, json, text } from ${JSON.stringify(join(root, 'lib/index.ts'))};
  export const mine = defineConsumer({ name: '${name}', topic: '${name}', value: ${value} });`;

for (const [path, content] of Object.entries({
  'package.json': '{"type":"module"}',
  'handlers/schema/consumer.ts': define('schema', 'json(z.object({ id: z.string() }))'),
  'handlers/words/consumer.ts': define('words', 'text()'),
  'handlers/sampled/consumer.ts': define('sampled', 'json()'),
  'handlers/sampled/sample.ndjson': '{"id":1}\n{"id":2}\n',
  'handlers/broken/consumer.ts': 'throw new Error("cannot load");',
  'two.ndjson': '{"a":1}\n{"a":2}\n',
})) {
  await mkdir(join(project, dirname(path)), { recursive: true });
  await writeFile(join(project, path), content);
}
await symlink(join(root, 'node_modules'), join(project, 'node_modules'));

/** The plans for these consumers, each on a topic of its own name, with these words on the command line. */
async function plan(
  args: readonly string[],
  consumers: readonly string[],
  folder = project,
): Promise<readonly TopicPlan[]> {
  const options = toRunOptions(parseOptions(runCommand, args));
  return await planTraffic(
    options,
    consumers.map((consumer) => ({ consumer, topic: consumer })),
    folder,
  );
}

const count = ({ records }: TopicPlan): number => [...(records?.() ?? [])].length;
const values = ({ records }: TopicPlan): readonly string[] =>
  [...(records?.() ?? [])].map(({ value }) => String(value));

test('sends a sample beside the consumer, else values of its schema, else nothing, and says which', async () => {
  const plans = await plan([], ['sampled', 'schema', 'words', 'broken', 'unknown']);
  assert.deepEqual(plans.map(count), [5000, 5000, 0, 0, 0]);
  const lines = plans.map(({ line }) => line.replaceAll(project, '.'));
  assert.match(lines[0] ?? '', /^sampled: records of .*handlers\/sampled\/sample\.ndjson$/);
  assert.equal(lines[1], 'schema: records made from its zod schema');
  assert.equal(
    lines[2],
    'words: nothing is sent, text() says nothing of its values; write sample.ndjson into the folder of its consumer.ts, or give --traffic words=FILE',
  );
  assert.match(lines[3] ?? '', /^broken: nothing is sent, .*consumer\.ts does not load: cannot load; /);
  assert.match(lines[4] ?? '', /^unknown: nothing is sent, its definition is not known; /);
});

test('sends a file that was named once, as it is, or as many records as were asked for', async () => {
  const file = join(project, 'two.ndjson');
  const [once] = await plan(['--traffic', `words=${file}`, '--cdk-out', 'x'], ['words']).catch(() => []);
  assert.equal(once, undefined, 'an object is no text');
  const [plain] = await plan(['--traffic', `unknown=${file}`, '--cdk-out', 'x'], ['unknown']);
  assert.ok(plain);
  assert.deepEqual(values(plain), ['{"a":1}', '{"a":2}']);
  const [many] = await plan(['--traffic', `unknown=${file}`, '--records', '5'], ['unknown']);
  assert.equal(many && count(many), 5);
});

test('sends an app of somebody else’s nothing unasked, and plain orders where only a number is asked for', async () => {
  for (const args of [
    ['--cdk-out', 'x'],
    ['--cdk-out', 'x', '--watch'],
    ['--records', '0'],
    ['--brokers', 'h:1'],
  ]) {
    const plans = await plan(args, ['schema', 'unknown']);
    assert.deepEqual(
      plans.map(({ line, records }) => [line, records]),
      [
        ['schema: nothing is sent', undefined],
        ['unknown: nothing is sent', undefined],
      ],
    );
  }
  const [orders] = await plan(['--cdk-out', 'x', '--records', '50'], ['unknown']);
  assert.equal(orders?.line, 'unknown: orders, as plain JSON');
  for (const value of values(orders))
    assert.ok('orderId' in (JSON.parse(value) as object), 'no poison, no tombstone, not packed');
});

test('sends what was named and nothing else to an app of somebody else’s', async () => {
  const args = ['--cdk-out', 'x', '--traffic', `unknown=${join(project, 'two.ndjson')}`, '--records', '3'];
  const plans = await plan(args, ['schema', 'unknown']);
  assert.deepEqual(plans.map(count), [0, 3]);
});

test('sends the example its orders, packed, with poison and tombstones', async () => {
  const options = toRunOptions(parseOptions(runCommand, ['--records', '300']));
  const readers = ['archive', 'relay'].map((consumer) => ({ consumer, topic: 'orders' }));
  const [orders] = await planTraffic(options, readers, root);
  assert.equal(orders?.line, 'archive, relay: orders');
  const kinds = new Set([...(orders?.records?.() ?? [])].map(({ kind }) => kind));
  assert.deepEqual(kinds, new Set(['good', 'tombstone', 'undecodable', 'invalid', 'over-limit']));
});

test('a topic of its own records has no tombstones unless they are asked for, and poison unless it is not', async () => {
  const kindsOf = async (...args: string[]): Promise<ReadonlySet<string>> => {
    const [only] = await plan(['--records', '400', ...args], ['schema']);
    return new Set([...(only?.records?.() ?? [])].map(({ kind }) => kind));
  };
  assert.deepEqual(await kindsOf(), new Set(['good', 'undecodable', 'invalid', 'over-limit']));
  assert.deepEqual(await kindsOf('--poison', '0', '--tombstones', '5'), new Set(['good', 'tombstone']));
});

test('refuses a target that no consumer has, and a run with nothing to send', async () => {
  await assert.rejects(plan(['--traffic', 'schemas=x'], ['schema']), {
    code: 'TRAFFIC_OPTION',
    message: /expected one of schema/,
  });
  await assert.rejects(plan([], ['words']), {
    code: 'NOTHING_TO_SEND',
    message: /--records 0 runs them without/,
  });
});

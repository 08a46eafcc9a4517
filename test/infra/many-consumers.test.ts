// What becomes of an app that is too large for one template.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { KafkaConsumer } from '../../infra/kafka-consumer.ts';
import { acknowledgeNag } from '../../infra/rule-packs/nag.ts';
import { PropsError } from '../../infra/props-error.ts';
import type { TemplateJson } from './grants.ts';
import { addConsumers, nameConsumers } from './many-consumers.ts';

process.env['CDK_VALIDATION'] = 'false';

const folder = mkdtempSync(join(tmpdir(), 'tailrace-many-'));
after(() => rmSync(folder, { recursive: true }));

function createApp(outdir: string): App {
  return new App({ outdir: join(folder, outdir), context: { 'aws:cdk:bundling-stacks': [] } });
}

/** The stack of each consumer, by its name. */
function placesOf(names: readonly string[], consumersInStack?: number): ReadonlyMap<string, string> {
  const options = { folder, ...(consumersInStack === undefined ? {} : { consumersInStack }) };
  const stack = addConsumers(createApp('unused'), names, options);
  return new Map(
    stack.node
      .findAll()
      .filter((each) => each instanceof KafkaConsumer)
      .map((each) => [each.definition.name, Stack.of(each).node.path]),
  );
}

const hundred = nameConsumers(100);

test('splits 100 consumers over templates that CloudFormation takes', () => {
  const app = createApp('many');
  addConsumers(app, hundred, { folder });
  app.synth();
  const files = readdirSync(join(folder, 'many')).filter((name) => name.endsWith('.template.json'));
  const groups: unknown[] = [];
  for (const file of files) {
    const path = join(folder, 'many', file);
    const { Resources } = JSON.parse(readFileSync(path, 'utf8')) as TemplateJson;
    assert.ok(Object.keys(Resources).length < 400, `${file} has ${Object.keys(Resources).length} resources`);
    assert.ok(statSync(path).size < 1_000_000, `${file} has ${statSync(path).size} bytes`);
    for (const { Type, Properties } of Object.values(Resources)) {
      if (Type === 'AWS::Lambda::EventSourceMapping')
        groups.push(Properties['AmazonManagedKafkaEventSourceConfig']);
    }
  }
  // A group is called the same wherever its consumer stands.
  const expected = hundred.map((name) => ({ ConsumerGroupId: `Many-${name}` }));
  const byGroup = (one: object, other: object): number =>
    JSON.stringify(one).localeCompare(JSON.stringify(other));
  assert.deepEqual((groups as object[]).toSorted(byGroup), expected.toSorted(byGroup));
});

test('keeps every consumer in its place when one is added behind the others', () => {
  const before = placesOf(hundred.slice(0, 40));
  const then = placesOf(hundred.slice(0, 41));
  assert.equal(new Set(before.values()).has('Many'), true);
  for (const [name, place] of before) assert.equal(then.get(name), place, name);
});

test('keeps every consumer in its place wherever one is added or taken away, when none is in the stack itself', () => {
  const before = placesOf(hundred.slice(0, 40), 0);
  const then = placesOf([...hundred.slice(60), 'newcomer', ...hundred.slice(1, 40)], 0);
  assert.equal(new Set(before.values()).has('Many'), false);
  for (const [name, place] of before) if (then.has(name)) assert.equal(then.get(name), place, name);
});

test('keeps ten consumers in the stack itself, as one that was never split', () => {
  assert.deepEqual([...new Set(placesOf(hundred.slice(0, 10)).values())], ['Many']);
  assert.equal(new Set(placesOf(hundred.slice(0, 11)).values()).size, 2);
});

test('answers cdk-nag in nested stacks as in the stack itself', () => {
  const app = createApp('nag');
  acknowledgeNag(addConsumers(app, hundred.slice(0, 12), { folder, monitoring: false }));
  const { violations } = new AwsSolutionsChecks(app).validateScope(app);
  assert.ok(violations.length > 0);
  delete process.env['CDK_VALIDATION'];
  try {
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    app.synth();
  } finally {
    process.env['CDK_VALIDATION'] = 'false';
  }
  const report = JSON.parse(readFileSync(join(folder, 'nag/validation-report.json'), 'utf8')) as {
    readonly pluginReports: readonly { readonly pluginName: string }[];
  };
  assert.deepEqual(
    report.pluginReports.filter(({ pluginName }) => pluginName === 'AwsSolutions'),
    [],
  );
});

test('names a number of consumers in the stack that is out of range', () => {
  for (const count of [-1, 11, 1.5]) {
    assert.throws(
      () => placesOf([], count),
      (error) => error instanceof PropsError && error.fields.includes('consumersInStack'),
    );
  }
});

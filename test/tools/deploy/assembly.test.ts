import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  changeSettings,
  editAssembly,
  leaveOut,
  type EditableTemplate,
} from '../../../tools/deploy/assembly.ts';

const [childHash, parentHash, codeHash] = ['child', 'parent', 'code'].map((word) =>
  createHash('sha256').update(word).digest('hex'),
) as [string, string, string];

/** An assembly of a stack with a nested one, whose template it names by its hash. */
async function makeAssembly(t: TestContext): Promise<{ readonly from: string; readonly to: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-assembly-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const from = join(folder, 'from');
  await mkdir(join(from, `asset.${codeHash}`), { recursive: true });
  const write = async (file: string, content: object): Promise<void> =>
    await writeFile(join(from, file), JSON.stringify(content));
  await writeFile(join(from, `asset.${codeHash}`, 'index.json'), '{}');
  await write('App.template.json', {
    Resources: {
      Child: {
        Type: 'AWS::CloudFormation::Stack',
        Properties: { TemplateURL: `https://b/${childHash}.json` },
      },
    },
  });
  await write('Child.nested.template.json', {
    Resources: { Fn: { Type: 'AWS::Lambda::Function', Properties: { MemorySize: 256 } } },
  });
  await write('App.assets.json', {
    files: {
      [childHash]: { source: { path: 'Child.nested.template.json' } },
      [parentHash]: { source: { path: 'App.template.json' } },
      [codeHash]: { source: { path: `asset.${codeHash}` } },
    },
  });
  await write('manifest.json', { artifacts: { App: { properties: { url: `s3://b/${parentHash}.json` } } } });
  return { from, to: join(folder, 'to') };
}

test('gives every edited template a new hash wherever it is named, and leaves other assets alone', async (t) => {
  const { from, to } = await makeAssembly(t);
  await editAssembly(from, to, { label: 'one', edit: changeSettings });
  const texts = await Promise.all(
    ['App.template.json', 'App.assets.json', 'manifest.json'].map((file) => readFile(join(to, file), 'utf8')),
  );
  for (const text of texts) {
    assert.ok(!text.includes(childHash), 'the old hash of the nested template');
    assert.ok(!text.includes(parentHash), 'the old hash of the template');
  }
  const [template = '', assets = ''] = texts;
  const renamed = /https:\/\/b\/([0-9a-f]{64})\.json/.exec(template)?.[1] ?? 'none';
  assert.ok(assets.includes(renamed), 'the parent names the nested template as the assets do');
  assert.ok(assets.includes(codeHash), 'the code is the same asset');
  assert.equal(await readFile(join(to, `asset.${codeHash}`, 'index.json'), 'utf8'), '{}');
  const child = JSON.parse(
    await readFile(join(to, 'Child.nested.template.json'), 'utf8'),
  ) as EditableTemplate;
  assert.equal(child.Resources['Fn']?.Properties?.['MemorySize'], 320);
  assert.ok((await readFile(join(from, 'manifest.json'), 'utf8')).includes(parentHash), 'the original stays');
});

test('leaves out what is not known here, and alarms by metric math', () => {
  const template: EditableTemplate = {
    Conditions: { Own: true },
    Resources: {
      Queue: { Type: 'AWS::SQS::Queue' },
      Cluster: { Type: 'AWS::MSK::Cluster' },
      Plain: { Type: 'AWS::CloudWatch::Alarm', Properties: { MetricName: 'Errors' } },
      Math: { Type: 'AWS::CloudWatch::Alarm', Properties: { Metrics: [] } },
    },
  };
  const known = new Set(['AWS::SQS::Queue', 'AWS::CloudWatch::Alarm']);
  assert.deepEqual(leaveOut(template, known), ['AWS::MSK::Cluster', 'AWS::CloudWatch::Alarm']);
  const conditions = Object.entries(template.Resources).map(([id, { Condition }]) => [
    id,
    Condition !== undefined,
  ]);
  assert.deepEqual(Object.fromEntries(conditions), { Queue: false, Cluster: true, Plain: false, Math: true });
  assert.equal(Object.keys(template.Conditions ?? {}).length, 2);
});

test('puts names in place of references to what is left out', () => {
  const cluster = { 'Fn::GetAtt': ['Cluster', 'Arn'] };
  const template: EditableTemplate = {
    Outputs: { Arn: { Value: cluster } },
    Resources: {
      Cluster: { Type: 'AWS::MSK::Cluster', Properties: { Group: { Ref: 'Group' } } },
      Log: { Type: 'AWS::EC2::FlowLog' },
      Group: { Type: 'AWS::EC2::SecurityGroup' },
      Mapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: { EventSourceArn: cluster, Tags: [{ Ref: 'Log' }], Group: { Ref: 'Group' } },
        DependsOn: ['Cluster', 'Group'],
      },
    },
  };
  leaveOut(template, new Set(['AWS::EC2::SecurityGroup', 'AWS::Lambda::EventSourceMapping']));
  const { Mapping } = template.Resources;
  const arn = Mapping?.Properties?.['EventSourceArn'];
  assert.match(String(arn), /^arn:aws:kafka:[\w-]+:\d{12}:cluster\/Cluster\/[0-9a-f-]+$/);
  assert.deepEqual(Mapping, {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { EventSourceArn: arn, Tags: ['Log'], Group: { Ref: 'Group' } },
    DependsOn: ['Group'],
  });
  assert.deepEqual(template.Outputs, { Arn: { Value: arn } });
});

test('leaves a template alone when all of it is known', () => {
  const template: EditableTemplate = { Resources: { Queue: { Type: 'AWS::SQS::Queue' } } };
  assert.deepEqual(leaveOut(template, new Set(['AWS::SQS::Queue'])), []);
  assert.deepEqual(template, { Resources: { Queue: { Type: 'AWS::SQS::Queue' } } });
});

test('changes memory and batch sizes to other legal ones, at both ends of their ranges', () => {
  const change = (type: string, properties: Record<string, unknown>): unknown => {
    const template: EditableTemplate = { Resources: { It: { Type: type, Properties: properties } } };
    changeSettings(template);
    return template.Resources['It']?.Properties;
  };
  assert.deepEqual(change('AWS::Lambda::Function', { MemorySize: 128 }), { MemorySize: 192 });
  assert.deepEqual(change('AWS::Lambda::Function', { MemorySize: 10_240 }), { MemorySize: 10_176 });
  assert.deepEqual(change('AWS::Lambda::EventSourceMapping', { BatchSize: 500 }), { BatchSize: 250 });
  assert.deepEqual(change('AWS::Lambda::EventSourceMapping', { BatchSize: 1 }), { BatchSize: 2 });
  assert.deepEqual(change('AWS::Lambda::EventSourceMapping', {}), { BatchSize: 50 });
  assert.deepEqual(change('AWS::SQS::Queue', { BatchSize: 1 }), { BatchSize: 1 });
});

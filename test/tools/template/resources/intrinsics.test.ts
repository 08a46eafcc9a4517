// Values that lead nowhere, or round in a circle, and names that every JavaScript object has.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createResolver } from '../../../../tools/template/resources/intrinsics.ts';
import { takeInNested } from '../../../../tools/template/document/nested-stacks.ts';
import type { Template } from '../../../../tools/template/document/template-document.ts';
import { readTopology } from '../../../../tools/template/topology.ts';
import { endpoints, fn, mapping, writeAssembly, type Json } from '../../../support/assembly.ts';
import { isLocalError, options } from '../../../support/topology.ts';

const inherited = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__'];

function resolve(value: unknown, template: Json = {}): unknown {
  const stack = { name: 'App', template: { Resources: {}, ...template }, assets: new Map() };
  const lookups = { attribute: () => undefined, importValue: () => undefined, parameters: {} };
  return createResolver(stack, endpoints, lookups).resolve('Fn', value);
}

test('takes no inherited name for a resource, a parameter, a map, a condition or an attribute', () => {
  for (const name of inherited) {
    for (const value of [
      { Ref: name },
      { 'Fn::GetAtt': [name, name] },
      { 'Fn::FindInMap': [name, name, name] },
      { 'Fn::FindInMap': ['Sizes', name, name] },
      { 'Fn::If': [name, 1, 2] },
      { Condition: name },
      { 'Fn::Sub': `\${${name}}` },
      { 'Fn::Sub': [`\${${name}}`, {}] },
    ])
      assert.throws(() => resolve(value, { Mappings: { Sizes: {} } }), isLocalError('UNRESOLVED', name));
  }
});

test('reads what a template itself gives such a name', () => {
  for (const name of inherited) {
    const named = (value: unknown): Json => Object.fromEntries([[name, value]]);
    assert.equal(resolve({ Ref: name }, { Parameters: named({ Default: 'a' }) }), 'a');
    assert.equal(
      resolve({ 'Fn::FindInMap': [name, name, name] }, { Mappings: named(named(named('b'))) }),
      'b',
    );
    assert.equal(resolve({ 'Fn::Sub': [`\${${name}}`, named('c')] }), 'c');
    assert.equal(
      resolve({ 'Fn::If': [name, 'd', 'e'] }, { Conditions: named({ 'Fn::Equals': [1, 1] }) }),
      'd',
    );
  }
});

test('reads an app whose resources, variables and nested stacks have such names', async (t) => {
  const names = inherited.filter((name) => name !== '__proto__'); // no letters and digits alone
  for (const name of names) {
    const Variables = Object.fromEntries([[name, { 'Fn::GetAtt': [name, 'Arn'] }]]);
    const Resources = Object.fromEntries([
      [name, { Type: 'AWS::SQS::Queue' }],
      ['Fn', fn({ Environment: { Variables } })],
      ['Mapping', mapping({ Ref: 'Fn' })],
    ]);
    const { functions, queues } = readTopology(await writeAssembly(t, { App: { Resources } }), options);
    assert.equal(functions[0]?.environment[name], `arn:aws:sqs:eu-west-1:000000000000:App-${name}`);
    assert.deepEqual(
      queues.map((queue) => queue.name),
      [`App-${name}`],
    );
  }
});

test('says what depends on itself, instead of running out of stack', async (t) => {
  const circles: readonly Json[] = [
    { Conditions: { A: { Condition: 'B' }, B: { 'Fn::Not': [{ Condition: 'A' }] } } },
    { Conditions: { A: { 'Fn::If': ['A', true, false] } } },
  ];
  for (const template of circles)
    assert.throws(() => resolve({ 'Fn::If': ['A', 1, 2] }, template), isLocalError('UNRESOLVED', 'itself'));
  const queue = (QueueName: unknown): Json => ({ Type: 'AWS::SQS::Queue', Properties: { QueueName } });
  const read = async (stacks: Readonly<Record<string, Json>>): Promise<unknown> =>
    readTopology(await writeAssembly(t, stacks), options);
  await assert.rejects(
    read({ App: { Resources: { A: queue({ Ref: 'A' }) } } }),
    isLocalError('UNRESOLVED', 'Ref A, which depends on itself'),
  );
  await assert.rejects(
    read({
      App: { Resources: { A: queue({ 'Fn::GetAtt': ['B', 'QueueName'] }), B: queue({ 'Fn::Sub': '${A}' }) } },
    }),
    isLocalError('UNRESOLVED', 'itself'),
  );
  const exporter = (own: string, other: string): Json => ({
    Resources: { Q: queue({ 'Fn::ImportValue': other }) },
    Outputs: { Out: { Value: { Ref: 'Q' }, Export: { Name: own } } },
  });
  await assert.rejects(
    read({ One: exporter('one', 'two'), Two: exporter('two', 'one') }),
    isLocalError('UNRESOLVED', 'Fn::ImportValue', 'itself'),
  );
});

test('says which nested stack holds itself, and which outputs wait for each other', () => {
  const key = `${'a'.repeat(64)}.json`;
  const nested = (Parameters: Json = {}): Template['Resources'][string] => ({
    Type: 'AWS::CloudFormation::Stack',
    Properties: { TemplateURL: `https://bucket/${key}`, Parameters },
  });
  assert.throws(
    () => takeInNested({ Resources: { Inner: nested() } }, () => ({ Resources: { Inner: nested() } })),
    isLocalError('NO_CDK_OUT', 'Inner', 'holds itself'),
  );
  const template = {
    Parameters: { In: {} },
    Resources: {},
    Outputs: { Out: { Value: { Ref: 'In' } } },
  };
  const outer = {
    Resources: {
      One: nested({ In: { 'Fn::GetAtt': ['Two', 'Outputs.Out'] } }),
      Two: nested({ In: { 'Fn::GetAtt': ['One', 'Outputs.Out'] } }),
    },
    Outputs: { All: { Value: { 'Fn::GetAtt': ['One', 'Outputs.Out'] } } },
  };
  assert.throws(() => takeInNested(outer, () => template), isLocalError('UNRESOLVED', 'One.Outputs.Out'));
});

test('puts names in texts, and maps, of nested stacks in their place', () => {
  const key = `${'b'.repeat(64)}.json`;
  const inner: Template = {
    Parameters: { Stage: { Default: 'dev' } },
    Mappings: { Sizes: { small: { mb: 128 } } },
    Resources: {
      Queue: { Type: 'AWS::SQS::Queue' },
      Fn: {
        Type: 'Any',
        Properties: {
          Text: { 'Fn::Sub': '${Stage}/${Queue}/${Queue.Arn}/${!Queue}/${AWS::Region}' },
          Size: { 'Fn::FindInMap': ['Sizes', 'small', 'mb'] },
        },
      },
    },
  };
  const Properties = { TemplateURL: `https://bucket/${key}` };
  const template = takeInNested(
    { Resources: { In: { Type: 'AWS::CloudFormation::Stack', Properties } } },
    () => inner,
  );
  const { Text, Size } = template.Resources['In-Fn']?.Properties ?? {};
  const stack = { name: 'App', template, assets: new Map<string, string>() };
  const attribute = (id: string, name: string | undefined): string => `<${id} ${name ?? 'Ref'}>`;
  const { resolve: read } = createResolver(stack, endpoints, {
    attribute,
    importValue: () => undefined,
    parameters: {},
  });
  assert.equal(read('In-Fn', Text), 'dev/<In-Queue Ref>/<In-Queue Arn>/${Queue}/eu-west-1');
  assert.equal(read('In-Fn', Size), 128);
});

// Parameters whose value is a list: CloudFormation is given one text, and hands its items to the template.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { takeInNested } from '../../../tools/template/document/nested-stacks.ts';
import { readTopology, type Topology } from '../../../tools/template/topology.ts';
import { fn, mapping, writeAssembly, type Json } from '../../support/assembly.ts';
import { options } from '../../support/topology.ts';

const list = { Ref: 'List' };
const types = [
  'CommaDelimitedList',
  'List<String>',
  'List<AWS::EC2::Subnet::Id>',
  'AWS::SSM::Parameter::Value<List<String>>',
  'AWS::SSM::Parameter::Value<CommaDelimitedList>',
];

async function read(t: TestContext, Parameters: Json, Topics: unknown, more: Json = {}): Promise<Topology> {
  const Resources = { Fn: fn(more), Mapping: mapping({ Ref: 'Fn' }, { Topics }) };
  return readTopology(await writeAssembly(t, { App: { Parameters, Resources } }), options);
}

test('hands the items of a list parameter to a property, Fn::Select and Fn::Join', async (t) => {
  for (const Type of types)
    for (const [Default, Topics, topic] of [
      ['orders', list, 'orders'],
      ['o', list, 'o'],
      ['clicks, orders', [{ 'Fn::Select': [1, list] }], 'orders'],
      ['clicks , orders', [{ 'Fn::Join': ['-', list] }], 'clicks-orders'],
    ] as const) {
      const { mappings } = await read(t, { List: { Type, Default } }, Topics);
      assert.equal(mappings[0]?.topic, topic, `${Type} of ${Default}`);
    }
});

test('reads the layers of a function from a list parameter', async (t) => {
  const layers = ['arn:aws:lambda:eu-west-1:123456789012:layer:a:1', 'arn:aws:lambda:eu-west-1::layer:b:1'];
  const Parameters = { List: { Type: types[0], Default: layers.join(',') } };
  const { functions } = await read(t, Parameters, ['orders'], { Layers: list });
  assert.equal(functions[0]?.warnings.length, 2);
});

test('splits a value that is given in place of the default', async (t) => {
  const Resources = { Fn: fn(), Mapping: mapping({ Ref: 'Fn' }, { Topics: [{ 'Fn::Select': [1, list] }] }) };
  const folder = await writeAssembly(t, { App: { Parameters: { List: { Type: types[0] } }, Resources } });
  const { mappings } = readTopology(folder, { ...options, parameters: { List: 'clicks, orders' } });
  assert.equal(mappings[0]?.topic, 'orders');
});

test('leaves the commas of a text alone', async (t) => {
  const Environment = { Variables: { TEXT: { Ref: 'Text' } } };
  const Parameters = { Text: { Type: 'String', Default: 'a, b' } };
  const { functions } = await read(t, Parameters, ['orders'], { Environment });
  assert.equal(functions[0]?.environment['TEXT'], 'a, b');
});

test('hands a list to a nested stack, given as a text or joined', () => {
  const nested = {
    Parameters: { List: { Type: types[0], Default: 'a, b' } },
    Resources: { Mapping: { Type: 'AWS::Lambda::EventSourceMapping', Properties: { Topics: list } } },
  };
  const TemplateURL = `https://s3.example.com/${'a'.repeat(64)}.json`;
  const join = { 'Fn::Join': [',', ['c', { Ref: 'Other' }]] };
  for (const [Parameters, Topics] of [
    [{}, ['a', 'b']],
    [{ List: 'c, d' }, ['c', 'd']],
    [{ List: join }, { 'Fn::Split': [',', join] }],
  ] as const) {
    const Inner = { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL, Parameters } };
    const { Resources } = takeInNested({ Resources: { Inner } }, () => nested);
    assert.deepEqual(Resources['Inner-Mapping']?.Properties, { Topics });
  }
});

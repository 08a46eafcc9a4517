// The properties that cannot change in place: each entry makes its resource anew, and the list is that of CloudFormation's schemas.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { compareStacks } from '../../../tools/diff/compare.ts';
import { beyondSchemas, createOnly, dataTypes } from '../../../tools/diff/create-only.ts';
import type { StackResource } from '../../../tools/diff/stack-template.ts';
import { findPythonTool } from '../../support/python-tool.ts';

const { program, skip } = await findPythonTool('cfn-lint');
const mappingType = 'AWS::Lambda::EventSourceMapping';

/** A resource with `value` at the path, and something beside it at each level. */
function resource(Type: string, path: string, value: unknown): StackResource {
  const parts = path.split('.');
  const Properties = parts.reduceRight<unknown>((inner, part) => ({ [part]: inner, Beside: 1 }), value);
  return { Type, Properties: Properties as Readonly<Record<string, unknown>> };
}

function findChanges(before: StackResource, after: StackResource | undefined): readonly string[] {
  const next = new Map(after === undefined ? [] : [['It', after] as const]);
  return compareStacks(new Map([['It', before]]), next).map(({ kind, properties }) =>
    [kind, ...properties].join(' '),
  );
}

for (const [type, paths] of Object.entries(createOnly)) {
  const kind = type === mappingType ? 'mapping-replaced' : 'data-replaced';
  for (const path of paths) {
    test(`says that ${type} is made anew with another ${path}, and with one more or less`, () => {
      const before = resource(type, path, 'one');
      assert.deepEqual(findChanges(before, before), []);
      for (const other of ['two', undefined])
        assert.deepEqual(findChanges(before, resource(type, path, other)), [`${kind} ${path}`]);
      assert.deepEqual(findChanges(resource(type, path, undefined), before), [`${kind} ${path}`]);
      const beside = { ...before, Properties: { ...before.Properties, Beside: 2 } };
      assert.deepEqual(findChanges(before, beside), []);
    });
  }
}

test('says of each kind of data that it is gone', () => {
  for (const type of Object.keys(dataTypes))
    assert.deepEqual(findChanges({ Type: type }, undefined), ['data-removed'], type);
});

const readSchemas = `
import json, sys
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
found = {}
for kind in json.loads(sys.argv[1]):
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema('us-east-1', kind).schema
    found[kind] = schema.get('createOnlyProperties', []) + schema.get('conditionalCreateOnlyProperties', [])
print(json.dumps(found))`;

test("is the list of CloudFormation's schemas, and what other sources add to it", { skip }, async () => {
  const types = [mappingType, ...Object.keys(dataTypes)];
  const python = join(dirname(program), 'python');
  const { stdout } = await promisify(execFile)(python, ['-c', readSchemas, JSON.stringify(types)]);
  const schemas = JSON.parse(stdout) as Readonly<Record<string, readonly string[]>>;
  for (const type of types) {
    const inSchemas = (schemas[type] ?? []).map((pointer) =>
      pointer.replace('/properties/', '').replaceAll('/', '.'),
    );
    const here = createOnly[type] ?? [];
    const beyond = here.filter((path) => `${type} ${path}` in beyondSchemas);
    assert.deepEqual(here.toSorted(), [...inSchemas, ...beyond].toSorted(), type);
  }
  const known = new Set(
    Object.entries(createOnly).flatMap(([type, paths]) => paths.map((path) => `${type} ${path}`)),
  );
  assert.deepEqual(
    Object.keys(beyondSchemas).filter((entry) => !known.has(entry)),
    [],
  );
});

// A stack's template as it is read from an assembly: with its nested stacks, wherever their place is told.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readStackFiles } from '../../../tools/diff/read-stacks.ts';

const folder = await mkdtemp(join(tmpdir(), 'tailrace-read-'));
after(() => rm(folder, { recursive: true }));
const hash = '0123456789abcdef'.repeat(4);
const nested = 'Shop.nested.template.json';
const queue = { Type: 'AWS::SQS::Queue' };
const write = (name: string, content: unknown): Promise<void> =>
  writeFile(join(folder, name), JSON.stringify(content));

for (const [how, stack, files] of [
  ['by its metadata', { Metadata: { 'aws:asset:path': nested } }, {}],
  [
    'by the hash of its template',
    { Properties: { TemplateURL: { 'Fn::Join': ['', ['https://s3/', `/${hash}.json`]] } } },
    { [hash]: { source: { path: nested } } },
  ],
] as const) {
  test(`finds a nested stack ${how}`, async () => {
    await write('Shop.template.json', {
      Resources: { Inner: { Type: 'AWS::CloudFormation::Stack', ...stack } },
    });
    await write(nested, { Resources: { Failed: queue } });
    await write('Shop.assets.json', { files });
    const resources = await readStackFiles(folder, 'Shop');
    assert.deepEqual(resources.get('Inner/Failed'), queue);
  });
}

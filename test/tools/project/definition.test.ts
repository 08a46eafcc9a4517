// Finding a consumer's definition in somebody's project, wherever its folder is.

import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findOwnConsumer, readDefinition } from '../../../tools/project/definition.ts';
import { createTemporaryFolder } from '../../../tools/temporary-folder.ts';

const runtime = new URL('../../../lib/index.ts', import.meta.url).href;
const { path: project, remove } = await createTemporaryFolder('project');
after(remove);

function definition(name: string, before = ''): string {
  return `${before}
import { defineConsumer, text } from '${runtime}';
export const it = defineConsumer({ name: '${name}', topic: 'words', value: text() });
`;
}

const files: Readonly<Record<string, string>> = {
  'package.json': '{}',
  'consumers/early/consumer.ts': definition('early'),
  'consumers/early/sample.ndjson': '"one"\n',
  'src/app/late/consumer.ts': definition('late', 'enum Level { Low }\nexport const level = Level.Low;'),
  'handlers/bare/consumer.ts': definition(
    'bare',
    "import { topic } from './topic';\nexport const t = topic;",
  ),
  'handlers/bare/topic.ts': "export const topic = 'words';\n",
  'handlers/other/consumer.ts': definition('another'),
  'handlers/broken/consumer.ts': 'export const = 1;\n',
  'node_modules/x/hidden/consumer.ts': definition('hidden'),
  'cdk.out/asset/early/consumer.ts': definition('early'),
};
for (const [path, text] of Object.entries(files)) {
  await mkdir(join(project, dirname(path)), { recursive: true });
  await writeFile(join(project, path), text);
}
const dependencies = fileURLToPath(new URL('../../../node_modules', import.meta.url));
await symlink(join(dependencies, '@standard-schema'), join(project, 'node_modules', '@standard-schema'));

test('finds a definition by the name of its folder, with the sample beside it', async () => {
  const found = await findOwnConsumer(project, 'early');
  assert.equal(found.definition?.name, 'early');
  assert.equal(found.folder, join(project, 'consumers/early'));
  assert.equal(found.samplePath, join(project, 'consumers/early/sample.ndjson'));
});

for (const [name, what] of [
  ['late', 'an enum'],
  ['bare', 'an import without an extension'],
] as const)
  test(`loads a definition with ${what}, which Node alone does not`, async () => {
    const { definition: found } = await readDefinition(project, name);
    assert.equal(found.name, name);
  });

test('looks into no folder of packages or of builds', async () => {
  assert.equal((await findOwnConsumer(project, 'hidden')).folder, undefined);
});

test('says what is wrong with a file that has no such definition, and which ones there are', async () => {
  await assert.rejects(
    readDefinition(project, 'other'),
    /no export of .*other.consumer\.ts is named "other"/,
  );
  await assert.rejects(readDefinition(project, 'broken'), /broken.consumer\.ts does not load/);
  await assert.rejects(readDefinition(project, 'nobody'), /expected one of bare, early, late; write it into/);
});

// What people give in place of an assembly: each is called by its name, with the step that runs it.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { readTopology } from '../../../../tools/template/topology.ts';
import { isLocalError, options } from '../../../support/topology.ts';

const sam = 'Resources: { Fn: { Type: AWS::Serverless::Function, Properties: { CodeUri: a } } }';
const plain = '{"Resources":{"Bucket":{"Type":"AWS::S3::Bucket"}}}';
const serverless = 'cloudformation-template-update-stack.json';

/** Files, what is given of them (default the folder), and words of the message, `~` standing for the folder. */
const kinds: readonly (readonly [
  files: Readonly<Record<string, string>>,
  given: string,
  ...words: readonly string[],
])[] = [
  [{}, 'cdk.out', 'got nothing', 'npx cdk synth'],
  [{ 'a.txt': '' }, '', 'something else', 'npx cdk synth', '--template'],
  [{ 'cdk.json': '{}', 'cdk.out/manifest.json': '{}' }, '', 'the folder of a CDK app', '--cdk-out ~/cdk.out'],
  [{ 'cdk.json': '{}' }, '', 'not synthesized', 'npx cdk synth', '--cdk-out ~/cdk.out'],
  [
    { '.aws-sam/build/template.yaml': sam },
    '.aws-sam/build',
    'a SAM build',
    '--template ~/.aws-sam/build/template.yaml',
  ],
  [
    { '.aws-sam/build/template.yaml': sam },
    '.aws-sam',
    'a SAM build',
    '--template ~/.aws-sam/build/template.yaml',
  ],
  [
    { 'template.yaml': sam, 'samconfig.toml': '', '.aws-sam/build/template.yaml': sam },
    '',
    'a SAM build',
    '--template ~/.aws-sam/build/template.yaml',
  ],
  [
    { 'template.yaml': sam },
    '',
    'a SAM app that is not built',
    'sam build',
    '--template ~/.aws-sam/build/template.yaml',
  ],
  [{ 'template.yaml': sam }, 'template.yaml', 'a SAM template', '--template ~/template.yaml'],
  [{ 'stack.json': plain }, 'stack.json', 'a CloudFormation template', '--template ~/stack.json'],
  [{ 'stack.json': plain }, '', 'a CloudFormation template', '--template ~/stack.json'],
  [
    { [`.serverless/${serverless}`]: plain },
    '.serverless',
    'Serverless Framework',
    `--template ~/.serverless/${serverless}`,
  ],
  [
    { 'serverless.yml': '', [`.serverless/${serverless}`]: plain },
    '',
    'a package of the Serverless Framework',
    `--template ~/.serverless/${serverless}`,
  ],
  [{ 'serverless.yml': '' }, '', 'not packaged', 'npx serverless package'],
  [{ '.serverless/meta.json': '{}' }, '.serverless', 'Serverless Framework', 'npx serverless package'],
  [{ 'main.tf': '' }, '', 'Terraform', 'not read', '--template FILE'],
  [{ '.terraform/x': '' }, '', 'Terraform'],
  [{ 'plan.json': '{"format_version":"1.2","terraform_version":"1.9.0"}' }, 'plan.json', 'Terraform'],
  [
    { 'cdktf.out/manifest.json': '{"version":"0.20","stacks":{}}', 'cdktf.out/stacks/x': '' },
    'cdktf.out',
    'CDK for Terraform',
  ],
  [{ 'Pulumi.yaml': '' }, '', 'Pulumi'],
  [{ 'sst.config.ts': '' }, '', 'SST'],
  [
    { 'cdk.out/manifest.json': '{"artifacts":{}}' },
    'cdk.out/manifest.json',
    'a file',
    'the folder that it is in',
  ],
];

for (const [files, given, ...words] of kinds) {
  test(`calls ${Object.keys(files).join(' and ') || 'nothing'}, given as ${given || 'its folder'}, by its name`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'tailrace-kind-'));
    t.after(async () => await rm(folder, { recursive: true, force: true }));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    assert.throws(
      () => readTopology(join(folder, given), options),
      isLocalError('NO_CDK_OUT', ...words.map((word) => word.replace('~', folder))),
    );
  });
}

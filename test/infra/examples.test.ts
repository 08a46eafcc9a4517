// The example apps as a person tries them: through the CDK command line, held against CloudFormation's rules and cdk-nag.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { projectRoot, runCdk, type CdkRun } from './cdk-process.ts';

const examples = join(projectRoot, 'infra/examples');
const folder = mkdtempSync(join(tmpdir(), 'tailrace-examples-'));
after(() => rmSync(folder, { recursive: true }));

/** Synthesizes an app by its file. */
function synthesize(app: string): Promise<CdkRun> {
  const outdir = join(folder, `${basename(app)}.out`);
  return runCdk(folder, ['synth', '--quiet', '--app', `node ${app}`, '--output', outdir]);
}

for (const name of readdirSync(examples).filter((each) => each.endsWith('.ts'))) {
  test(`synthesizes ${name} without a finding of CloudFormation's rules or of cdk-nag`, async () => {
    assert.match(readFileSync(join(examples, name), 'utf8'), /addPlugins\(new AwsSolutionsChecks\(app\)\)/);
    const { code, output } = await synthesize(join(examples, name));
    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /WARNING|ERROR/);
    const report = join(folder, `${name}.out`, 'validation-report.json');
    const { pluginReports } = JSON.parse(readFileSync(report, 'utf8')) as { pluginReports: unknown };
    assert.deepEqual(pluginReports, []);
  });
}

test('leaves a finding that is not its own to the person', async () => {
  const infra = pathToFileURL(join(examples, '/')).href;
  const text = readFileSync(join(examples, 'msk-iam.ts'), 'utf8')
    .replace(
      'acknowledgeNag(stack);',
      `new PrivateBucket(stack, 'Other', { removalPolicy: 'destroy' }).grantReadWrite(consumers.node.findChild('Archive'));
      acknowledgeNag(stack);`,
    )
    .replace(
      'import { KafkaConsumers }',
      "import { PrivateBucket } from '../private-bucket.ts';\nimport { KafkaConsumers }",
    )
    .replaceAll(/'(\.\.?\/[^']+|aws-cdk-lib(?:\/[a-z0-9-]+)?|cdk-nag)'/g, (_, path: string) =>
      JSON.stringify(path.startsWith('.') ? new URL(path, infra).href : import.meta.resolve(path)),
    );
  const app = join(folder, 'tampered.mts');
  writeFileSync(app, text);
  const { code, output } = await synthesize(app);
  assert.equal(code, 1, output);
  const found = [...output.matchAll(/Acknowledge with '(AwsSolutions::[^']+)'/g)].map(([, id = '']) =>
    id.replace(/<Other[0-9A-F]{8}/, '<Other'),
  );
  assert.deepEqual(
    found.toSorted(),
    [
      ...['Abort*', 'DeleteObject*', 'GetBucket*', 'GetObject*', 'List*'].map((each) => `Action::s3:${each}`),
      'Resource::<Other.Arn>/*',
    ].map((each) => `AwsSolutions::AwsSolutions-IAM5[${each}]`),
    output,
  );
});

// The example apps as a person tries them: through the CDK command line, held against CloudFormation's rules and cdk-nag.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureLambdaAddon } from '../../tools/setup/addon.mjs';

const projectRoot = fileURLToPath(new URL('../../', import.meta.url));
const examples = join(projectRoot, 'infra/examples');
const folder = mkdtempSync(join(tmpdir(), 'tailrace-examples-'));
before(() => ensureLambdaAddon(projectRoot));
after(() => rmSync(folder, { recursive: true }));

/** Runs `cdk synth` without credentials, for an app's file. */
async function synthesize(app: string): Promise<{ readonly code: unknown; readonly output: string }> {
  const bin = join(projectRoot, 'node_modules');
  const outdir = join(folder, `${basename(app)}.out`);
  const args = ['synth', '--quiet', '--app', `node ${app}`, '--output', outdir];
  const child = spawn(process.execPath, [join(bin, 'aws-cdk/bin/cdk'), ...args], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: [join(bin, '.bin'), process.env['PATH']].join(delimiter),
      HOME: folder,
      HTTPS_PROXY: 'http://127.0.0.1:1',
      AWS_EC2_METADATA_DISABLED: 'true',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
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
      `stack.addBucket('Other').grantReadWrite(stack.node.findChild('Archive'));
      acknowledgeNag(stack);`,
    )
    .replaceAll(/'(\.\.?\/[^']+|aws-cdk-lib|cdk-nag)'/g, (_, path: string) =>
      JSON.stringify(path.startsWith('.') ? new URL(path, infra).href : import.meta.resolve(path)),
    );
  const app = join(folder, 'tampered.mts');
  writeFileSync(app, text);
  const { code, output } = await synthesize(app);
  assert.equal(code, 1, output);
  const found = [...output.matchAll(/Acknowledge with '([^']+)'/g)].map(([, id = '']) =>
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

// cfn-lint and checkov over everything that is synthesized: the app for both kinds of cluster, and the examples. Offline, and
// with a list of findings that are so on purpose beside this file.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findPythonTool } from '../support/python-tool.ts';
import { suppressions, type Suppression } from './lint-suppressions.ts';

const exec = promisify(execFile);
const projectRoot = fileURLToPath(new URL('../../', import.meta.url));
const [cfnLint, checkov] = await Promise.all([findPythonTool('cfn-lint'), findPythonTool('checkov')]);
const clusterArn =
  'arn:aws:kafka:eu-west-1:123456789012:cluster/orders/01234567-89ab-cdef-0123-456789abcdef-4';
const selfManaged = {
  bootstrapServers: 'kafka-1.example.com:9096',
  secretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:kafka-AbCdEf',
};

/** One broken rule in a template. */
interface LintFinding {
  readonly rule: string;
  /** File name of the template. */
  readonly template: string;
  readonly logicalId: string;
  readonly type: string;
  readonly message: string;
}

type Templates = Readonly<
  Record<string, { readonly Resources: Readonly<Record<string, { readonly Type: string }>> }>
>;

const folder = await mkdtemp(join(tmpdir(), 'tailrace-lint-'));
const templateFolder = join(folder, 'templates');
let templates: Templates = {};

before(async () => {
  if (cfnLint.skip !== false && checkov.skip !== false) return;
  await mkdir(templateFolder);
  const examples = (await readdir(join(projectRoot, 'infra', 'examples'))).filter((file) =>
    file.endsWith('.ts'),
  );
  await synthesize('msk', 'infra/app.ts', { clusterArn });
  await synthesize('self-managed', 'infra/app.ts', selfManaged);
  for (const file of examples) await synthesize(basename(file, '.ts'), `infra/examples/${file}`, {});
  const files = await readdir(templateFolder);
  const entries = files.map(async (file) => [
    file,
    JSON.parse(await readFile(join(templateFolder, file), 'utf8')),
  ]);
  templates = Object.fromEntries(await Promise.all(entries)) as Templates;
});
after(() => rm(folder, { recursive: true, force: true }));

/** Runs an app as the CDK does, and collects its templates under `name`. */
async function synthesize(name: string, app: string, context: object): Promise<void> {
  const cdkOut = join(folder, name);
  await exec(process.execPath, [app], {
    cwd: projectRoot,
    env: {
      ...process.env,
      CDK_OUTDIR: cdkOut,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      CDK_VALIDATION: 'false', // other tests look at what it finds
    },
  });
  for (const file of (await readdir(cdkOut)).filter((each) => each.endsWith('.template.json')))
    await copyFile(join(cdkOut, file), join(templateFolder, `${name}.${file}`));
}

/** What a linter prints when nothing can be fetched; it exits with another code than 0 when it finds something. */
async function lint(program: string, args: readonly string[]): Promise<string> {
  const nowhere = 'http://127.0.0.1:1';
  const env = { PATH: process.env['PATH'], HOME: folder, HTTPS_PROXY: nowhere, HTTP_PROXY: nowhere };
  try {
    return (await exec(program, args, { cwd: templateFolder, env, maxBuffer: 67_108_864 })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    assert.notEqual(stdout, '', `${program} printed nothing but ${stderr}`);
    return stdout;
  }
}

/** Fails on a finding that no suppression explains, and on a suppression that explains nothing. */
function assertExplained(tool: Suppression['tool'], findings: readonly LintFinding[]): void {
  const mine = suppressions.filter((each) => each.tool === tool);
  const explains = (suppression: Suppression, finding: LintFinding): boolean =>
    suppression.rule === finding.rule && suppression.types.includes(finding.type);
  const unexplained = findings.filter((finding) => !mine.some((each) => explains(each, finding)));
  assert.deepEqual(unexplained, []);
  const idle = mine.filter((each) => !findings.some((finding) => explains(each, finding)));
  assert.deepEqual(idle, [], 'these suppressions explain no finding');
}

function toType(template: string, logicalId: string): string {
  return templates[template]?.Resources[logicalId]?.Type ?? 'none';
}

test('cfn-lint finds nothing that is not so on purpose', { skip: cfnLint.skip }, async () => {
  const said = await lint(cfnLint.program, ['--format', 'json', ...Object.keys(templates)]);
  const found = JSON.parse(said) as readonly {
    readonly Rule: { readonly Id: string };
    readonly Filename: string;
    readonly Message: string;
    readonly Location: { readonly Path: readonly string[] | null };
  }[];
  assertExplained(
    'cfn-lint',
    found.map(({ Rule, Filename, Message, Location }) => {
      const [template, logicalId] = [basename(Filename), Location.Path?.[1] ?? 'none'];
      const type = toType(template, logicalId);
      return { rule: Rule.Id, template, logicalId, type, message: Message };
    }),
  );
});

test('checkov finds nothing that is not so on purpose', { skip: checkov.skip }, async () => {
  const flags = [
    '--framework',
    'cloudformation',
    '--skip-download',
    '--compact',
    '--quiet',
    '--output',
    'json',
  ];
  const said = await lint(checkov.program, [...flags, '--directory', '.']);
  const { results, summary } = JSON.parse(said) as {
    readonly results: {
      readonly failed_checks: readonly {
        readonly check_id: string;
        readonly check_name: string;
        readonly file_path: string;
        readonly resource: string;
      }[];
    };
    readonly summary: { readonly resource_count: number; readonly parsing_errors: number };
  };
  assert.equal(summary.parsing_errors, 0);
  assert.ok(summary.resource_count > 0, 'it has read the templates');
  assertExplained(
    'checkov',
    results.failed_checks.map(({ check_id: rule, check_name: message, file_path, resource }) => {
      const [type = 'none', logicalId = 'none'] = resource.split('.');
      return { rule, template: basename(file_path), logicalId, type, message };
    }),
  );
});

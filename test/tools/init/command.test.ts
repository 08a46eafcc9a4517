import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../../tools/cli.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tailrace-init-'));
after(() => rmSync(folder, { recursive: true }));

let projects = 0;

function makeProject(files: Readonly<Record<string, string>> = {}): string {
  const project = join(folder, `project-${(projects += 1)}`);
  mkdirSync(project);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), text);
  }
  return project;
}

function init(cwd: string, ...args: readonly string[]) {
  return spawnSync(process.execPath, [cli, 'init', ...args], { cwd, encoding: 'utf8' });
}

function listFiles(project: string): readonly string[] {
  return readdirSync(project, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(project.length + 1))
    .toSorted();
}

const stack = `import * as cdk from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

export class AppStack extends cdk.Stack {
  constructor(scope: Construct, id: string, props?: cdk.StackProps) {
    super(scope, id, props);
    // The code that defines your stack goes here
  }
}
`;
const cdkApp = {
  'package.json': JSON.stringify({
    scripts: { test: 'jest' },
    devDependencies: { jest: '^30', vitest: '4', esbuild: '1' },
    dependencies: { tailrace: '1' },
  }),
  'cdk.json': JSON.stringify({ app: 'npx tsc && npx tsx bin/app.ts' }),
  'lib/app-stack.ts': stack,
};

describe('tailrace init', () => {
  test('makes an app with a consumer, its test and its memory in an empty folder', () => {
    const project = makeProject();
    const { status, stdout } = init(project, 'order-events', '--topic', 'Orders.v1');
    assert.equal(status, 0);
    assert.match(stdout, /next:\n {2}npm install\n/);
    assert.deepEqual(listFiles(project), [
      '.gitignore',
      '.vscode/launch.json',
      'app.ts',
      'cdk.json',
      'handlers/order-events/consumer.ts',
      'handlers/order-events/handler.test.ts',
      'handlers/order-events/handler.ts',
      'handlers/order-events/memory.json',
      'handlers/order-events/sample.ndjson',
      'package.json',
      'stack.ts',
      'tsconfig.json',
    ]);
    const definition = readFileSync(join(project, 'handlers/order-events/consumer.ts'), 'utf8');
    assert.match(
      definition,
      /export const orderEvents = .*\n {2}name: 'order-events',\n {2}topic: 'Orders\.v1',/,
    );
    const { devDependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as {
      readonly devDependencies: Readonly<Record<string, string>>;
    };
    for (const version of Object.values(devDependencies)) assert.match(version, /^\^\d/);
  });

  test('completes what npm and git have made in the folder', () => {
    const manifest = {
      name: 'mine',
      type: 'commonjs',
      scripts: { test: 'echo "Error: no test specified" && exit 1', start: 'mine' },
      dependencies: { tailrace: 'file:tailrace.tgz', zod: '4' },
      devDependencies: { 'tailrace-cli': 'file:cli.tgz' },
    };
    const project = makeProject({
      'package.json': JSON.stringify(manifest),
      'README.md': 'mine',
      '.gitignore': 'node_modules\nmine',
    });
    const { status, stdout } = init(project);
    assert.equal(status, 0);
    assert.match(stdout, /^added lines to package\.json$/m);
    const made = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as typeof manifest;
    assert.deepEqual([made.name, made.type], ['mine', 'module']);
    assert.deepEqual([made.scripts.test, made.scripts.start], ['node --test', 'mine']);
    assert.deepEqual(made.dependencies, manifest.dependencies);
    assert.equal(made.devDependencies['tailrace-cli'], 'file:cli.tgz');
    assert.ok('aws-cdk-lib' in made.devDependencies);
    assert.equal(
      readFileSync(join(project, '.gitignore'), 'utf8'),
      'node_modules\nmine\ncdk.out/\n.cache/\n.tailrace/\n',
    );
    assert.equal(readFileSync(join(project, 'README.md'), 'utf8'), 'mine');
  });

  test('writes nothing with --dry-run, and says what it would write', () => {
    const project = makeProject();
    const { status, stdout } = init(project, '--dry-run');
    assert.equal(status, 0);
    assert.match(stdout, /would write handlers\/orders\/handler\.ts/);
    assert.deepEqual(listFiles(project), []);
  });

  test('adds a consumer to a CDK app in the app’s own dialect, and says which lines go into the stack', () => {
    const project = makeProject(cdkApp);
    const { status, stdout } = init(project);
    assert.equal(status, 0);
    assert.equal(readFileSync(join(project, 'lib/app-stack.ts'), 'utf8'), stack);
    assert.match(stdout, /here for lib\/app-stack\.ts:\n\nimport \{ KafkaConsumer \} from 'tailrace\/cdk';/);
    assert.match(stdout, /import \{ orders \} from '\.\.\/handlers\/orders\/consumer';/);
    assert.match(stdout, /entry: `\$\{__dirname\}\/\.\.\/handlers\/orders\/handler\.ts`/);
    assert.match(stdout, /npm install --save-dev tailrace-cli\n/);
    assert.doesNotMatch(stdout, /npm install tailrace\n/);
    assert.match(
      readFileSync(join(project, 'test/orders.test.ts'), 'utf8'),
      /from '\.\.\/handlers\/orders\/handler';/,
    );
    assert.equal(existsSync(join(project, 'app.ts')), false);
  });

  test('adds the lines to the stack with --write, twice if there are two consumers', () => {
    const project = makeProject(cdkApp);
    assert.equal(init(project, '--write').status, 0);
    const { status, stdout } = init(project, 'refunds', '--write');
    assert.equal(status, 0);
    assert.match(stdout, /added lines to lib\/app-stack\.ts/);
    const text = readFileSync(join(project, 'lib/app-stack.ts'), 'utf8');
    assert.equal(text.split("from 'tailrace/cdk'").length, 2);
    assert.match(text, /super\(scope, id, props\);\n {4}new KafkaConsumer\(this, 'Refunds', \{/);
    assert.match(text, /new KafkaConsumer\(this, 'Orders', \{/);
    assert.match(text, /your stack goes here/);
  });

  test('imports nothing twice', () => {
    const imported = `import { KafkaConsumer, PrivateBucket } from 'tailrace/cdk';\n${stack}`;
    const project = makeProject({ ...cdkApp, 'lib/app-stack.ts': imported });
    assert.equal(init(project, '--write').status, 0);
    const text = readFileSync(join(project, 'lib/app-stack.ts'), 'utf8');
    assert.equal(text.split("from 'tailrace/cdk'").length, 2);
    assert.match(text, /import \{ orders \}/);
  });

  test('imports an SQS handler where it lies', () => {
    const project = makeProject({ ...cdkApp, 'src/worker.ts': 'export async function handler() {}' });
    assert.equal(init(project, '--from-sqs', 'src/worker.ts').status, 0);
    const text = readFileSync(join(project, 'handlers/orders/handler.ts'), 'utf8');
    assert.match(text, /import \{ handler as sqsHandler \} from '\.\.\/\.\.\/src\/worker';/);
    assert.match(readFileSync(join(project, 'handlers/orders/consumer.ts'), 'utf8'), /value: text\(\)/);
  });

  for (const [what, files, args, message] of [
    [
      'a file that is there',
      { ...cdkApp, 'handlers/orders/handler.ts': 'mine' },
      [],
      /got handlers\/orders\/handler\.ts/,
    ],
    [
      'a project that is no CDK app',
      { 'package.json': '{}', 'src/index.ts': '' },
      [],
      /package\.json without cdk\.json/,
    ],
    [
      'two stacks to write to',
      { ...cdkApp, 'lib/other.ts': stack },
      ['--write'],
      /lib\/app-stack\.ts, lib\/other\.ts/,
    ],
    [
      'a stack of another shape',
      { ...cdkApp, 'lib/app-stack.ts': 'class A extends Stack {}' },
      ['--write'],
      /super/,
    ],
    ['a name that is none', cdkApp, ['Orders'], /<consumer>/],
    ['a topic that is none', cdkApp, ['--topic', 'a b'], /--topic/],
    ['an SQS handler that is not there', cdkApp, ['--from-sqs', 'none.ts'], /--from-sqs/],
  ] as const) {
    test(`refuses ${what}, and changes nothing`, () => {
      const project = makeProject(files);
      const { status, stderr } = init(project, ...args);
      assert.equal(status, 2);
      assert.match(stderr, message);
      assert.deepEqual(listFiles(project), Object.keys(files).toSorted());
      for (const [name, text] of Object.entries(files))
        assert.equal(readFileSync(join(project, name), 'utf8'), text);
    });
  }

  test('says of no file that it was written which cannot be', () => {
    // A file stands where a folder has to be.
    const project = makeProject({ ...cdkApp, 'handlers/payments': '' });
    const { status, stdout, stderr } = init(project, 'payments');
    assert.equal(status, 3);
    assert.equal(stdout, 'wrote .vscode/launch.json\n');
    assert.match(stderr, /^tailrace: (?:EEXIST|ENOTDIR).*handlers.payments/);
  });

  test('writes JavaScript for the app of cdk init --language javascript', () => {
    const project = makeProject({
      'package.json': JSON.stringify({ scripts: { test: 'jest' } }),
      'cdk.json': JSON.stringify({ app: 'node bin/app.js' }),
      'lib/app-stack.js': `const { Stack, Duration } = require('aws-cdk-lib/core');

class AppStack extends Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
  }
}
module.exports = { AppStack }
`,
    });
    const { status, stderr } = init(project, 'payments', '--write');
    assert.equal(status, 0, stderr);
    assert.deepEqual(
      listFiles(project).filter((file) => file.includes('payments')),
      [
        'handlers/payments/consumer.js',
        'handlers/payments/handler.js',
        'handlers/payments/memory.json',
        'handlers/payments/sample.ndjson',
        'test/payments.test.js',
      ],
    );
    assert.match(
      readFileSync(join(project, 'lib/app-stack.js'), 'utf8'),
      /\/core'\);\nconst \{ KafkaConsumer \} = require\('tailrace\/cdk'\);\nconst \{ payments \} = require\('\.\.\/handlers\/payments\/consumer'\);\n/,
    );
    for (const file of [
      'handlers/payments/consumer.js',
      'handlers/payments/handler.js',
      'test/payments.test.js',
    ])
      assert.equal(
        spawnSync(process.execPath, ['--check', file], { cwd: project, encoding: 'utf8' }).stderr,
        '',
        file,
      );
  });
});

// An app of somebody's own: its own folder, handler and Stack, with this project as the package `tailrace` beside it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { TemplateJson } from './grants.ts';

const projectRoot = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tailrace-own-app-'));
after(() => rmSync(folder, { recursive: true }));

const { exports } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
  exports?: unknown;
};
const [lib, cdk] =
  exports === undefined ? ['tailrace/lib/index.ts', 'tailrace/infra/index.ts'] : ['tailrace', 'tailrace/cdk'];

const files: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ name: 'own-app', type: 'module' }),
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      target: 'es2024',
      lib: ['es2024', 'esnext.iterator', 'esnext.disposable'],
      module: 'nodenext',
      types: ['node'],
      strict: true,
      noUncheckedIndexedAccess: true,
      verbatimModuleSyntax: true,
      allowImportingTsExtensions: true,
      resolveJsonModule: true,
      skipLibCheck: true,
      noEmit: true,
    },
    include: ['app.ts', 'src'],
  }),
  'src/payments.ts': `
    import { defineConsumer, json } from '${lib}';
    export const payments = defineConsumer({ name: 'payments', topic: 'payments', value: json() });`,
  'src/lambda.ts': `
    import { createConsumer, type ConsumerHandler } from '${lib}';
    import { payments } from './payments.ts';
    export const handler: ConsumerHandler = createConsumer(payments, { record() {} });`,
  'app.ts': `
    import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
    import { Queue } from 'aws-cdk-lib/aws-sqs';
    import { KafkaConsumer, Monitoring, PrivateBucket, RuleViolationError, type KafkaSource } from '${cdk}';
    import { payments } from './src/payments.ts';

    const app = new App({ outdir: 'cdk.out' });
    const stack = new Stack(app, 'Payments', { env: { account: '123456789012', region: 'eu-west-1' } });
    const source: KafkaSource = {
      type: 'msk-iam',
      clusterArn: 'arn:aws:kafka:eu-west-1:123456789012:cluster/pay/01234567-89ab-cdef-0123-456789abcdef-4',
    };
    const deadLetterBucket = new PrivateBucket(stack, 'DeadLetters', { removalPolicy: RemovalPolicy.DESTROY });
    const queue = new Queue(stack, 'Failed');
    const props = {
      definition: payments,
      entry: import.meta.dirname + '/src/lambda.ts',
      source,
      deadLetterBucket,
      removalPolicy: RemovalPolicy.DESTROY,
      onFailure: { type: 'sqs', queue },
    } as const;
    const consumer = new KafkaConsumer(stack, 'Consumer', { ...props, environment: { CURRENCY: 'EUR' } });
    queue.grantConsumeMessages(consumer);
    new Monitoring(stack, 'Monitoring').watch(consumer, { retained: false });
    try {
      new KafkaConsumer(stack, 'Again', props);
    } catch (error) {
      if (!(error instanceof RuleViolationError)) throw error;
      console.log(error.rules.join());
    }
    stack.node.tryRemoveChild('Again');
    app.synth();`,
};

before(() => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
  symlinkSync(projectRoot, join(folder, 'node_modules/tailrace'));
  for (const name of ['aws-cdk-lib', 'constructs', 'esbuild', '@types/node']) {
    symlinkSync(join(projectRoot, 'node_modules', name), join(folder, 'node_modules', name));
  }
});

function run(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], CDK_VALIDATION: 'false', TAILRACE_DEAD_LETTER_BUCKET: 'failed' },
  });
  assert.equal(status, 0, stdout + stderr);
  return stdout;
}

test('passes the type checker of an app of one’s own', () => {
  run(join(projectRoot, 'node_modules/typescript/bin/tsc'), '--project', folder);
});

test('makes a consumer in a Stack of one’s own, and refuses there what it refuses here', () => {
  assert.equal(run('app.ts').trim(), 'GROUP_NOT_UNIQUE');
  const file = join(folder, 'cdk.out/Payments.template.json');
  const { Resources } = JSON.parse(readFileSync(file, 'utf8')) as TemplateJson;
  const ofType = (type: string): readonly Readonly<Record<string, unknown>>[] =>
    Object.values(Resources)
      .filter(({ Type }) => Type === type)
      .map(({ Properties }) => Properties);
  const [mapping] = ofType('AWS::Lambda::EventSourceMapping');
  assert.deepEqual(mapping?.['AmazonManagedKafkaEventSourceConfig'], {
    ConsumerGroupId: 'Payments-payments',
  });
  const [{ Environment } = {}] = ofType('AWS::Lambda::Function');
  const { Variables } = Environment as { readonly Variables: Record<string, unknown> };
  assert.deepEqual(
    [Variables['POWERTOOLS_SERVICE_NAME'], Variables['POWERTOOLS_METRICS_NAMESPACE'], Variables['CURRENCY']],
    ['payments', 'Tailrace/Payments', 'EUR'],
  );
  assert.equal(ofType('AWS::CloudWatch::Dashboard').length, 1);
  assert.ok(ofType('AWS::CloudWatch::Alarm').length > 0);
});

test('bundles the handler of one’s own, with paths of one’s own project', () => {
  const asset = readdirSync(join(folder, 'cdk.out')).find((name) => name.startsWith('asset.')) ?? '';
  const map = JSON.parse(readFileSync(join(folder, 'cdk.out', asset, 'index.mjs.map'), 'utf8')) as {
    readonly sources: readonly string[];
  };
  assert.ok(map.sources.includes('../../src/lambda.ts'), map.sources.join('\n'));
  const bundle = JSON.stringify(join(folder, 'cdk.out', asset, 'index.mjs'));
  const script = `const { handler } = await import(${bundle}); console.log(typeof handler);`;
  assert.equal(run('--input-type=module', '--eval', script).trim(), 'function');
});

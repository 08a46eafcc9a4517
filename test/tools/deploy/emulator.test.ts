import { toLambdaFunction } from '../../support/lambda-function.ts';
import assert from 'node:assert/strict';
import { access, readdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createDeployedHost } from '../../../tools/deploy/deployed-host.ts';
import { listStacks, readDeployed } from '../../../tools/deploy/deployed-stack.ts';
import { startEmulator, type Emulator } from '../../../tools/deploy/emulator.ts';
import type { Invocation } from '../../../tools/local/sandbox/invocation.ts';
import { findPythonTool } from '../../support/python-tool.ts';

const { skip } = await findPythonTool('ministack');
const options = { skip, timeout: 300_000 };
let emulator: Emulator;

before(async () => {
  if (skip !== false) return;
  process.env['TAILRACE_TEST_SECRET'] = 'of the person';
  emulator = await startEmulator().finally(() => delete process.env['TAILRACE_TEST_SECRET']);
});
after(async () => {
  if (skip === false) await emulator.close();
});

/** What the stack's functions do, by name. */
const codes: Readonly<Record<string, string>> = {
  answers: `console.log('line of the function'); return { size: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE, ...event };`,
  throws: `throw new TypeError('no such order');`,
  lasts: `await new Promise((resolve) => setTimeout(resolve, 60_000));`,
  hangs: `await new Promise((resolve) => setTimeout(resolve, 60_000));`,
  tells: `return Object.keys(process.env).filter((name) => name === 'TAILRACE_TEST_SECRET');`,
};

/** Deploys the functions with CloudFormation alone. */
async function deployFunctions(): Promise<void> {
  const Role = 'arn:aws:iam::000000000000:role/test';
  const resources = Object.entries(codes).map(([name, code]) => [
    name,
    {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: name,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Timeout: name === 'lasts' ? 60 : 1,
        MemorySize: 192,
        Role,
        Code: { ZipFile: `exports.handler = async (event) => { ${code} };` },
      },
    },
  ]);
  const TemplateBody = JSON.stringify({ Resources: Object.fromEntries(resources) });
  const body = new URLSearchParams({ Action: 'CreateStack', StackName: 'functions', TemplateBody });
  const response = await fetch(emulator.url, { method: 'POST', body });
  assert.equal(response.status, 200, await response.text());
  const deadline = Date.now() + 60_000;
  while ((await readDeployed(emulator)).memoryMb.size < resources.length) {
    assert.ok(Date.now() < deadline, 'the functions are not there after 60 s');
    await delay(50);
  }
}

const lines: string[] = [];

async function invoke(name: string, event: string = '{}'): Promise<Invocation> {
  const fn = toLambdaFunction(name, { assetPath: '/nowhere', memoryMb: 192, timeoutSeconds: 1 });
  const host = createDeployedHost(emulator.url, fn, (_stream, line) => lines.push(line));
  try {
    return await host.invoke({ event });
  } finally {
    await host.close();
  }
}

test('calls a deployed function, and reports its answer and its log', options, async () => {
  await deployFunctions();
  assert.deepEqual(await listStacks(emulator), ['functions']);
  assert.equal((await readDeployed(emulator)).memoryMb.get('answers'), 192);
  const { result, requestId } = await invoke('answers', '{"order":7}');
  assert.equal(result.kind, 'response');
  assert.deepEqual(JSON.parse(result.body), { size: '192', order: 7 });
  assert.match(requestId, /^[0-9a-f-]{36}$/);
  assert.ok(lines.some((line) => line.includes('line of the function')));
});

test('tells a failure of the function, its timeout and its absence apart', options, async () => {
  const kinds = await Promise.all(
    ['throws', 'hangs', 'absent'].map(async (name) => (await invoke(name)).result.kind),
  );
  assert.deepEqual(kinds, ['error', 'timeout', 'crash']);
});

test('gives a function nothing of the environment of whoever deploys', options, async () => {
  const { result } = await invoke('tells');
  assert.deepEqual(result, { kind: 'response', body: '[]' });
});

test('knows the types of a consumer, and that of a cluster not', options, () => {
  for (const type of ['AWS::Lambda::EventSourceMapping', 'AWS::S3::Bucket', 'AWS::IAM::Policy'])
    assert.ok(emulator.resourceTypes.has(type), type);
  assert.ok(!emulator.resourceTypes.has('AWS::MSK::Cluster'));
});

test('says when it has ended by itself, and then takes no call', options, async () => {
  const other = await startEmulator();
  const failed = assert.rejects(other.failed, { code: 'EMULATOR_FAILED' });
  process.kill(other.processId, 'SIGKILL');
  await failed;
  await assert.rejects(readDeployed(other));
  await other.close();
  await assert.rejects(access(other.folder), { code: 'ENOENT' });
});

test(
  'is gone with its folder when it is closed, and a call under way has run no function',
  options,
  async () => {
    const running = invoke('lasts');
    const deadline = Date.now() + 60_000;
    while (!(await readdir(emulator.folder)).some((name) => name.startsWith('ministack-lambda-lasts-'))) {
      assert.ok(Date.now() < deadline, 'the function does not start');
      await delay(20);
    }
    await emulator.close();
    assert.equal((await running).result.kind, 'unavailable');
    assert.equal((await invoke('answers')).result.kind, 'unavailable');
    await assert.rejects(access(emulator.folder), { code: 'ENOENT' });
  },
);

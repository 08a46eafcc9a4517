// Every TypeScript block of README and docs compiles, and those that are modules without infrastructure load.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { ConsumerHandler } from '../../lib/index.ts';
import { runConsumer } from '../../lib/testing/index.ts';
import { context, readBlocks, root, writeBlocks, type WrittenBlock } from './code-blocks.ts';

// Below the project, so that `tailrace` is the project itself.
const folder = join(root, '.cache', `code-blocks-${process.pid}`);
const blocks: WrittenBlock[] = [];
/** Why a file does not compile; no entry where it does. */
const complaints = new Map<string, readonly string[]>();

before(() => {
  mkdirSync(folder, { recursive: true });
  blocks.push(...writeBlocks(readBlocks(), folder));
  writeFileSync(join(folder, 'context.d.ts'), context);
  const pages = [...new Set(blocks.map(({ files: [file = ''] }) => pageFolder(file)))];
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        noUnusedLocals: false,
        // A page of this repository imports as if it lay in the repository.
        rootDirs: [root, ...pages],
        typeRoots: [join(root, 'node_modules/@types')],
      },
      include: ['.'],
    }),
  );
  // tsc tells no more than syntax while one file breaks it: those are told apart first, and taken out.
  for (const [file, messages] of runTsc()) {
    if (!messages.some((message) => /^error TS1\d{3}:/.test(message))) continue;
    complaints.set(file, messages);
    rmSync(file);
  }
  for (const [file, messages] of runTsc()) complaints.set(file, messages);
});
after(() => rmSync(folder, { recursive: true }));

/** What tsc says, by file. */
function runTsc(): ReadonlyMap<string, readonly string[]> {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '--project', folder, '--pretty', 'false'], {
    cwd: folder,
    encoding: 'utf8',
  });
  const found = new Map<string, string[]>();
  for (const line of stdout.split('\n')) {
    const [, file, message] = /^(\S+?)\(\d+,\d+\): (.*)$/.exec(line) ?? [];
    if (file === undefined || message === undefined) continue;
    const path = join(folder, file);
    found.set(path, [...(found.get(path) ?? []), message]);
  }
  return found;
}

function pageFolder(file: string): string {
  return join(folder, relative(folder, file).split(/[\\/]/)[0] ?? '');
}

function compiles(file: string): boolean {
  return !complaints.has(file);
}

test('compiles every block of every page', () => {
  assert.ok(blocks.length > 5);
  const broken = blocks
    .filter(({ files }) => !files.some(compiles))
    .map(
      ({ page, line, files }) =>
        `${page}:${line}: ${files.map((file) => complaints.get(file)?.[0]).join(' | ')}`,
    );
  assert.deepEqual(broken, []);
});

test('loads every block that is a consumer of its own', async () => {
  const loadable = blocks.filter(({ files: [file = ''], text }) => {
    const specifiers = [...text.matchAll(/\bfrom '([^']+)'/g)].map(([, specifier = '']) => specifier);
    return compiles(file) && specifiers.includes('tailrace') && !specifiers.some((name) => /cdk/.test(name));
  });
  let loaded = 0;
  for (const { files } of loadable) {
    await import(pathToFileURL(files[0] ?? '').href).then(
      () => loaded++,
      (error: unknown) => {
        // The text around the block has introduced that name.
        const name = /^(\w+) is not defined/.exec(error instanceof ReferenceError ? error.message : '')?.[1];
        if (name === undefined || !context.includes(`${name}:`)) throw error;
      },
    );
  }
  assert.ok(loaded > 0);
});

test('runs the SQS handler of the guide', async () => {
  const page = blocks.find(({ page }) => page === 'docs/guides/from-sqs.md');
  assert.ok(page);
  const file = join(
    dirname(pageFolder(page.files[0] ?? '')),
    'docs-guides-from-sqs.md/handlers/orders/handler.ts',
  );
  assert.match(readFileSync(file, 'utf8'), /fromSqs/);
  const { handler } = (await import(pathToFileURL(file).href)) as { readonly handler: ConsumerHandler };
  const { outcomes } = await runConsumer(handler, [
    { key: 'a', value: '{}' },
    { key: 'b', value: '{' },
  ]);
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ['processed', 'retried'],
  );
});

test('gives a record one name of an execution, however often it comes', async () => {
  const started: (string | undefined)[] = [];
  // Stands for Lambda's Invoke: it knows each name once.
  const server = createServer((request, response) => {
    request.resume();
    const name = String(request.headers['x-amz-durable-execution-name']);
    const isTaken = started.includes(name);
    started.push(name);
    response.writeHead(
      isTaken ? 409 : 202,
      isTaken ? { 'x-amzn-errortype': 'DurableExecutionAlreadyStartedException' } : {},
    );
    response.end(isTaken ? '{}' : undefined);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
    WORKFLOW_ARN: 'arn:aws:lambda:us-east-1:000000000000:function:workflow',
  });
  try {
    const page = blocks.find((each) => each.page === 'docs/guides/durable-functions.md');
    const { handler } = (await import(pathToFileURL(page?.files[0] ?? '').href)) as {
      readonly handler: ConsumerHandler;
    };
    for (let delivery = 0; delivery < 2; delivery++) {
      const { outcomes } = await runConsumer(handler, [{ value: '{"id":1}' }, { value: '{"id":2}' }]);
      assert.deepEqual(
        outcomes.map(({ outcome }) => outcome),
        ['processed', 'processed'],
      );
    }
    assert.equal(started.length, 4);
    assert.equal(new Set(started).size, 2, started.join(', '));
    for (const name of started) assert.match(name ?? '', /^orders-\d+-\d+$/);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

// What a person sees of a function that does none of its work: soon, and with the reason.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli, startCli } from '../support/cli.ts';
import { writeLocalApp } from '../support/local-app.ts';

const good = `export const handler = async () => ({ batchItemFailures: [] });`;
const traffic = ['--records', '40', '--poison', '0', '--tombstones', '0', '--compression', 'none'];

test('stops a consumer whose module throws while loading, with text and line, and goes on with the others', async () => {
  const source = `const url = process.env.ORDERS_URL;
if (!url) throw new RangeError('ORDERS_URL is not set');
export const handler = async () => {};`;
  const app = await writeLocalApp([
    { name: 'broken', source, mapping: { MaximumRetryAttempts: -1 } },
    { name: 'good', source: good },
  ]);
  try {
    const { code, stdout, stderr } = await runCli(['run', '--cdk-out', app.cdkOut, ...traffic]);
    assert.equal(code, 4, stdout + stderr);
    assert.match(
      stdout,
      /broken: its function does not load: RangeError: ORDERS_URL is not set, at \S*index\.mjs:\d+:\d+; stopped/,
    );
    assert.match(stdout, /ok good/);
  } finally {
    await app.remove();
  }
});

test('tells what Node said of a module that ends its process while loading', async () => {
  const source = `process.nextTick(() => { throw new TypeError('nobody catches me'); });
await new Promise((resolve) => setTimeout(resolve, 1000));
export const handler = async () => {};`;
  const app = await writeLocalApp([{ name: 'ending', source }]);
  try {
    const { code, stdout } = await runCli(['run', '--cdk-out', app.cdkOut, ...traffic]);
    assert.equal(code, 4);
    assert.match(stdout, /ending: its function does not load: TypeError: nobody catches me/);
  } finally {
    await app.remove();
  }
});

test('stops a consumer of which every call fails, with the message, though its mapping retries for ever', async () => {
  const source = `export const handler = async () => { throw new TypeError('nothing works'); };`;
  const app = await writeLocalApp([
    { name: 'useless', source, mapping: { MaximumRetryAttempts: -1, BisectBatchOnFunctionError: true } },
  ]);
  try {
    const { code, stdout } = await runCli(['run', '--cdk-out', app.cdkOut, ...traffic]);
    assert.equal(code, 4);
    assert.match(stdout, /useless: all of its 5 invocations have failed: TypeError: nothing works, at /);
    assert.match(stdout, /useless: all of its 30 invocations have failed: .*; stopped/);
    assert.doesNotMatch(stdout, /^proven/m);
  } finally {
    await app.remove();
  }
});

test('only tells of it in a run without an end', async () => {
  const source = `export const handler = async () => { throw new TypeError('nothing works'); };`;
  const app = await writeLocalApp([{ name: 'useless', source, mapping: { MaximumRetryAttempts: -1 } }]);
  const cli = startCli(['run', '--cdk-out', app.cdkOut, '--watch', '--traffic', 'useless=orders']);
  try {
    await cli.printed('useless: all of its 5 invocations have failed');
    cli.child.kill('SIGTERM');
    await cli.printed('stopping');
    cli.child.kill('SIGKILL');
    const { stdout } = await cli.ended;
    assert.doesNotMatch(stdout, /; stopped/);
  } finally {
    await app.remove();
  }
});

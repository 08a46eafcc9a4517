// The main job on an app that was written without the library: plain functions, whose destinations nobody here can read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli } from '../support/cli.ts';
import { writeLocalApp } from '../support/local-app.ts';

const eater = `export async function handler(event) {
  const records = Object.values(event.records).flat();
  // Bounded, so that a cap which does not work fails the test and not the machine.
  const eaten = [];
  if (records.some(({ partition, offset }) => partition === 1 && offset === 7))
    while (eaten.length < 100) eaten.push(Buffer.alloc(4 << 20, 1));
}`;

const thrower = `export async function handler(event) {
  const records = Object.values(event.records).flat();
  if (records.some(({ partition, offset }) => partition === 2 && offset === 3)) throw new RangeError('never');
}`;

test('proves an app without the library, and names each record that a mapping gave up, and why', async () => {
  const mapping = { MaximumRetryAttempts: 1, BisectBatchOnFunctionError: true };
  const picky = {
    ...mapping,
    FilterCriteria: { Filters: [{ Pattern: JSON.stringify({ partition: [1, 2] }) }] },
    DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Letters', 'Arn'] } } },
  };
  const topical = { ...mapping, DestinationConfig: { OnFailure: { Destination: 'kafka://letters' } } };
  const app = await writeLocalApp(
    [
      { name: 'hungry', source: eater, mapping },
      { name: 'picky', source: thrower, mapping: picky },
      { name: 'topical', source: thrower, mapping: topical },
    ],
    { Letters: { Type: 'AWS::SQS::Queue' } },
  );
  try {
    const args = ['run', '--cdk-out', app.cdkOut, '--records', '200', '--poison', '0'];
    const { code, stdout, stderr } = await runCli(args);
    assert.equal(code, 0, stdout + stderr);
    const [, summary = ''] = stdout.split('proof: 200 records produced');
    assert.match(
      summary,
      /discarded: orders-1@7 \(RetryAttemptsExhausted after Runtime\.OutOfMemory\), kept in s3:\/\/app-failures\/aws/,
    );
    assert.match(
      summary,
      /discarded: orders-2@3 \(RetryAttemptsExhausted after RangeError\), kept in arn:aws:sqs:/,
    );
    assert.match(summary, /ok topical +200 +=  +199 +\+ +1 /);
    assert.match(summary, /discarded: orders-2@3 \(.*\), kept in kafka:\/\/letters/);
    assert.match(summary, /ok hungry +200 +=  +199 +\+ +1 /);
    assert.match(summary, /\d+ records kept from the function by its filters/);
    assert.match(summary, /first record after [\d.]+ s/);
  } finally {
    await app.remove();
  }
});

test('lets a debugger attach to a function with --inspect, and shows where', async () => {
  const source = `export async function handler() { await new Promise((resolve) => setTimeout(resolve, 1500)); }`;
  const app = await writeLocalApp([{ name: 'slow', source, function: { Timeout: 1 } }]);
  try {
    const args = ['run', '--cdk-out', app.cdkOut, '--records', '20', '--poison', '0', '--inspect'];
    const { code, stdout, stderr } = await runCli(args);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /slow {2}Debugger listening on ws:\/\/127\.0\.0\.1:\d+\//);
    assert.doesNotMatch(stdout, /timeout|START/);
  } finally {
    await app.remove();
  }
});

// A run of an app whose role lacks a grant: denied as on AWS, and named.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunResult } from '../../tools/run/verdict/verdict.ts';
import { runCli } from '../support/cli.ts';
import { writeLocalApp } from '../support/local-app.ts';

const source = `
  import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
  const s3 = new S3Client({});
  export async function handler() {
    try {
      await s3.send(new PutObjectCommand({ Bucket: process.env.STORE, Key: 'key', Body: 'x' }));
    } catch (error) {
      console.log(JSON.stringify({ level: 'ERROR', message: error.name + ' ' + error.$metadata.httpStatusCode }));
    }
  }`;

const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
const resources = {
  Store: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'store' } },
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: { Policies: [{ PolicyName: 'read', PolicyDocument: { Statement: [statement] } }] },
  },
};

test('denies a function what its role does not allow, names the grant that lacks, and lets all pass with --no-iam', async () => {
  const role = { Role: { 'Fn::GetAtt': ['Role', 'Arn'] }, FunctionName: 'writer' };
  const environment = { STORE: { Ref: 'Store' } };
  const app = await writeLocalApp([{ name: 'writer', source, function: role, environment }], resources);
  try {
    const args = ['run', '--cdk-out', app.cdkOut, '--records', '20', '--poison', '0'];
    const { stdout, stderr } = await runCli([...args, '--logs']);
    assert.match(stdout, /AccessDenied 403/, stdout + stderr);
    const [, summary = ''] = stdout.split('proof: 20 records produced');
    assert.match(summary, /denied: writer, s3:PutObject \(\d+ calls?\)\n +on arn:aws:s3:::store\/\*\n/);

    const free = await runCli([...args, '--no-iam', '--json']);
    assert.deepEqual((JSON.parse(free.stdout) as RunResult).denied, [], free.stderr);
  } finally {
    await app.remove();
  }
});

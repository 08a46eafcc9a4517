import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RootConstruct } from 'constructs';
import { ContextError, readContext, type AppContext } from '../../../infra/app/context.ts';

const clusterArn =
  'arn:aws:kafka:eu-west-1:123456789012:cluster/orders/01234567-89ab-cdef-0123-456789abcdef-4';
const secretArn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:kafka/orders-AbCd12';
const broker = 'broker-1.example.com:9096';

function read(context: Readonly<Record<string, unknown>>): AppContext {
  const root = new RootConstruct();
  for (const [key, value] of Object.entries(context)) root.node.setContext(key, value);
  return readContext(root.node);
}

test('takes no cluster when none is named, and keeps data', () => {
  assert.deepEqual(read({}), { cluster: undefined, ephemeral: false });
});

test('takes an MSK cluster, provisioned, serverless or in another partition', () => {
  for (const arn of [
    clusterArn,
    clusterArn.replace(/-4$/, '-s1'),
    clusterArn.replace('arn:aws:', 'arn:aws-cn:'),
  ]) {
    assert.deepEqual(read({ clusterArn: arn }), {
      cluster: { clusterArn: arn },
      ephemeral: false,
    });
  }
});

test('takes a self-managed cluster of 1 to 10 brokers', () => {
  const ten = Array.from({ length: 10 }, (_, index) => `10.0.0.${index}:9096`);
  for (const servers of [[broker], ten, ['[::1]:1', 'a:65535']]) {
    const { cluster } = read({ bootstrapServers: servers.join(', '), secretArn });
    assert.deepEqual(cluster, { bootstrapServers: servers, secretArn });
  }
});

test('takes ephemeral as text from the command line and as a boolean from cdk.json', () => {
  for (const value of ['true', true]) assert.equal(read({ ephemeral: value }).ephemeral, true);
  for (const value of ['false', false]) assert.equal(read({ ephemeral: value }).ephemeral, false);
});

const eleven = Array.from({ length: 11 }, (_, index) => `b${index}:9096`).join(',');
const mistakes: readonly (readonly [key: string, why: string, context: Readonly<Record<string, unknown>>])[] =
  [
    ['clusterArn', 'no ARN', { clusterArn: 'orders' }],
    ['clusterArn', 'empty', { clusterArn: '' }],
    ['clusterArn', 'a topic', { clusterArn: clusterArn.replace(':cluster/', ':topic/') }],
    ['clusterArn', 'a uuid without its number', { clusterArn: clusterArn.replace(/-4$/, '') }],
    ['clusterArn', 'a trailing blank', { clusterArn: `${clusterArn} ` }],
    ['secretArn', 'a secret beside an MSK cluster', { clusterArn, secretArn }],
    ['bootstrapServers', 'both kinds of cluster', { clusterArn, bootstrapServers: broker, secretArn }],
    ['bootstrapServers', 'a secret without brokers', { secretArn }],
    ['secretArn', 'brokers without a secret', { bootstrapServers: broker }],
    ['secretArn', 'a partial ARN', { bootstrapServers: broker, secretArn: secretArn.replace('-AbCd12', '') }],
    ['bootstrapServers', 'no port', { bootstrapServers: 'broker-1', secretArn }],
    ['bootstrapServers', 'port 0', { bootstrapServers: 'broker-1:0', secretArn }],
    ['bootstrapServers', 'port 65536', { bootstrapServers: 'broker-1:65536', secretArn }],
    ['bootstrapServers', 'a trailing comma', { bootstrapServers: `${broker},`, secretArn }],
    ['bootstrapServers', 'one broker twice', { bootstrapServers: `${broker},${broker}`, secretArn }],
    ['bootstrapServers', 'eleven brokers', { bootstrapServers: eleven, secretArn }],
    ['bootstrapServers', 'a URL', { bootstrapServers: 'kafka://broker-1:9096', secretArn }],
    ['ephemeral', 'neither true nor false', { ephemeral: 'yes' }],
  ];
for (const [key, why, context] of mistakes) {
  test(`refuses ${key}: ${why}`, () => {
    assert.throws(
      () => read(context),
      (error) => {
        assert.ok(error instanceof ContextError);
        assert.deepEqual([error.code, error.key], ['INVALID_CONTEXT', key]);
        const got = context[key] === undefined ? 'nothing' : JSON.stringify(context[key]);
        assert.ok(error.message.includes(`got ${got}, expected `), error.message);
        return true;
      },
    );
  });
}

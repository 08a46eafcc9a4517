// What a person may set on the command line (`cdk deploy -c key=value`), checked before anything is built from it.

import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct, Node } from 'constructs';
import {
  clusterArnPattern,
  isServer,
  maxBootstrapServers,
  secretArnPattern,
  type KafkaSource,
} from '../source/source.ts';

/** A cluster as it is named on the command line. */
export type ClusterContext =
  | { readonly clusterArn: string }
  | { readonly bootstrapServers: readonly string[]; readonly secretArn: string };

/** What an app is synthesized for. */
export interface AppContext {
  /** Undefined when none was named: good for synth and local runs, refused by deploy. */
  readonly cluster: ClusterContext | undefined;
  /** True when data goes away with the stack. */
  readonly ephemeral: boolean;
}

/** A context value is wrong, or a combination of them is. */
export class ContextError extends Error {
  override readonly name = 'ContextError';
  readonly code = 'INVALID_CONTEXT';
  /** The context key at fault. */
  readonly key: string;

  constructor(key: string, got: unknown, expected: string) {
    super(`context ${key} is not valid, got ${shown(got)}, expected ${expected}; pass -c ${key}=...`);
    this.key = key;
  }
}

const noCluster =
  'arn:aws:kafka:us-east-1:000000000000:cluster/no-cluster/00000000-0000-0000-0000-000000000000-0';

/**
 * Reads the app's context: `clusterArn` for MSK, or `bootstrapServers` (comma-separated `host:port`) with `secretArn`
 * for a self-managed cluster, or neither; and `ephemeral` (`true` or `false`, default `false`).
 *
 * @throws ContextError `INVALID_CONTEXT` naming the key, the value and the expected form
 */
export function readContext(node: Node): AppContext {
  const read = (key: string): unknown => node.tryGetContext(key);
  const ephemeral = parseBoolean('ephemeral', read('ephemeral'));
  const clusterArn = read('clusterArn');
  const bootstrapServers = read('bootstrapServers');
  const secretArn = read('secretArn');

  if (clusterArn !== undefined) {
    const other = bootstrapServers === undefined ? 'secretArn' : 'bootstrapServers';
    if (read(other) !== undefined) {
      throw new ContextError(
        other,
        read(other),
        'nothing together with clusterArn, because an app reads one cluster',
      );
    }
    return { cluster: parseMsk(clusterArn), ephemeral };
  }
  if (bootstrapServers !== undefined || secretArn !== undefined) {
    return { cluster: parseSelfManaged(bootstrapServers, secretArn), ephemeral };
  }
  return { cluster: undefined, ephemeral };
}

/** The cluster as constructs take it; where none was named, one that there is not. */
export function toSource(scope: Construct, cluster: ClusterContext | undefined): KafkaSource {
  if (cluster === undefined) return { type: 'msk-iam', clusterArn: noCluster };
  if ('clusterArn' in cluster) return { type: 'msk-iam', clusterArn: cluster.clusterArn };
  const { bootstrapServers, secretArn } = cluster;
  const secret = Secret.fromSecretCompleteArn(scope, 'BrokerCredentials', secretArn);
  return { type: 'self-managed-scram-512', bootstrapServers, secret };
}

/** The account and Region of a cluster, which its functions and mappings share. */
export function toEnvironment(cluster: ClusterContext): {
  readonly account: string;
  readonly region: string;
} {
  const match =
    'clusterArn' in cluster
      ? clusterArnPattern.exec(cluster.clusterArn)
      : secretArnPattern.exec(cluster.secretArn);
  const { account, region } = match?.groups ?? {};
  if (account === undefined || region === undefined)
    throw new TypeError('the ARNs of a context were checked when it was read');
  return { account, region };
}

function parseMsk(clusterArn: unknown): ClusterContext {
  const expected =
    'an MSK cluster such as arn:aws:kafka:us-east-1:123456789012:cluster/<name>/<uuid>-<number>';
  return { clusterArn: parseMatch('clusterArn', clusterArn, clusterArnPattern, expected) };
}

function parseSelfManaged(bootstrapServers: unknown, secretArn: unknown): ClusterContext {
  const servers = parseServers(bootstrapServers);
  const expected =
    'the full ARN of the secret with the SASL/SCRAM-512 username and password, ' +
    'such as arn:aws:secretsmanager:us-east-1:123456789012:secret:<name>-AbCdEf';
  return {
    bootstrapServers: servers,
    secretArn: parseMatch('secretArn', secretArn, secretArnPattern, expected),
  };
}

function parseServers(value: unknown): readonly string[] {
  const expected = `1..${maxBootstrapServers} different brokers as host:port,host:port`;
  const servers = typeof value === 'string' ? value.split(',').map((each) => each.trim()) : [];
  const areValid = servers.every(isServer);
  const isListed = servers.length >= 1 && servers.length <= maxBootstrapServers;
  if (!areValid || !isListed || new Set(servers).size < servers.length) {
    throw new ContextError('bootstrapServers', value, expected);
  }
  return servers;
}

function parseMatch(key: string, value: unknown, pattern: RegExp, expected: string): string {
  if (typeof value === 'string' && pattern.test(value)) return value;
  throw new ContextError(key, value, expected);
}

/** The command line gives text, cdk.json gives a boolean. */
function parseBoolean(key: string, value: unknown): boolean {
  if (value === undefined) return false;
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw new ContextError(key, value, 'true or false');
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

// What a source is made of, checked by its form: ARNs that are those of something else, or cut short, would be granted and
// deployed, and then never reach a broker.

import { Token } from 'aws-cdk-lib';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Problem } from '../props-error.ts';
import {
  clusterArnPattern,
  isMsk,
  isServer,
  isServerless,
  maxBootstrapServers,
  secretArnPattern,
  toNetworkIds,
  toSecretArn,
  vpcConnectionArnPattern,
  type KafkaSource,
  type MskSource,
  type SelfManagedSource,
} from './source.ts';

const mskSecretPattern = /:secret:AmazonMSK_/;

/** Everything that is wrong with a source; what is known only at deployment is not judged. */
export function checkSource(source: KafkaSource): Problem[] {
  return [
    ...checkNetwork(source),
    ...(source.type === 'msk-iam' || source.type === 'msk-unauthenticated'
      ? []
      : checkSecret('source.secret', source.secret)),
    ...(isMsk(source) ? checkMsk(source) : checkSelfManaged(source)),
  ];
}

/** Whether a value is a text that fits a pattern, or known only at deployment. JavaScript leaves out what types ask for. */
export function matches(value: unknown, pattern: RegExp): boolean {
  return Token.isUnresolved(value) || (typeof value === 'string' && pattern.test(value));
}

/** A secret that is not given, or cut short: without the six characters at its end a policy does not match its ARN. */
export function checkSecret(field: string, secret: ISecret | undefined): Problem[] {
  const arn = secret === undefined ? undefined : toSecretArn(secret);
  if (matches(arn, secretArnPattern)) return [];
  const expected =
    'a secret with its full ARN, arn:aws:secretsmanager:<region>:<account>:secret:<name>-AbCdEf, as Secret.fromSecretCompleteArn makes it';
  return [{ field, got: arn, expected }];
}

/** The same for one that need not be given. */
export function checkOptionalSecret(field: string, secret: ISecret | undefined): Problem[] {
  return secret === undefined ? [] : checkSecret(field, secret);
}

function checkMsk(source: MskSource): Problem[] {
  const { clusterArn, vpcConnectionArn } = source;
  const problems: Problem[] = [];
  if (!matches(clusterArn, clusterArnPattern)) {
    problems.push({
      field: 'source.clusterArn',
      got: clusterArn,
      expected: "an MSK cluster's ARN, arn:aws:kafka:<region>:<account>:cluster/<name>/<uuid>-<number>",
    });
  }
  const isConnection = vpcConnectionArn === undefined || matches(vpcConnectionArn, vpcConnectionArnPattern);
  if (!isConnection || (vpcConnectionArn !== undefined && isServerless(source) === true)) {
    problems.push({
      field: 'source.vpcConnectionArn',
      got: vpcConnectionArn,
      expected: isConnection
        ? 'nothing: MSK Serverless has no mappings across accounts'
        : 'the ARN of a managed VPC connection, arn:aws:kafka:<region>:<account>:vpc-connection/<account>/<name>/<uuid>-<number>',
    });
  }
  if (source.type === 'msk-scram') problems.push(...checkMskSecret(source.secret));
  return problems;
}

function checkMskSecret(secret: ISecret | undefined): Problem[] {
  if (secret === undefined) return []; // said already
  const problems: Problem[] = [];
  if (!matches(toSecretArn(secret), mskSecretPattern)) {
    problems.push({
      field: 'source.secret',
      got: toSecretArn(secret),
      expected: 'a secret whose name starts with AmazonMSK_, because MSK accepts no other',
    });
  }
  if (secret.encryptionKey === undefined) {
    const expected =
      'the customer managed key of the secret, since MSK takes none under the default key; Secret.fromSecretAttributes names it';
    problems.push({ field: 'source.secret.encryptionKey', got: 'nothing', expected });
  }
  return problems;
}

function checkSelfManaged({ bootstrapServers, rootCACertificate }: SelfManagedSource): Problem[] {
  const problems = checkOptionalSecret('source.rootCACertificate', rootCACertificate);
  if (!areServers(bootstrapServers)) {
    problems.push({
      field: 'source.bootstrapServers',
      got: bootstrapServers,
      expected: `1..${maxBootstrapServers} of host:port, each in a text of its own`,
    });
  }
  return problems;
}

function areServers(servers: unknown): boolean {
  if (Token.isUnresolved(servers)) return true; // the list as a whole
  if (!Array.isArray(servers) || servers.length < 1 || servers.length > maxBootstrapServers) return false;
  return servers.every((each) => Token.isUnresolved(each) || (typeof each === 'string' && isServer(each)));
}

function checkNetwork(source: KafkaSource): Problem[] {
  const { vpc, vpcSubnets, securityGroups = [] } = source;
  const problems: Problem[] = [];
  if (vpc === undefined) {
    for (const field of ['vpcSubnets', 'securityGroups'] as const) {
      if (source[field] !== undefined)
        problems.push({ field: `source.${field}`, got: 'a value', expected: 'source.vpc as well' });
    }
    return problems;
  }
  if (securityGroups.length === 0)
    problems.push({ field: 'source.securityGroups', got: [], expected: 'at least one' });
  if (toNetworkIds({ vpc, ...(vpcSubnets && { vpcSubnets }) })?.subnetIds.length === 0)
    problems.push({ field: 'source.vpcSubnets', got: [], expected: 'a selection of at least one subnet' });
  return problems;
}

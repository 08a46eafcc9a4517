// What a source is made of, checked by its form: ARNs that are those of something else, or cut short, would be granted and
// deployed, and then never reach a broker.

import { Token } from 'aws-cdk-lib';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Problem } from '../props-error.ts';
import {
  clusterArnPattern,
  isMsk,
  isServerless,
  secretArnPattern,
  toNetworkIds,
  toSecretArn,
  vpcConnectionArnPattern,
  type KafkaSource,
  type MskSource,
  type SelfManagedSource,
} from './source.ts';

const maxBootstrapServers = 10; // Lambda service model, Endpoints of SelfManagedEventSource
const mskSecretPattern = /:secret:AmazonMSK_/;

/** Everything that is wrong with a source; what is known only at deployment is not judged. */
export function checkSource(source: KafkaSource): Problem[] {
  return [
    ...checkNetwork(source),
    ...('secret' in source ? checkSecret('source.secret', source.secret) : []),
    ...(isMsk(source) ? checkMsk(source) : checkSelfManaged(source)),
  ];
}

/** Whether a value fits a pattern, is not given, or is known only at deployment. */
export function matches(value: string | undefined, pattern: RegExp): boolean {
  return value === undefined || Token.isUnresolved(value) || pattern.test(value);
}

/** A secret whose ARN is cut short: without the six characters at its end a policy does not match it. */
export function checkSecret(field: string, secret: ISecret | undefined): Problem[] {
  if (secret === undefined || matches(toSecretArn(secret), secretArnPattern)) return [];
  const expected =
    'a secret with its full ARN, arn:aws:secretsmanager:<region>:<account>:secret:<name>-AbCdEf, as Secret.fromSecretCompleteArn makes it';
  return [{ field, got: toSecretArn(secret), expected }];
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
  const isConnection = matches(vpcConnectionArn, vpcConnectionArnPattern);
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

function checkMskSecret(secret: ISecret): Problem[] {
  const problems: Problem[] = [];
  if (!matches(toSecretArn(secret), mskSecretPattern)) {
    problems.push({
      field: 'source.secret',
      got: toSecretArn(secret),
      expected: 'a secret whose name starts with AmazonMSK_, since MSK takes no other',
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
  const problems = checkSecret('source.rootCACertificate', rootCACertificate);
  if (bootstrapServers.length < 1 || bootstrapServers.length > maxBootstrapServers) {
    problems.push({
      field: 'source.bootstrapServers',
      got: bootstrapServers,
      expected: `1..${maxBootstrapServers} of host:port`,
    });
  }
  return problems;
}

function checkNetwork(source: KafkaSource): Problem[] {
  const { vpc, vpcSubnets, securityGroups = [] } = source;
  const problems: Problem[] = [];
  if (vpc === undefined) {
    for (const field of ['vpcSubnets', 'securityGroups'] as const) {
      if (source[field] !== undefined)
        problems.push({ field: `source.${field}`, got: 'a value', expected: 'source.vpc beside it' });
    }
    return problems;
  }
  if (securityGroups.length === 0)
    problems.push({ field: 'source.securityGroups', got: [], expected: 'at least one' });
  if (toNetworkIds({ vpc, ...(vpcSubnets && { vpcSubnets }) })?.subnetIds.length === 0)
    problems.push({ field: 'source.vpcSubnets', got: [], expected: 'a selection of at least one subnet' });
  return problems;
}

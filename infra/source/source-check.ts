// What a source is made of, checked by its form: ARNs that are those of something else, or cut short, would be granted and
// deployed, and then never reach a broker.

import { Token } from 'aws-cdk-lib';
import type { Problem } from '../props-error.ts';
import {
  clusterArnPattern,
  isMsk,
  secretArnPattern,
  type KafkaSource,
  type MskSource,
  type Network,
  type SelfManagedSource,
} from './source.ts';

const maxBootstrapServers = 10; // Lambda service model, Endpoints of SelfManagedEventSource
const mskSecretPattern = /:secret:AmazonMSK_/;

/** Everything that is wrong with a source; what is known only at deployment is not judged. */
export function checkSource(source: KafkaSource): Problem[] {
  return [
    ...(source.network === undefined ? [] : checkNetwork(source.network)),
    ...('secretArn' in source ? checkSecret('source.secretArn', source.secretArn) : []),
    ...(isMsk(source) ? checkMsk(source) : checkSelfManaged(source)),
  ];
}

/** Whether a value fits a pattern, is not given, or is known only at deployment. */
export function matches(value: string | undefined, pattern: RegExp): boolean {
  return value === undefined || Token.isUnresolved(value) || pattern.test(value);
}

function checkMsk(source: MskSource): Problem[] {
  const problems: Problem[] = [];
  if (!matches(source.clusterArn, clusterArnPattern)) {
    problems.push({
      field: 'source.clusterArn',
      got: source.clusterArn,
      expected: "an MSK cluster's ARN, arn:aws:kafka:<region>:<account>:cluster/<name>/<uuid>-<number>",
    });
  }
  if (source.type === 'msk-scram' && !matches(source.secretArn, mskSecretPattern)) {
    problems.push({
      field: 'source.secretArn',
      got: source.secretArn,
      expected: 'a secret whose name starts with AmazonMSK_, since MSK takes no other',
    });
  }
  return problems;
}

function checkSelfManaged({ bootstrapServers, rootCaSecretArn, rootCaKeyArn }: SelfManagedSource): Problem[] {
  const problems = checkSecret('source.rootCaSecretArn', rootCaSecretArn);
  if (bootstrapServers.length < 1 || bootstrapServers.length > maxBootstrapServers) {
    problems.push({
      field: 'source.bootstrapServers',
      got: bootstrapServers,
      expected: `1..${maxBootstrapServers} of host:port`,
    });
  }
  if (rootCaKeyArn !== undefined && rootCaSecretArn === undefined) {
    problems.push({
      field: 'source.rootCaKeyArn',
      got: rootCaKeyArn,
      expected: 'source.rootCaSecretArn beside it',
    });
  }
  return problems;
}

function checkSecret(field: string, arn: string | undefined): Problem[] {
  if (matches(arn, secretArnPattern)) return [];
  // Without the six characters at its end it is no secret's ARN to a policy, and the mapping would be denied.
  const expected = "a secret's full ARN, arn:aws:secretsmanager:<region>:<account>:secret:<name>-AbCdEf";
  return [{ field, got: arn, expected }];
}

function checkNetwork(network: Network): Problem[] {
  return (['subnetIds', 'securityGroupIds'] as const)
    .filter((each) => network[each].length === 0)
    .map((each) => ({ field: `source.network.${each}`, got: [], expected: 'at least one' }));
}

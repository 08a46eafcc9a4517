// Where things are: what a mapping reads has to stand in its own Region, and a consumer group belongs to one mapping.

import { isMsk } from '../source/source.ts';
import type { Finding, RuleInput } from './rule.ts';
import { registryOf } from './schema.ts';

/** `GROUP_NOT_UNIQUE` */
export function groupNotUnique({ groupId, groupOwner }: RuleInput): Finding | undefined {
  if (groupOwner === undefined) return undefined;
  return {
    field: 'groupId',
    got: `${groupId}, which is also that of ${groupOwner}`,
    why: "AWS takes a group's name for one mapping only, and fails the deployment of the second; where it did not, each would get a share of the partitions",
    remedy: 'give one of them another groupId',
  };
}

/** `SOURCE_ELSEWHERE` */
export function sourceElsewhere(input: RuleInput): Finding | undefined {
  const { source, mapping, region, account } = input;
  const { SourceAccessConfigurations = [] } = mapping;
  const { SchemaRegistryURI, AccessConfigs = [] } = registryOf(input) ?? {};
  const secrets = [...SourceAccessConfigurations, ...AccessConfigs]
    .map(({ URI }) => URI)
    .filter((each) => each.startsWith('arn:'));
  const sameAccount = [
    ...(isMsk(source) ? [['source.clusterArn', source.clusterArn] as const] : []),
    ['schemaRegistry.registryArn', SchemaRegistryURI ?? ''] as const,
  ];
  for (const [field, arn] of [...sameAccount, ...secrets.map((each) => ['secret', each] as const)]) {
    const place = placeOf(arn);
    if (place === undefined) continue;
    const isElsewhere =
      (region !== undefined && place.region !== region) ||
      (field !== 'secret' && account !== undefined && place.account !== account);
    if (!isElsewhere) continue;
    return {
      field,
      got: `${arn} for a stack of ${account ?? 'any account'} in ${region ?? 'any Region'}`,
      why: 'a mapping reaches clusters and Glue registries of its own account and Region, and secrets of its own Region; AWS would stop it as not valid, or never find the brokers',
      remedy: "deploy the stack where it is: give the stack's env that account and region",
    };
  }
  return undefined;
}

/** Region and account of an ARN; undefined for what is no ARN, or known only at deployment. */
function placeOf(arn: string): { readonly region: string; readonly account: string } | undefined {
  const [, region, account] = /^arn:[a-z-]+:[a-z]+:([a-z0-9-]+):(\d{12}):/.exec(arn) ?? [];
  return region === undefined || account === undefined ? undefined : { region, account };
}

import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { isMsk } from '../../source/source.ts';
import { registryOf } from '../reading/registry.ts';
import { guide, type ExampleKit, type ExampleProps, type Rule, type RuleInput } from '../rule.ts';

const theirs = '999999999999';
const secretAt =
  (secretArn: string) =>
  ({ stack, id }: ExampleKit): ExampleProps => ({
    source: {
      type: 'self-managed-plain',
      bootstrapServers: ['kafka.example:9096'],
      secret: Secret.fromSecretCompleteArn(stack, id(), secretArn),
    },
  });
const registryAt = (region: string): ExampleProps => ({
  schemaRegistry: {
    type: 'glue',
    registryArn: `arn:aws:glue:${region}:123456789012:registry/orders`,
    recordFormat: 'JSON',
  },
});
const registrySecretAt =
  (region: string) =>
  ({ stack, id }: ExampleKit): ExampleProps => ({
    schemaRegistry: {
      type: 'confluent-basic',
      url: 'https://registry',
      recordFormat: 'JSON',
      secret: Secret.fromSecretCompleteArn(stack, id(), secretIn(region)),
    },
  });
const secretIn = (region: string, account = '123456789012'): string =>
  `arn:aws:secretsmanager:${region}:${account}:secret:orders-AbCd12`;

export const sourceElsewhere: Rule = {
  refuses:
    "a cluster or Glue registry of another account or Region than the stack's, or a secret in another Region",
  evidence: [
    guide('with-msk-configure', 'cluster and function stand in the same Region'),
    guide('msk-cross-account', 'a cluster of another account is named by a managed VPC connection'),
    guide('kafka-cluster-auth', 'a secret stands in the Region of the function'),
  ],
  proofs: [
    {
      about: 'a cluster of another account',
      failing: ({ clusterArn }) => ({
        source: { type: 'msk-iam', clusterArn: clusterArn({ account: theirs }) },
      }),
      passing: ({ clusterArn }) => ({ source: { type: 'msk-iam', clusterArn: clusterArn() } }),
    },
    {
      about: 'a cluster in another Region',
      failing: ({ clusterArn }) => ({
        source: { type: 'msk-iam', clusterArn: clusterArn({ region: 'eu-west-2' }) },
      }),
      passing: ({ clusterArn }) => ({ source: { type: 'msk-iam', clusterArn: clusterArn() } }),
    },
    {
      about: 'a secret in another Region',
      failing: secretAt(secretIn('eu-west-2')),
      passing: secretAt(secretIn('eu-west-1', theirs)),
    },
    {
      about: 'a Glue registry in another Region',
      failing: registryAt('eu-west-2'),
      passing: registryAt('eu-west-1'),
    },
    {
      about: 'the secret of a registry in another Region',
      failing: registrySecretAt('eu-west-2'),
      passing: registrySecretAt('eu-west-1'),
    },
  ],
  check(input) {
    const { region, account } = input;
    for (const { field, arn, isAnyAccount } of listArns(input)) {
      const stands = readArn(arn);
      if (stands === undefined) continue;
      const isElsewhere =
        (region !== undefined && stands.region !== region) ||
        (!isAnyAccount && account !== undefined && stands.account !== account);
      if (!isElsewhere) continue;
      return {
        field,
        got: `${arn} for a stack of ${account ?? 'any account'} in ${region ?? 'any Region'}`,
        why: 'a mapping reaches clusters and Glue registries of its own account and Region, and secrets of its own Region; AWS would stop it as not valid, or never find the brokers',
        remedy:
          "deploy the stack where it is: give the stack's env that account and region; a cluster of another account is reached by source.vpcConnectionArn",
      };
    }
    return undefined;
  },
};

interface NamedArn {
  readonly field: string;
  readonly arn: string;
  readonly isAnyAccount: boolean;
}

function listArns(input: RuleInput): readonly NamedArn[] {
  const { source, mapping } = input;
  const { SourceAccessConfigurations = [] } = mapping;
  const { SchemaRegistryURI = '', AccessConfigs = [] } = registryOf(input) ?? {};
  const secrets = [...SourceAccessConfigurations, ...AccessConfigs].filter(({ URI }) =>
    URI.startsWith('arn:'),
  );
  const cluster: NamedArn[] = isMsk(source)
    ? [
        {
          field: 'source.clusterArn',
          arn: source.clusterArn,
          isAnyAccount: source.vpcConnectionArn !== undefined,
        },
        { field: 'source.vpcConnectionArn', arn: source.vpcConnectionArn ?? '', isAnyAccount: false },
      ]
    : [];
  return [
    ...cluster,
    { field: 'schemaRegistry.registryArn', arn: SchemaRegistryURI, isAnyAccount: false },
    ...secrets.map(({ URI }) => ({ field: 'secret', arn: URI, isAnyAccount: true })),
  ];
}

/** Region and account of an ARN; undefined for what is no ARN, or known only at deployment. */
function readArn(arn: string): { readonly region: string; readonly account: string } | undefined {
  const [, region, account] = /^arn:[a-z-]+:[a-z]+:([a-z0-9-]+):(\d{12}):/.exec(arn) ?? [];
  return region === undefined || account === undefined ? undefined : { region, account };
}

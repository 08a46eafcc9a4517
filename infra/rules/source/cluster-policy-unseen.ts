import { isMsk } from '../../source/source.ts';
import { guide, type Rule } from '../rule.ts';

const theirs = '999999999999';

export const clusterPolicyUnseen: Rule = {
  refuses: 'a cluster of another account, until somebody says that its policy lets the function in',
  evidence: [
    guide(
      'msk-cross-account',
      'the cluster needs multi-VPC connectivity and a policy that allows the other account',
    ),
  ],
  proofs: [
    {
      failing: ({ clusterArn }) => ({
        source: {
          type: 'msk-iam',
          clusterArn: clusterArn({ account: theirs }),
          vpcConnectionArn: clusterArn().replace(':cluster/', `:vpc-connection/${theirs}/`),
        },
      }),
      passing: ({ clusterArn }) => ({
        source: {
          type: 'msk-iam',
          clusterArn: clusterArn(),
          vpcConnectionArn: clusterArn().replace(':cluster/', ':vpc-connection/123456789012/'),
        },
      }),
    },
  ],
  check({ source, account }) {
    if (!isMsk(source) || source.vpcConnectionArn === undefined) return undefined;
    const [, , , , owner = ''] = source.clusterArn.split(':');
    if (!/^\d{12}$/.test(owner) || account === undefined || owner === account) return undefined;
    return {
      field: 'source.clusterArn',
      got: `a cluster of account ${owner} for a function of account ${account}`,
      why: 'multi-VPC connectivity and the policy of a cluster of another account are not for this stack to see or make; without them the mapping is made and then never reaches a broker',
      remedy:
        "turn multi-VPC connectivity on for the authentication used, allow kafka:CreateVpcConnection, kafka:GetBootstrapBrokers, kafka:DescribeClusterV2 and, with IAM, the kafka-cluster actions to this account in the cluster's policy; then acknowledge, saying where that is done",
    };
  },
};

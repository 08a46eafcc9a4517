import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { isMsk } from '../../source/source.ts';
import { guide, type ExampleKit, type Rule } from '../rule.ts';

const plain = ({ stack, id, secretArn }: ExampleKit, bootstrapServers: readonly string[]) =>
  ({
    type: 'self-managed-plain',
    bootstrapServers,
    secret: Secret.fromSecretCompleteArn(stack, id(), secretArn),
  }) as const;

/** Addresses that the internet does not route (RFC 1918, RFC 6598, RFC 3927, RFC 4193, loopback), and names that only a VPC resolves. */
const privateHost =
  /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.|127\.|\[?f[cd][0-9a-f]{2}:|\[?::1\]?:|localhost:)|^[^:]+\.(?:internal|local)(?::|$)|^[^.:[]+(?::|$)/i;

export const privateBrokersWithoutNetwork: Rule = {
  refuses: 'self-managed brokers at private addresses without a VPC to reach them from',
  evidence: [
    guide(
      'with-kafka-configure',
      'brokers in a VPC are reached through VPC_SUBNET and VPC_SECURITY_GROUP of the mapping',
    ),
    {
      kind: 'arithmetic',
      from: 'RFC 1918, RFC 6598, RFC 4193',
      says: 'private addresses are not routed on the internet',
    },
  ],
  proofs: [
    {
      about: 'an address',
      failing: (kit) => ({ source: plain(kit, ['172.31.4.5:9096']) }),
      passing: (kit) => ({ source: plain(kit, ['172.32.4.5:9096']) }),
    },
    {
      about: 'a name of a private zone, unless there is a network',
      failing: (kit) => ({ source: plain(kit, ['kafka.example:9096', 'broker-2.kafka.internal:9096']) }),
      passing: (kit) => ({
        source: {
          ...plain(kit, ['broker-2.kafka.internal:9096']),
          vpc: Vpc.fromVpcAttributes(kit.stack, kit.id(), {
            vpcId: 'vpc-1',
            availabilityZones: ['eu-west-1a'],
            privateSubnetIds: ['subnet-1'],
          }),
          securityGroups: [SecurityGroup.fromSecurityGroupId(kit.stack, kit.id(), 'sg-1')],
        },
      }),
    },
  ],
  check({ source }) {
    if (isMsk(source) || source.vpc !== undefined) return undefined;
    const found = source.bootstrapServers.filter((each) => privateHost.test(each));
    if (found.length === 0) return undefined;
    return {
      field: 'source.bootstrapServers',
      got: found,
      why: 'without a VPC the pollers come from the internet, on which these addresses lead nowhere; the mapping is made, and says PROBLEM after minutes',
      remedy: 'give source.vpc and source.securityGroups, from which the brokers are reached',
    };
  },
};

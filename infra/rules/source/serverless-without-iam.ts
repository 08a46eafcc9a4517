import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { isMsk, isServerless } from '../../source/source.ts';
import type { Rule } from '../rule.ts';

export const serverlessWithoutIam: Rule = {
  refuses: 'an MSK Serverless cluster with anything but IAM',
  evidence: [
    {
      kind: 'aws-answer',
      from: 'CreateClusterV2, recorded by cdk-preflight, rule pf-msk-serverless-sasl-iam-enabled',
      says: 'A serverless cluster must use SASL/IAM authentication',
      date: '2026-09-14',
    },
  ],
  proofs: [
    {
      failing: ({ stack, id, clusterArn, secretArn }) => ({
        source: {
          type: 'msk-mtls',
          clusterArn: clusterArn().replace(/\d$/, 's1'),
          secret: Secret.fromSecretCompleteArn(stack, id(), secretArn),
        },
      }),
      passing: ({ clusterArn }) => ({
        source: { type: 'msk-iam', clusterArn: clusterArn().replace(/\d$/, 's1') },
      }),
    },
  ],
  check({ source }) {
    if (!isMsk(source) || source.type === 'msk-iam' || isServerless(source) !== true) return undefined;
    return {
      field: 'source.type',
      got: `${source.type} for the serverless cluster ${source.clusterArn}`,
      why: 'MSK Serverless has IAM authentication only; the mapping would find no listener to connect to',
      remedy: "use type 'msk-iam'",
    };
  },
};

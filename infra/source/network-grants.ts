// The network interfaces that a poller or a function has in a VPC, as permissions of the role that makes them.

import { Aws, type Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { NetworkIds } from './source.ts';

/** What each of the two looks up, and does with an interface beyond making and deleting it. */
const needs = {
  poller: {
    sid: '',
    describe: ['NetworkInterfaces', 'SecurityGroups', 'Subnets', 'Vpcs'],
    change: ['DeleteNetworkInterface'],
  },
  function: {
    sid: 'Function',
    describe: ['NetworkInterfaces', 'Subnets'],
    change: ['AssignPrivateIpAddresses', 'DeleteNetworkInterface', 'UnassignPrivateIpAddresses'],
  },
} as const;

/** What it takes to attach to a network; to any of the Region where it is not known. */
export function attachStatements(
  who: keyof typeof needs,
  network: NetworkIds | undefined,
  stack: Stack,
): PolicyStatement[] {
  const { sid, describe, change } = needs[who];
  // Any account: subnets and security groups may be shared ones.
  const toArn = (resource: string): string => `arn:${Aws.PARTITION}:ec2:${stack.region}:*:${resource}`;
  return [
    new PolicyStatement({
      sid: `Describe${sid}Network`,
      actions: describe.map((what) => `ec2:Describe${what}`),
      resources: ['*'], // EC2's Describe actions have no resource level (service authorization reference)
    }),
    new PolicyStatement({
      sid: `Attach${sid}ToNetwork`,
      actions: ['ec2:CreateNetworkInterface'],
      resources:
        network === undefined
          ? [toArn('*/*')]
          : [
              toArn('network-interface/*'), // its id is not known before it exists
              ...network.subnetIds.map((id) => toArn(`subnet/${id}`)),
              ...network.securityGroupIds.map((id) => toArn(`security-group/${id}`)),
            ],
    }),
    new PolicyStatement({
      sid: `Detach${sid}FromNetwork`,
      actions: change.map((action) => `ec2:${action}`),
      // The form that Lambda's VPC page asks for: with a narrower one the function may not reach its VPC.
      resources: [toArn('*/*')],
    }),
  ];
}

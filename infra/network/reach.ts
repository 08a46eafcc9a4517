// What can be reached from subnets of a VPC, as far as a template can know it.

import { Stack } from 'aws-cdk-lib';
import { CfnVPCEndpoint, Vpc, type ISubnet, type IVpc } from 'aws-cdk-lib/aws-ec2';
import type { ServiceName } from './needs.ts';

/** How a service is reached; `unknown` where the VPC is not the app's own and may have an endpoint that it does not show. */
export type Way = 'endpoint' | 'NAT' | 'missing' | 'unknown';

/** Tells for some subnets how each service is reached from all of them. */
export type Reach = (service: ServiceName) => Way;

/** Reads the VPC as it is now: endpoints that are added later are not seen. */
export function readReach(vpc: IVpc, subnets: readonly ISubnet[]): Reach {
  const endpoints = new Set(findEndpoints(vpc));
  // A route to the internet helps in private subnets only: an interface of Lambda in a public one has no public address.
  const withEgress = new Set(vpc.privateSubnets.map(({ subnetId }) => subnetId));
  const hasEgress = subnets.length > 0 && subnets.every(({ subnetId }) => withEgress.has(subnetId));
  return (service) => {
    if (endpoints.has(service)) return 'endpoint';
    if (hasEgress) return 'NAT';
    return vpc instanceof Vpc ? 'missing' : 'unknown';
  };
}

function findEndpoints(vpc: IVpc): string[] {
  const stack = Stack.of(vpc);
  const vpcId = JSON.stringify(stack.resolve(vpc.vpcId));
  return vpc.node.root.node
    .findAll()
    .filter((each): each is CfnVPCEndpoint => each instanceof CfnVPCEndpoint)
    .filter((each) => JSON.stringify(Stack.of(each).resolve(each.vpcId)) === vpcId)
    .flatMap((each) => {
      // `com.amazonaws.<Region>.<service>`, of which the Region may be a reference.
      const name = JSON.stringify(Stack.of(each).resolve(each.serviceName)) ?? '';
      return /\.(?<service>[a-z0-9-]+)"\]*\}?$/.exec(name)?.groups?.['service'] ?? [];
    });
}

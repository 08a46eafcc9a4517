// Whether the security groups of a source let its pollers reach the brokers, as far as the app's own rules tell. An MSK mapping's
// pollers stand in the cluster's own groups, which therefore have to let themselves in; those of a self-managed source have to
// let them out.

import { Stack } from 'aws-cdk-lib';
import {
  CfnSecurityGroup,
  CfnSecurityGroupEgress,
  CfnSecurityGroupIngress,
  type ISecurityGroup,
} from 'aws-cdk-lib/aws-ec2';
import { isMsk, type KafkaSource } from '../source/source.ts';

/** Way to the brokers of a source at one port; `unknown` where a group is not the app's own, or the port is not known. */
export interface BrokerAccess {
  /** Undefined where it is known only at deployment. */
  readonly port: number | undefined;
  readonly way: 'allowed' | 'missing' | 'unknown';
}

/** Ports of MSK's listeners inside a VPC, by authentication (Amazon MSK guide, port information). */
const mskPorts = {
  'msk-iam': 9098,
  'msk-scram': 9096,
  'msk-mtls': 9094,
  'msk-unauthenticated': 9094,
} as const;

interface Rule {
  readonly ipProtocol?: unknown;
  readonly fromPort?: unknown;
  readonly toPort?: unknown;
  readonly sourceSecurityGroupId?: unknown;
}

/** One line for each port; none for a source without a network. */
export function readBrokerAccess(source: KafkaSource): readonly BrokerAccess[] {
  const { vpc, securityGroups = [] } = source;
  if (vpc === undefined) return [];
  const ports = isMsk(source) ? [mskPorts[source.type]] : [...new Set(source.bootstrapServers.map(readPort))];
  const isKnown = securityGroups.every(({ node }) => node.defaultChild instanceof CfnSecurityGroup);
  return ports.map((port) => {
    if (!isKnown || port === undefined) return { port, way: 'unknown' };
    const isOut = securityGroups.some((each) => listRules(each, 'egress').some((rule) => opens(rule, port)));
    const isIn = !isMsk(source) || securityGroups.some((each) => letsItselfIn(each, securityGroups, port));
    return { port, way: isOut && isIn ? 'allowed' : 'missing' };
  });
}

function readPort(server: string): number | undefined {
  const [, port] = /:(\d+)$/.exec(server) ?? [];
  return port === undefined ? undefined : Number(port);
}

function letsItselfIn(group: ISecurityGroup, all: readonly ISecurityGroup[], port: number): boolean {
  const ids = new Set(all.map((each) => toText(each, each.securityGroupId)));
  return listRules(group, 'ingress').some(
    (rule) =>
      opens(rule, port) &&
      (rule.sourceSecurityGroupId === undefined || ids.has(JSON.stringify(rule.sourceSecurityGroupId))),
  );
}

/** A group's rules: those in it, and those beside it anywhere in the app. */
function listRules(group: ISecurityGroup, direction: 'ingress' | 'egress'): readonly Rule[] {
  const resource = group.node.defaultChild as CfnSecurityGroup;
  const inside = Stack.of(group).resolve(
    direction === 'ingress' ? resource.securityGroupIngress : resource.securityGroupEgress,
  ) as readonly Rule[] | undefined;
  const id = toText(group, group.securityGroupId);
  const Beside = direction === 'ingress' ? CfnSecurityGroupIngress : CfnSecurityGroupEgress;
  const beside = group.node.root.node
    .findAll()
    .filter((each): each is CfnSecurityGroupIngress | CfnSecurityGroupEgress => each instanceof Beside)
    .filter((each) => toText(each, each.groupId) === id)
    .map((each) => {
      const { ipProtocol, fromPort, toPort } = each;
      const from = each instanceof CfnSecurityGroupIngress ? each.sourceSecurityGroupId : undefined;
      return Stack.of(each).resolve({ ipProtocol, fromPort, toPort, sourceSecurityGroupId: from }) as Rule;
    });
  return [...(inside ?? []), ...beside];
}

function opens({ ipProtocol, fromPort, toPort }: Rule, port: number): boolean {
  if (ipProtocol === '-1') return true;
  return ipProtocol === 'tcp' && Number(fromPort) <= port && port <= Number(toPort);
}

function toText(scope: Parameters<typeof Stack.of>[0], value: unknown): string {
  return JSON.stringify(Stack.of(scope).resolve(value));
}

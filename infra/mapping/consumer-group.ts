// Which consumer of an app reads as which group. AWS takes a group's name for one mapping of an account and Region only.

import { Stack, Stage, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

const owners = new WeakMap<IConstruct, Map<string, string>>();

/** The path of the consumer that has claimed a group where `consumer` would be deployed; undefined when none has. */
export function findGroupOwner(consumer: IConstruct, groupId: string): string | undefined {
  return owners.get(consumer.node.root)?.get(toKey(consumer, groupId));
}

/** Claims a group for a consumer. */
export function claimGroup(consumer: IConstruct, groupId: string): void {
  const { root, path } = consumer.node;
  const ofApp = owners.get(root) ?? new Map<string, string>();
  owners.set(root, ofApp.set(toKey(consumer, groupId), path));
}

// Stages of one app are deployed to places of their own; where these are not known, each stage stands for one.
function toKey(consumer: IConstruct, groupId: string): string {
  const { account, region } = Stack.of(consumer);
  const isKnown = !Token.isUnresolved(account) && !Token.isUnresolved(region);
  const place = isKnown ? `${account}/${region}` : (Stage.of(consumer)?.node.path ?? '');
  return `${place} ${groupId}`;
}

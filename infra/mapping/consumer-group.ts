// Which consumer of an app reads as which group, and how many share which pollers. AWS takes a group's name for one mapping of
// an account and Region only, and 100 mappings for a poller group.

import { Stack, Stage, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

const owners = new WeakMap<IConstruct, Map<string, string>>();
const pollerGroups = new WeakMap<IConstruct, Map<string, number>>();

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

/** How many mappings of the app share a poller group, one more with each call. */
export function joinPollerGroup(consumer: IConstruct, name: string | undefined): number {
  if (name === undefined || name === '') return 1;
  const ofApp = pollerGroups.get(consumer.node.root) ?? new Map<string, number>();
  const key = toKey(consumer, name);
  const size = (ofApp.get(key) ?? 0) + 1;
  pollerGroups.set(consumer.node.root, ofApp.set(key, size));
  return size;
}

// Stages of one app are deployed to places of their own; where these are not known, each stage stands for one.
function toKey(consumer: IConstruct, groupId: string): string {
  const { account, region } = Stack.of(consumer);
  const isKnown = !Token.isUnresolved(account) && !Token.isUnresolved(region);
  const place = isKnown ? `${account}/${region}` : (Stage.of(consumer)?.node.path ?? '');
  return `${place} ${groupId}`;
}

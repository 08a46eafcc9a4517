// What a deployment would break, from the template that is deployed and the one that would be. Pure: it reads no file and asks
// no AWS.

import { isDeepStrictEqual } from 'node:util';
import type { Change } from './change.ts';
import { createOnly, dataTypes, readPath } from './create-only.ts';
import { findMovedGrants } from './grants.ts';
import { findReferences, type StackResource, type StackResources } from './stack-template.ts';

const mappingType = 'AWS::Lambda::EventSourceMapping';

/** Everything that would break, in the order of the deployed template. */
export function compareStacks(deployed: StackResources, next: StackResources): readonly Change[] {
  const replaced = findReplaced(deployed, next);
  const changes: Change[] = [];
  for (const [id, before] of deployed) {
    const after = next.get(id);
    const isGone = after === undefined || after.Type !== before.Type;
    const properties = isGone ? [] : (replaced.get(id) ?? []);
    if (before.Type === mappingType) {
      changes.push(
        ...compareMapping({ id, before, after: isGone ? undefined : after, properties }, next, deployed),
      );
    } else if (dataTypes[before.Type] !== undefined && (isGone || properties.length > 0)) {
      changes.push(toDataChange({ id, before, isGone, properties }));
    }
  }
  const kept = [...deployed.keys()].filter((id) => !replaced.has(id));
  return [...changes, ...findMovedGrants(deployed, next, kept)];
}

/** Ids of resources that would be made anew, with the properties that make it so; what refers to one follows it. */
function findReplaced(
  deployed: StackResources,
  next: StackResources,
): ReadonlyMap<string, readonly string[]> {
  const replaced = new Map<string, readonly string[]>();
  for (let isStable = false; !isStable;) {
    isStable = true;
    for (const [id, before] of deployed) {
      const after = next.get(id);
      if (replaced.has(id) || after === undefined || after.Type !== before.Type) continue;
      const nested = id.includes('/') ? id.slice(0, id.lastIndexOf('/') + 1) : '';
      const properties = (createOnly[before.Type] ?? []).filter((path) => {
        const [from, to] = [readPath(before.Properties, path), readPath(after.Properties, path)];
        return !isDeepStrictEqual(from, to) || findReferences(to).some((each) => replaced.has(nested + each));
      });
      if (properties.length === 0) continue;
      replaced.set(id, properties);
      isStable = false;
    }
  }
  return replaced;
}

interface ComparedMapping {
  readonly id: string;
  readonly before: StackResource;
  readonly after: StackResource | undefined;
  readonly properties: readonly string[];
}

function compareMapping(
  { id, before, after, properties }: ComparedMapping,
  next: StackResources,
  deployed: StackResources,
): readonly Change[] {
  const about = { resource: id, type: mappingType };
  const group = groupOf(before);
  if (after === undefined) {
    const heir = [...next].find(
      ([each, { Type, ...resource }]) =>
        Type === mappingType &&
        !deployed.has(each) &&
        isDeepStrictEqual(groupOf({ Type, ...resource }), group),
    );
    if (heir !== undefined && group !== undefined) return [toMoved(about, heir[0], group)];
    return [
      {
        ...about,
        kind: 'mapping-removed',
        properties: [],
        what: `the mapping goes, and nobody reads on for group ${show(group)}; its committed offsets stay in Kafka until they expire`,
        wayRound: 'keep it with enabled: false where it may come back',
      },
    ];
  }
  if (properties.length > 0) return [toReplaced(about, properties, { before, after, group })];
  const [from, to] = [before.Properties?.['Topics'], after.Properties?.['Topics']];
  if (isDeepStrictEqual(from, to)) return [];
  return [
    {
      ...about,
      kind: 'topic-ignored',
      properties: ['Topics'],
      what: `CloudFormation takes topic ${show(to)} and says UPDATE_COMPLETE, and the mapping goes on reading ${show(from)}`,
      wayRound: `give the consumer of ${show(to)} a name of its own, so that a new mapping with a new group is made; take the old one away once it has caught up`,
    },
  ];
}

function toMoved(about: Pick<Change, 'resource' | 'type'>, heir: string, group: unknown): Change {
  return {
    ...about,
    kind: 'mapping-moved',
    properties: [],
    what: `it would stand as ${heir}, and be replaced while this one still has group ${show(group)}: AWS answers 409 and the deployment is rolled back`,
    wayRound: `leave it where it is; or deploy twice: first without the consumer, then with it in its new place (the group's offsets stay in Kafka)`,
  };
}

function toReplaced(
  about: Pick<Change, 'resource' | 'type'>,
  properties: readonly string[],
  {
    before,
    after,
    group,
  }: { readonly before: StackResource; readonly after: StackResource; readonly group: unknown },
): Change {
  const isOtherGroup = !isDeepStrictEqual(groupOf(after), group);
  // What AWS's own sources say of these two differs; a group alone is known to stay what it is.
  const isDisputed = !isOtherGroup && properties.every((each) => each.endsWith('KafkaEventSourceConfig'));
  const cannot = isDisputed ? "may not change in place (AWS's schemas differ)" : 'cannot change in place';
  return {
    ...about,
    kind: 'mapping-replaced',
    properties,
    what: isOtherGroup
      ? `${properties.join(', ')} ${cannot}: the mapping is replaced, with group ${show(groupOf(after))}, which has committed nothing and starts at ${show(after.Properties?.['StartingPosition'])}, not where ${show(group)} has come to`
      : `${properties.join(', ')} ${cannot}: the mapping would be replaced while the old one still has group ${show(group)}: AWS answers 409 ("consumerGroupId already exists") and the deployment is rolled back`,
    wayRound: isOtherGroup
      ? 'start the new group where the old one has stopped: read its committed offsets, and give startAt the time of the oldest record not yet committed'
      : `${isStartChange(before, after) ? 'leave the starting position as it was, since a group that has committed ignores it; or ' : ''}give the mapping a new groupId with startAt from the old group's committed offsets, or deploy twice: first without the consumer, then with it`,
  };
}

function isStartChange(before: StackResource, after: StackResource): boolean {
  return ['StartingPosition', 'StartingPositionTimestamp'].some(
    (name) => !isDeepStrictEqual(before.Properties?.[name], after.Properties?.[name]),
  );
}

function groupOf({ Properties = {} }: StackResource): unknown {
  return (
    readPath(Properties, 'AmazonManagedKafkaEventSourceConfig.ConsumerGroupId') ??
    readPath(Properties, 'SelfManagedKafkaEventSourceConfig.ConsumerGroupId')
  );
}

function toDataChange(about: {
  readonly id: string;
  readonly before: StackResource;
  readonly isGone: boolean;
  readonly properties: readonly string[];
}): Change {
  const { id, before, isGone, properties } = about;
  const policy = isGone ? before.DeletionPolicy : before.UpdateReplacePolicy;
  const isKept = policy?.startsWith('Retain') === true || policy === 'Snapshot';
  const lost = dataTypes[before.Type] ?? 'what it holds';
  const how = isGone ? 'the template has it no more' : `${properties.join(', ')} cannot change in place`;
  return {
    kind: isGone ? 'data-removed' : 'data-replaced',
    resource: id,
    type: before.Type,
    properties,
    what: isKept
      ? `${how}: the stack no longer manages it; ${lost} are kept, but nothing here reads or writes them any more`
      : `${how}: it is deleted, and ${lost} with it`,
    wayRound: isKept
      ? 'leave it as it is, or take it back into the stack with cdk import'
      : 'leave it as it is, or give it a RETAIN removal policy, deploy that, and change it then',
  };
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? 'none');
}

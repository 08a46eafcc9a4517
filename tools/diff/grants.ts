// Permissions that a running mapping would lose. The policy changes at once, and the mapping goes on as it is: a topic that it
// still reads, a queue that its failures still go to.

import { isDeepStrictEqual } from 'node:util';
import type { Change } from './change.ts';
import { readPath } from './create-only.ts';
import { findReferences, type StackResource, type StackResources } from './stack-template.ts';

/** The service of each permission that a poller uses by itself, and the settings with which it moves along. */
const pollerServices: Readonly<Record<string, readonly string[]>> = {
  kafka: [],
  'kafka-cluster': [], // a changed topic is not read, and a changed group or cluster makes another mapping
  ec2: ['SourceAccessConfigurations'],
  glue: [],
  secretsmanager: ['SourceAccessConfigurations'],
  kms: ['SourceAccessConfigurations', 'DestinationConfig'],
  s3: ['DestinationConfig'],
  sns: ['DestinationConfig'],
  sqs: ['DestinationConfig'],
};

interface Statement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: unknown;
}

/** What each mapping that stays as it is would lose. */
export function findMovedGrants(
  deployed: StackResources,
  next: StackResources,
  kept: readonly string[],
): readonly Change[] {
  return kept.flatMap((id) => {
    const [before, after] = [deployed.get(id), next.get(id)];
    if (before?.Type !== 'AWS::Lambda::EventSourceMapping' || after?.Type !== before.Type) return [];
    const still = new Set(listGrants(next, id, after));
    const lost = listGrants(deployed, id, before).filter(
      (grant) => !still.has(grant) && !movesAlong(grant, before, after),
    );
    if (lost.length === 0) return [];
    return [
      {
        kind: 'grant-moved',
        resource: id,
        type: before.Type,
        properties: lost,
        what: `the role loses ${lost.join('; ')} while the mapping goes on as it is`,
        wayRound:
          'leave the permission until the mapping needs it no more, and take it away with the next deployment',
      } satisfies Change,
    ];
  });
}

/** Whether the mapping is told something else at the same time, to which another permission belongs. */
function movesAlong(grant: string, before: StackResource, after: StackResource): boolean {
  const settings = pollerServices[grant.split(':')[0] ?? ''] ?? [];
  return settings.some(
    (name) => !isDeepStrictEqual(readPath(before.Properties, name), readPath(after.Properties, name)),
  );
}

/** `action on resource` for all that the role of a mapping's function allows and a poller may use. */
function listGrants(stack: StackResources, id: string, mapping: StackResource): readonly string[] {
  const nested = id.includes('/') ? id.slice(0, id.lastIndexOf('/') + 1) : '';
  const refer = (value: unknown): readonly string[] => findReferences(value).map((each) => nested + each);
  const roles = new Set(
    refer(mapping.Properties?.['FunctionName']).flatMap((fn) => refer(stack.get(fn)?.Properties?.['Role'])),
  );
  const documents: unknown[] = [];
  for (const [each, { Type, Properties = {} }] of stack) {
    if (Type === 'AWS::IAM::Policy' && refer(Properties['Roles']).some((role) => roles.has(role)))
      documents.push(Properties['PolicyDocument']);
    if (Type === 'AWS::IAM::Role' && roles.has(each)) {
      const inline = (Properties['Policies'] ?? []) as readonly { readonly PolicyDocument?: unknown }[];
      documents.push(...inline.map(({ PolicyDocument }) => PolicyDocument));
    }
  }
  return documents.flatMap((document) =>
    ((document as { readonly Statement?: readonly Statement[] } | undefined)?.Statement ?? []).flatMap(
      toGrants,
    ),
  );
}

function toGrants({ Effect, Action = [], Resource }: Statement): readonly string[] {
  if (Effect !== 'Allow') return [];
  const actions = [Action].flat().filter((each) => pollerServices[each.split(':')[0] ?? ''] !== undefined);
  const resources = Array.isArray(Resource) ? Resource : [Resource];
  return actions.flatMap((action) => resources.map((resource) => `${action} on ${toText(resource)}`));
}

/** A template's value in short: joined, with references by their ids. */
function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[name, argument] = ['', undefined]] = Object.entries((value ?? {}) as Record<string, unknown>);
  if (name === 'Ref') return String(argument);
  if (name === 'Fn::GetAtt') return (argument as readonly unknown[]).join('.');
  if (name === 'Fn::Join') {
    const [separator, parts] = argument as readonly [string, readonly unknown[]];
    return parts.map(toText).join(separator);
  }
  return JSON.stringify(value);
}

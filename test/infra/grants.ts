// Reads back from a template who may do what, in words that a test can list.

/** As much of a CloudFormation template as the tests look at. */
export interface TemplateJson {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Rules?: Readonly<Record<string, unknown>>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Every permission of the role whose logical id starts with `role`, sorted, as `action on resource`. */
export function listGrants({ Resources }: TemplateJson, role: string): readonly string[] {
  const grants: string[] = [];
  for (const { Type, Properties } of Object.values(Resources)) {
    const roles = Type === 'AWS::IAM::Policy' ? toList(Properties['Roles']).map(toText) : [];
    if (!roles.some((each) => each.startsWith(role))) continue;
    const { Statement: statements } = Properties['PolicyDocument'] as { Statement: readonly Statement[] };
    for (const { Effect, Action, Resource, Condition } of statements) {
      const condition = Condition === undefined ? '' : ` if ${JSON.stringify(Condition)}`;
      for (const action of toList(Action)) {
        for (const resource of toList(Resource)) {
          grants.push(
            `${Effect === 'Allow' ? '' : 'not '}${toText(action)} on ${toText(resource)}${condition}`,
          );
        }
      }
    }
  }
  return grants.toSorted();
}

/** A template's value as one text: `Fn::Join` joined, references as their logical id without CDK's hash. */
function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[intrinsic, argument] = []] = Object.entries(value as Record<string, unknown>);
  if (intrinsic === 'Ref') return withoutHash(String(argument));
  if (intrinsic === 'Fn::GetAtt') {
    const [id, attribute] = argument as readonly [string, string];
    return `${withoutHash(id)}.${attribute}`;
  }
  if (intrinsic === 'Fn::Join') {
    const [separator, parts] = argument as readonly [string, readonly unknown[]];
    return parts.map(toText).join(separator);
  }
  throw new Error(`no text for ${JSON.stringify(value)}`);
}

function withoutHash(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/, '');
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

// Whether policies let a caller do something: IAM's evaluation within one account, as far as it can be known here.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
import type { Caller, ResourcePolicy, Statement } from './permissions.ts';

/** Something that a request asks for. */
export interface Ask {
  /** As `s3:PutObject`. */
  readonly action: string;
  /** ARN, or `*` where the action has no resource. */
  readonly resource: string;
}

/** Why a request is denied. */
export type Reason = 'implicit' | 'explicit';

/**
 * Undefined: allowed. An explicit Deny of either policy wins; then an Allow of either is enough. What is unsure (a condition, an
 * unresolved resource) allows and does not deny.
 */
export function findDenial(
  { action, resource }: Ask,
  { statements, roleArn }: Pick<Caller, 'statements' | 'roleArn'>,
  policy: ResourcePolicy['statements'],
): Reason | undefined {
  const own = statements.filter((statement) => isAbout(statement, action, resource));
  const granted = policy.filter(
    (statement) => isFor(statement, roleArn) && isAbout(statement, action, resource),
  );
  const all = [...own, ...granted];
  if (all.some(({ effect, isUnsure }) => effect === 'Deny' && !isUnsure)) return 'explicit';
  return all.some(({ effect }) => effect === 'Allow') ? undefined : 'implicit';
}

function isAbout(statement: Statement, action: string, resource: string): boolean {
  const { actions, isNotAction, resources, isNotResource, effect, isUnsure } = statement;
  const isAction = actions.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase()));
  if (isAction === isNotAction) return false;
  // Its resources may be others than are known.
  if (isUnsure && effect === 'Allow') return true;
  return resources.some((pattern) => matches(pattern, resource)) !== isNotResource;
}

function isFor({ principals = [] }: Statement, roleArn: string): boolean {
  const accountId = roleArn.split(':')[4] ?? '';
  const roots = new Set([accountId, `arn:aws:iam::${accountId}:root`]);
  return principals.some((principal) => principal === '*' || principal === roleArn || roots.has(principal));
}

const compiled = new Map<string, RegExp>();

/** `*` stands for any characters, `?` for one. */
function matches(pattern: string, text: string): boolean {
  let regex = compiled.get(pattern);
  if (regex === undefined) {
    const source = pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
      // Neighbours are one, which keeps matching linear enough.
      .replaceAll(/\*+/g, '[^]*')
      .replaceAll('?', '[^]');
    regex = new RegExp(`^${source}$`);
    compiled.set(pattern, regex);
  }
  return regex.test(text);
}

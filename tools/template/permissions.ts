// What the functions of an app may do, out of their roles and policies in the template and the policies of its resources. Whatever
// is not known here counts as allowed, and is said once.
import type { Permissions, ResourcePolicy, Statement } from '../aws/permissions/permissions.ts';
import { toAccessKeyId } from '../aws/permissions/permissions.ts';
import type { AwsResources } from '../aws/resources.ts';
import type { LocalAccount } from './resources/intrinsics.ts';
import type { LambdaFunction } from './lambda-function.ts';
import type { Found, StackResources } from './resources/stack-resources.ts';

/** Permissions as a template gives them. */
export interface AppPermissions extends Permissions {
  /** What was not judged and why, a sentence each. */
  readonly notes: readonly string[];
}

/** Managed policies of AWS that allow nothing of S3, SQS, SNS and DynamoDB. */
const harmlessPolicies: ReadonlySet<string> = new Set([
  'AWSLambdaBasicExecutionRole',
  'AWSLambdaVPCAccessExecutionRole',
  'AWSLambdaMSKExecutionRole',
  'AWSXRayDaemonWriteAccess',
  'AWSXrayWriteOnlyAccess',
  'CloudWatchLambdaInsightsExecutionRolePolicy',
]);

const allowsAll: Statement = {
  effect: 'Allow',
  actions: ['*'],
  isNotAction: false,
  resources: ['*'],
  isNotResource: false,
  isUnsure: true,
  principals: ['*'],
};

/** Reads the permissions of `functions`; judged are the calls of `resources`. */
export function readPermissions(
  stacks: readonly StackResources[],
  {
    functions,
    resources,
    account,
  }: {
    readonly functions: readonly LambdaFunction[];
    readonly resources: AwsResources;
    readonly account: LocalAccount;
  },
): AppPermissions {
  const find = (...types: readonly string[]): readonly Found[] =>
    stacks.flatMap((stack) => stack.find(...types));
  const roles = new Map(find('AWS::IAM::Role').map((role) => [toRoleArn(role.name, account), role]));
  const policies = readAttachedPolicies(find);
  const notes: string[] = [];
  const callers = find('AWS::Lambda::Function').flatMap((fn) => {
    if (!functions.some(({ name }) => name === fn.name)) return [];
    if (fn.properties['Role'] === undefined) {
      notes.push(`${fn.name} has no role in the template, what it may do is not judged`);
      return [];
    }
    const roleArn = attempt(fn, fn.properties['Role']);
    const role = typeof roleArn === 'string' ? roles.get(roleArn) : undefined;
    if (role === undefined || typeof roleArn !== 'string') {
      notes.push(`${fn.name} has a role that is not of the app, what it may do is not judged`);
      return [];
    }
    const read = readRole(role, { policies, find });
    notes.push(...read.unknown.map((name) => `${fn.name} has ${name}, what it may do is not judged`));
    if (read.unknown.length > 0) return [];
    const accessKeyId = toAccessKeyId(fn.name);
    return [{ accessKeyId, functionName: fn.name, roleArn, statements: read.statements }];
  });
  return {
    accountId: account.accountId,
    region: account.region,
    callers,
    resources: readResourcePolicies(find, resources, account),
    notes: [...new Set(notes)],
  };
}

function toRoleArn(name: string, { accountId }: LocalAccount): string {
  return `arn:aws:iam::${accountId}:role/${name}`;
}

type Find = (...types: readonly string[]) => readonly Found[];

/** Statements of policies that name the roles they are of, by a role's name. */
function readAttachedPolicies(find: Find): ReadonlyMap<string, readonly Statement[]> {
  const policies = new Map<string, readonly Statement[]>();
  for (const policy of find('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::RolePolicy')) {
    const names = attempt(policy, policy.properties['Roles'] ?? [policy.properties['RoleName']]);
    const statements = readDocument(policy, policy.properties['PolicyDocument']);
    for (const name of Array.isArray(names) ? (names as readonly unknown[]) : [])
      policies.set(String(name), [...(policies.get(String(name)) ?? []), ...statements]);
  }
  return policies;
}

function readRole(
  role: Found,
  { policies, find }: { readonly policies: ReadonlyMap<string, readonly Statement[]>; readonly find: Find },
): { readonly statements: readonly Statement[]; readonly unknown: readonly string[] } {
  const inline = readItems(role, role.properties['Policies']).flatMap((each) =>
    readDocument(role, (each as { readonly PolicyDocument?: unknown } | null)?.PolicyDocument ?? each),
  );
  const statements = [...inline, ...(policies.get(role.name) ?? [])];
  const unknown: string[] = [];
  // One by one, in a list each: AWS::NoValue leaves it empty, and what cannot be resolved is still a policy.
  const arns = toList(readHead(role, role.properties['ManagedPolicyArns'])).flatMap((reference) =>
    toList(attempt(role, [reference]) ?? [undefined]),
  );
  for (const arn of arns) {
    const own = find('AWS::IAM::ManagedPolicy').find(
      (policy) => arn !== undefined && attempt(policy, { Ref: policy.logicalId }) === arn,
    );
    const name = typeof arn === 'string' ? (arn.split('/').at(-1) ?? arn) : 'a policy';
    if (own !== undefined) statements.push(...readDocument(own, own.properties['PolicyDocument']));
    else if (!(String(arn).includes(':iam::aws:policy/') && harmlessPolicies.has(name)))
      unknown.push(`the managed policy ${name}`);
  }
  return { statements, unknown };
}

interface RawStatement {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Condition?: unknown;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
}

function readDocument(owner: Found, document: unknown): readonly Statement[] {
  const { Statement: list } = (readHead(owner, document) ?? {}) as { readonly Statement?: unknown };
  if (list === undefined) return [allowsAll];
  return readItems(owner, list).map((each) => readStatement(owner, (each ?? {}) as RawStatement));
}

function readStatement(owner: Found, raw: RawStatement): Statement {
  let isUnsure = raw.Condition !== undefined;
  const read = (value: unknown): readonly string[] => {
    let isKnown = true;
    const resolved = attempt(owner, value, () => (isKnown = false));
    const texts = toList(resolved).filter((each) => typeof each === 'string');
    // `${aws:username}` and the like stand for what only a request has.
    if (!isKnown || resolved === undefined || texts.some((text) => text.includes('${'))) isUnsure = true;
    return texts;
  };
  const effect = read(raw.Effect)[0];
  if (effect !== 'Allow' && effect !== 'Deny') return allowsAll;
  const [actions, resources] = [raw.Action ?? raw.NotAction, raw.Resource ?? raw.NotResource ?? '*'].map(
    (value) => read(value),
  ) as [readonly string[], readonly string[]];
  const principals =
    raw.NotPrincipal === undefined ? readPrincipals(readHead(owner, raw.Principal), read) : ['*'];
  return {
    effect,
    actions: actions.length === 0 && effect === 'Allow' ? ['*'] : actions,
    isNotAction: raw.NotAction !== undefined,
    resources,
    isNotResource: raw.NotResource !== undefined,
    isUnsure: isUnsure || raw.NotPrincipal !== undefined,
    principals,
  };
}

/** Principals of AWS accounts; a service is never a function. */
function readPrincipals(principal: unknown, read: (value: unknown) => readonly string[]): readonly string[] {
  if (typeof principal !== 'object' || principal === null) return read(principal ?? []);
  const { AWS: accounts } = principal as { readonly AWS?: unknown };
  return accounts === undefined ? [] : read(accounts);
}

function readResourcePolicies(
  find: Find,
  { buckets, queues, topics, tables }: AwsResources,
  { accountId, region }: LocalAccount,
): readonly ResourcePolicy[] {
  const arn = (service: string, name: string): string => `arn:aws:${service}:${region}:${accountId}:${name}`;
  const statements = new Map<string, readonly Statement[]>([
    ...buckets.map(({ name }) => [`arn:aws:s3:::${name}`, []] as const),
    ...queues.map(({ name }) => [arn('sqs', name), []] as const),
    ...topics.map(({ name }) => [arn('sns', name), []] as const),
    ...tables.map(({ name }) => [arn('dynamodb', `table/${name}`), []] as const),
  ]);
  const add = (policy: Found, properties: readonly string[], toArn: (reference: string) => string): void => {
    const read = readDocument(policy, policy.properties['PolicyDocument']);
    for (const property of properties)
      for (const reference of toList(attempt(policy, policy.properties[property]))) {
        const of = toArn(String(reference));
        statements.set(of, [...(statements.get(of) ?? []), ...read]);
      }
  };
  for (const policy of find('AWS::S3::BucketPolicy'))
    add(policy, ['Bucket'], (name) => `arn:aws:s3:::${name}`);
  for (const policy of find('AWS::SQS::QueuePolicy', 'AWS::SQS::QueueInlinePolicy'))
    add(policy, ['Queues', 'Queue'], (url) => arn('sqs', url.split('/').at(-1) ?? url));
  for (const policy of find('AWS::SNS::TopicPolicy', 'AWS::SNS::TopicInlinePolicy'))
    add(policy, ['Topics', 'TopicArn'], (topic) => topic);
  for (const table of find('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable')) {
    const { PolicyDocument: document } = (readHead(table, table.properties['ResourcePolicy']) ?? {}) as {
      readonly PolicyDocument?: unknown;
    };
    const replicas = JSON.stringify(table.properties['Replicas'] ?? []).includes('ResourcePolicy');
    const read = document === undefined ? [] : readDocument(table, document);
    statements.set(arn('dynamodb', `table/${table.name}`), replicas ? [allowsAll] : read);
  }
  return [...statements].map(([of, list]) => ({ arn: of, statements: list }));
}

/** Resolves a value as far as it can be; undefined where it cannot. */
function attempt({ resolve }: Found, value: unknown, onUnknown: () => void = () => {}): unknown {
  try {
    return resolve(value, { onUnknown });
  } catch {
    // What is not known allows: whoever needs the value for more than that is told elsewhere.
    onUnknown();
    return undefined;
  }
}

/** Follows Fn::If at the head of a value; as it is where that cannot be. */
function readHead({ head }: Found, value: unknown): unknown {
  try {
    return head(value);
  } catch {
    // As in attempt(): an intrinsic is no statement, and counts as one that allows.
    return value;
  }
}

/** The items of a list, or the one value in its place, each without an Fn::If around it. */
function readItems(owner: Found, list: unknown): readonly unknown[] {
  return toList(readHead(owner, list))
    .map((item) => readHead(owner, item))
    .filter((item) => item !== undefined);
}

function toList(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}

// What callers may do at the local endpoints, as plain data: read from a template, sent to the endpoints' process.

/** One statement of a policy, reduced to what decides here. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  /** Patterns such as `s3:Put*`. */
  readonly actions: readonly string[];
  /** Whether it is about all actions but these (NotAction). */
  readonly isNotAction: boolean;
  /** Patterns of ARNs. */
  readonly resources: readonly string[];
  /** Whether it is about all resources but these (NotResource). */
  readonly isNotResource: boolean;
  /** Whether it may hold only at times, or for resources that are not known here: then it allows, and denies nothing. */
  readonly isUnsure: boolean;
  /** In a resource's policy: ARNs of roles and users, account ids, services, or `*`. */
  readonly principals?: readonly string[];
}

/** What one function may do. */
export interface Caller {
  /** As its requests are signed; see `toAccessKeyId`. */
  readonly accessKeyId: string;
  readonly functionName: string;
  readonly roleArn: string;
  readonly statements: readonly Statement[];
}

/** Everything that decides. */
export interface Permissions {
  readonly accountId: string;
  readonly region: string;
  /** Functions that are not here may do everything. */
  readonly callers: readonly Caller[];
  /** Only calls of these are judged: what is not of the app may have policies that nobody knows. */
  readonly resources: readonly ResourcePolicy[];
}

/** A resource of the app, and the policy that it has itself. */
export interface ResourcePolicy {
  readonly arn: string;
  readonly statements: readonly Statement[];
}

/** The access key id of a function's sandboxes: their signatures say who calls. */
export function toAccessKeyId(functionName: string): string {
  return `tailrace.${functionName}`;
}

// What a function's role is granted, also where the app does not know the role.

import { Annotations } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/** Grants it to the function's role; one that is imported without its role must have it already, and synth says so. */
export function grantStatements(
  scope: Construct,
  fn: IFunction,
  statements: readonly PolicyStatement[],
): void {
  for (const statement of statements) fn.addToRolePolicy(statement); // does nothing without a role
  if (fn.role !== undefined) return;
  const actions = new Set(statements.flatMap((each) => each.actions));
  const message =
    'no role of the function is known, got one that was imported without it, expected its role to allow ' +
    `${[...actions].toSorted().join(', ')}; import it with Function.fromFunctionAttributes({ role })`;
  Annotations.of(scope).addWarningV2('tailrace:permissions-not-granted', message);
}

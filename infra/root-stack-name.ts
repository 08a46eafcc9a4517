// What a person deploys and names: the stack that a construct is in, or the one around it where it is nested. A nested
// stack's own name is only known once AWS has made it, and a consumer group must be called the same before and after.

import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The outermost stack around a construct. */
export function findRootStack(scope: IConstruct): Stack {
  const stack = Stack.of(scope);
  return stack.nestedStackParent === undefined ? stack : findRootStack(stack.nestedStackParent);
}

/** Its name. */
export function rootStackName(scope: IConstruct): string {
  return findRootStack(scope).stackName;
}

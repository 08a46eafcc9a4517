// What a local emulator of AWS cannot deploy: a resource type that it does not know fails the whole stack. Such leaves stay
// in the template, under a condition that never holds.

import { CfnCondition, Fn, Stack, type CfnResource } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Leaves the resource out when the app is synthesized with `-c emulator=1`. Nothing else may depend on it. */
export function leaveOutOfEmulator(construct: Construct): void {
  if (construct.node.tryGetContext('emulator') === undefined) return;
  const stack = Stack.of(construct);
  const id = 'DeployedToAws';
  const never =
    (stack.node.tryFindChild(id) as CfnCondition | undefined) ??
    new CfnCondition(stack, id, { expression: Fn.conditionEquals('emulator', 'aws') });
  ((construct.node.defaultChild ?? construct) as CfnResource).cfnOptions.condition = never;
}

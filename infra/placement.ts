// Where consumers stand: in the stack itself, and past a number of them in stacks nested in it, since a template
// takes 500 resources and 1 MB. A consumer that moved would be made anew while its old mapping still holds its group, so
// a nested stack is found by the consumer's own name: whoever else comes or goes, it stays.

import { createHash } from 'node:crypto';
import { NestedStack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Consumers that a stack takes itself: each has some 20 resources and 20 KB, and the dashboard up to 500 KB. */
export const maxConsumersInStack = 10;
const nestedStacks = 32;

/** Finds the scope for each consumer, by its name: `scope` itself for the first `inStack` of them. */
export function createPlacement(scope: Construct, inStack: number): (consumer: string) => Construct {
  const nested = new Map<string, NestedStack>();
  let placed = 0;
  return (consumer) => {
    placed += 1;
    if (placed <= inStack) return scope;
    const number = createHash('sha256').update(consumer).digest().readUInt32BE(0) % nestedStacks;
    const id = `Consumers${String(number).padStart(2, '0')}`;
    const found =
      nested.get(id) ?? new NestedStack(scope, id, { description: 'Kafka consumers on AWS Lambda' });
    nested.set(id, found);
    return found;
  };
}

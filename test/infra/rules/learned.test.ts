// What CloudFormation Validate has learned meanwhile: a rule whose breach it finds by itself is named here, with why it stays, or deleted.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { App } from 'aws-cdk-lib';
import type { Acknowledgements } from '../../../infra/rules/rule-violation.ts';
import { ruleIds, rules, type RuleId } from '../../../infra/rules/rules.ts';
import { addExample, createSite } from './example-consumer.ts';

/** Rules whose breach makes the CDK's own validation fail synth, with the same. */
const alsoFoundByValidate: Readonly<Record<string, string>> = {
  QUEUE_NEEDS_SELF_MANAGED:
    'Validate (F3002) says that the property is not allowed; the rule, which source takes it',
};

const because = (ids: readonly string[]): Acknowledgements =>
  Object.fromEntries(ids.map((id) => [id, 'to see who else finds it']));

function addFailing(site: ReturnType<typeof createSite>, rule: RuleId): void {
  for (const { failing, bothAlso = [], failingAlso = [], about } of rules[rule].proofs) {
    // Those that others belong to fill a template by themselves.
    const others = typeof failing === 'function' ? undefined : failing.others;
    if (others !== undefined) continue;
    try {
      addExample(site, failing, because([rule, ...bothAlso, ...failingAlso]));
    } catch (error) {
      throw new Error(`${rule} ${about ?? ''}`, { cause: error });
    }
  }
}

function synthesize({ stack }: ReturnType<typeof createSite>): unknown {
  return (stack.node.root as App).synth().getStackByName('Test').template;
}

test('has no rule that CloudFormation Validate knows, but for those with a reason', () => {
  for (const rule of ruleIds.filter((id) => id in alsoFoundByValidate)) {
    const site = createSite();
    addFailing(site, rule);
    assert.throws(() => synthesize(site), /Validation failed/, rule);
  }
  const site = createSite();
  for (const rule of ruleIds.filter((id) => !(id in alsoFoundByValidate))) addFailing(site, rule);
  assert.ok(synthesize(site) !== undefined, 'Validate has nothing against any other');
});

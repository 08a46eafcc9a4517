// Rules at synth: what AWS would deploy without a word and then not do. Each rule can be acknowledged by its id with
// a reason, which goes into the template; an acknowledgement that says nothing or answers nothing is a violation itself.

import type { Finding, RuleInput } from './rule.ts';
import { shortenStack } from '../../lib/definition/shorten-stack.ts';
import { ruleIds, rules, type RuleId } from './rules.ts';

/** Rules that may be broken, each with the reason why that is right here. */
export type Acknowledgements = Readonly<Partial<Record<RuleId, string>>>;

/** A rule that is broken, and how. */
interface RuleViolation extends Finding {
  readonly rule: RuleId;
}

/** A consumer that AWS would deploy, and that would not do there what it says. */
export class RuleViolationError extends Error {
  override readonly name = 'RuleViolationError';
  readonly code = 'RULE_VIOLATION';
  /** The rules at fault, and the acknowledgements at fault by the rule that they name. */
  readonly rules: readonly string[];

  constructor(
    consumer: string,
    violations: readonly RuleViolation[],
    acknowledged: readonly AcknowledgementProblem[],
  ) {
    const lines = [
      ...violations.map(
        ({ rule, field, got, why, remedy }) => `${rule}: ${field}: got ${shown(got)}; ${why}; ${remedy}`,
      ),
      ...acknowledged.map(
        ({ rule, got, expected }) => `acknowledge.${rule}: got ${shown(got)}, expected ${expected}`,
      ),
    ];
    super(
      `consumer ${JSON.stringify(consumer)} breaks rules; correct it, or acknowledge a rule with the reason, ` +
        `such as acknowledge: { ${violations[0]?.rule ?? 'RULE'}: 'why it is right here' }:\n  ${lines.join('\n  ')}`,
    );
    this.rules = [...violations, ...acknowledged].map(({ rule }) => rule);
    shortenStack(this);
  }
}

interface AcknowledgementProblem {
  readonly rule: string;
  readonly got: unknown;
  readonly expected: string;
}

/** Every rule that a consumer breaks. */
function findViolations(input: RuleInput): readonly RuleViolation[] {
  return ruleIds.flatMap((rule) => {
    const finding = rules[rule].check(input);
    return finding === undefined ? [] : [{ rule, ...finding }];
  });
}

/**
 * Lets pass what breaks no rule but acknowledged ones.
 *
 * @throws RuleViolationError `RULE_VIOLATION` with every rule broken, and every acknowledgement without a reason or a broken rule
 */
export function checkRules(input: RuleInput, acknowledge: Acknowledgements = {}): void {
  const found = findViolations(input);
  const open = found.filter(({ rule }) => acknowledge[rule] === undefined);
  const problems = Object.entries(acknowledge).flatMap(([rule, reason]) => {
    if (reason === undefined) return [];
    if (!(rule in rules)) return { rule, got: reason, expected: `one of ${ruleIds.join(', ')}; take it out` };
    if (typeof reason !== 'string' || reason.trim() === '')
      return { rule, got: reason, expected: 'the reason why the rule may be broken here' };
    if (!found.some((each) => each.rule === rule))
      return { rule, got: reason, expected: 'nothing, since the rule is not broken; take it out' };
    return [];
  });
  if (open.length + problems.length > 0) throw new RuleViolationError(input.definition.name, open, problems);
}

function shown(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
}

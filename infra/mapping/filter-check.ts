// The grammar of filter patterns, as far as Lambda takes it. What is wrong would fail at deployment, after everything before
// it has been made, or not fail and match nothing.
// Source: Lambda guide, "Filter rule syntax"; EventBridge guide, "Comparison operators"

import { toShown } from '../props-error.ts';

/** What is wrong with a pattern, and where in it. */
export interface PatternProblem {
  /** Path in the pattern, such as `.value.kind[0]`; empty for the pattern itself. */
  readonly path: string;
  readonly got: unknown;
  readonly expected: string;
}

type Check = (operand: unknown) => boolean;

const isText: Check = (operand) => typeof operand === 'string';
const isAffix: Check = (operand) =>
  isText(operand) ||
  (isObject(operand) && Object.keys(operand).length === 1 && isText(operand['equals-ignore-case']));
const isNumber: Check = (operand) => Number.isFinite(operand); // JSON has null for every other
const signs: ReadonlySet<unknown> = new Set(['<', '<=', '=', '>', '>=']);

/** Comparisons by name, each with what it takes. */
const comparisons: Readonly<Record<string, readonly [expected: string, check: Check]>> = {
  exists: ['true or false', (operand) => typeof operand === 'boolean'],
  prefix: ['a text, or { "equals-ignore-case": a text }', isAffix],
  suffix: ['a text, or { "equals-ignore-case": a text }', isAffix],
  'equals-ignore-case': ['a text', isText],
  'anything-but': [
    'a text, a number, a list of texts or a list of numbers',
    (operand) => {
      const items: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
      return items.length > 0 && (items.every(isText) || items.every(isNumber));
    },
  ],
  numeric: [
    'one pair such as ["=", 5], or a lower and an upper bound such as [">", 0, "<=", 5]',
    (operand) => Array.isArray(operand) && (isBound(operand) || isRange(operand)),
  ],
};

function isBound(operand: readonly unknown[]): boolean {
  const [sign, bound] = operand;
  return operand.length === 2 && signs.has(sign) && isNumber(bound);
}

/** From below to above, with something between. */
function isRange(operand: readonly unknown[]): boolean {
  const [above, low, below, high] = operand;
  const areSigns = (above === '>' || above === '>=') && (below === '<' || below === '<=');
  return operand.length === 4 && areSigns && isNumber(low) && isNumber(high) && Number(low) < Number(high);
}

/** Everything that is wrong with a pattern; `path` is where it stands. */
export function findPatternProblems(pattern: unknown, path = ''): readonly PatternProblem[] {
  if (!isObject(pattern)) return [{ path, got: pattern, expected: 'an object of fields' }];
  const fields = Object.entries(pattern);
  if (fields.length === 0) return [{ path, got: pattern, expected: 'at least one field' }];
  return fields.flatMap(([name, value]) => {
    const at = `${path}.${name}`;
    if (name === '$or') {
      if (Array.isArray(value) && value.length > 1)
        return value.flatMap((each, index) => findPatternProblems(each, `${at}[${index}]`));
      return [{ path: at, got: value, expected: 'a list of at least two patterns' }];
    }
    if (!Array.isArray(value)) {
      if (isObject(value)) return findPatternProblems(value, at);
      return [{ path: at, got: value, expected: `a list of what may match, [${toShown(value)}]` }];
    }
    if (value.length === 0) return [{ path: at, got: value, expected: 'at least one value or comparison' }];
    return value.flatMap((each, index) => findComparisonProblems(each, `${at}[${index}]`));
  });
}

function findComparisonProblems(match: unknown, path: string): readonly PatternProblem[] {
  if (match === null || isText(match) || isNumber(match) || typeof match === 'boolean') return [];
  const [[name, operand] = [], ...others] = isObject(match) ? Object.entries(match) : [];
  const isNamed = name !== undefined && Object.hasOwn(comparisons, name); // `constructor` is none
  const [expected, check] = (isNamed ? comparisons[name] : undefined) ?? [];
  if (expected === undefined || check === undefined || others.length > 0) {
    const known = Object.keys(comparisons).join(', ');
    return [{ path, got: match, expected: `a value, or one comparison of ${known}` }];
  }
  return check(operand) ? [] : [{ path: `${path}.${name}`, got: operand, expected }];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

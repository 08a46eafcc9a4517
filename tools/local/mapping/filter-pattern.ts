// The structure of a filter pattern: fields side by side, lists of which one must hold, `$or`, and which values of a document
// they are asked about. It is EventBridge's language less what that keeps for its event buses; nothing here knows of Kafka.
// Source: Lambda guide, "Control which events Lambda sends to your function"; EventBridge guide, "Comparison operators".
import { isFields, isLeaf, isList, type ExactJson, type ExactLeaf } from './exact-json.ts';
import { compileOperator, refusePattern, type LeafMatcher } from './filter-operators.ts';

/** Whether a value, undefined where there is none, matches. */
export type Matcher = (value: ExactJson | undefined) => boolean;

/**
 * Compiles what stands behind a field of a pattern: a list of comparisons, of which one must hold, or an object of
 * fields, all of which must. `where` is the field's path, for errors.
 * @throws {FilterPatternError}
 */
export function compilePattern(pattern: ExactJson, where: string): Matcher {
  if (Array.isArray(pattern)) return compileList(pattern, where);
  if (isLeaf(pattern)) return refusePattern(where, 'a value', 'a list of values such as ["x"], or fields');
  const fields = Object.entries(pattern);
  if (fields.length === 0) return refusePattern(where, 'no field', 'at least one');
  const matchers = fields.map(([name, inner]) =>
    name === '$or' ? compileOr(inner, where) : compileField(name, inner, `${where}.${name}`),
  );
  // A list of objects matches where one of them matches as a whole.
  const matches: Matcher = (value) =>
    isList(value) ? value.some(matches) : matchers.every((matcher) => matcher(value));
  return (value) => (isList(value) && value.length === 0 ? matches(undefined) : matches(value));
}

function compileField(name: string, pattern: ExactJson, where: string): Matcher {
  const matches = compilePattern(pattern, where);
  return (value) => matches(isFields(value) && Object.hasOwn(value, name) ? value[name] : undefined);
}

function compileOr(pattern: ExactJson, where: string): Matcher {
  if (!Array.isArray(pattern) || pattern.length < 2)
    return refusePattern(`${where}.$or`, 'something else', 'a list of two or more objects');
  const branches = pattern.map((branch, index) => {
    if (!isFields(branch)) return refusePattern(`${where}.$or[${index}]`, 'no object', 'an object of fields');
    return compilePattern(branch, `${where}.$or[${index}]`);
  });
  return (value) => branches.some((matches) => matches(value));
}

function compileList(pattern: readonly ExactJson[], where: string): Matcher {
  if (pattern.length === 0) return refusePattern(where, 'an empty list', 'at least one value or comparison');
  const comparisons = pattern.map((each, index) => compileComparison(each, `${where}[${index}]`));
  return (value) => {
    const leaves = toLeaves(value);
    return comparisons.some((comparison) =>
      'exists' in comparison ? comparison.exists === leaves.length > 0 : leaves.some(comparison.matches),
    );
  };
}

// Comparisons look at leaves only: an object is none, and a list stands for its items.
function toLeaves(value: ExactJson | undefined): readonly ExactLeaf[] {
  if (isList(value)) return value.flatMap(toLeaves);
  return value !== undefined && isLeaf(value) ? [value] : [];
}

type Comparison = { readonly exists: boolean } | { readonly matches: LeafMatcher };

function compileComparison(pattern: ExactJson, where: string): Comparison {
  if (isLeaf(pattern)) return { matches: (value) => value.text === pattern.text };
  const entries = isFields(pattern) ? Object.entries(pattern) : [];
  const [[name, argument] = []] = entries;
  if (entries.length !== 1 || name === undefined || argument === undefined)
    return refusePattern(where, 'no comparison', 'a value, or an object with one operator');
  if (name === 'exists') {
    if (!isLeaf(argument) || typeof argument.value !== 'boolean')
      return refusePattern(where, 'exists without a boolean', 'true or false');
    return { exists: argument.value };
  }
  return { matches: compileOperator(name, argument, where) };
}

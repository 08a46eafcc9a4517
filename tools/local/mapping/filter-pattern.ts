// The pattern language of Lambda's event filters: a pattern and a JSON value in, match or no match out. It is EventBridge's
// language less what that keeps for its event buses; nothing here knows of Kafka.
// Source: Lambda guide, "Control which events Lambda sends to your function"; EventBridge guide, "Comparison operators".

/** A value in the form in which patterns compare it: see {@link readExactJson}. */
export type ExactJson = ExactLeaf | readonly ExactJson[] | ExactObject;

/** A JSON text, number, boolean or null, with the text that stands for it. */
export interface ExactLeaf {
  readonly [leaf]: true;
  /** As in the document: `300`, `300.0` and `3.0e2` differ, as they do for AWS. Strings are normalized. */
  readonly text: string;
  readonly value: string | number | boolean | null;
}

interface ExactObject {
  readonly [name: string]: ExactJson;
}

/** Whether a value, undefined where there is none, matches. */
export type Matcher = (value: ExactJson | undefined) => boolean;

/** A pattern that AWS would refuse. Its message names what is wrong and where. */
export class FilterPatternError extends Error {
  override readonly name = 'FilterPatternError';
  readonly code = 'INVALID_PATTERN';
}

const leaf = Symbol('leaf');
type LeafMatcher = (value: ExactLeaf) => boolean;

/** Parses JSON text so that numbers keep their text. @throws SyntaxError of `JSON.parse`. */
export function readExactJson(json: string): ExactJson {
  // The third parameter (TC39's JSON.parse source text access) is missing in TypeScript's types.
  return JSON.parse(json, keepText as (name: string, value: unknown) => unknown) as ExactJson;
}

function keepText(_name: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value === 'object' && value !== null) return value;
  const text = typeof value === 'number' ? (context.source ?? String(value)) : JSON.stringify(value);
  return { [leaf]: true, text, value };
}

/** A text as a value to match: what plain-text values are compared as. */
export function toExactText(value: string): ExactLeaf {
  return { [leaf]: true, text: JSON.stringify(value), value };
}

/**
 * Compiles what stands behind a field of a pattern: a list of comparisons, of which one must hold, or an object of
 * fields, all of which must. `where` is the field's path, for errors.
 * @throws {FilterPatternError}
 */
export function compilePattern(pattern: ExactJson, where: string): Matcher {
  if (Array.isArray(pattern)) return compileList(pattern, where);
  if (isLeaf(pattern)) return fail(where, 'a value', 'a list of values such as ["x"], or fields');
  const fields = Object.entries(pattern as ExactObject);
  if (fields.length === 0) return fail(where, 'no field', 'at least one');
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
    return fail(`${where}.$or`, 'something else', 'a list of two or more objects');
  const branches = pattern.map((branch, index) => {
    if (!isFields(branch)) return fail(`${where}.$or[${index}]`, 'no object', 'an object of fields');
    return compilePattern(branch, `${where}.$or[${index}]`);
  });
  return (value) => branches.some((matches) => matches(value));
}

function compileList(pattern: readonly ExactJson[], where: string): Matcher {
  if (pattern.length === 0) return fail(where, 'an empty list', 'at least one value or comparison');
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
    return fail(where, 'no comparison', 'a value, or an object with one operator');
  if (name === 'exists') {
    if (!isLeaf(argument) || typeof argument.value !== 'boolean')
      return fail(where, 'exists without a boolean', 'true or false');
    return { exists: argument.value };
  }
  const compile = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (compile === undefined)
    return fail(
      where,
      `operator ${JSON.stringify(name)}`,
      `exists, ${Object.keys(operators).join(', ')}; others are for EventBridge's event buses alone`,
    );
  return { matches: compile(argument, where) };
}

const operators: Readonly<Record<string, (argument: ExactJson, where: string) => LeafMatcher>> = {
  prefix: (argument, where) => compileAffix(argument, where, (value, part) => value.startsWith(part)),
  suffix: (argument, where) => compileAffix(argument, where, (value, part) => value.endsWith(part)),
  'equals-ignore-case'(argument, where) {
    const wanted = readText(argument, where).toLowerCase();
    return ({ value }) => typeof value === 'string' && value.toLowerCase() === wanted;
  },
  'anything-but'(argument, where) {
    const items: readonly ExactJson[] = isList(argument) ? argument : [argument];
    if (items.length === 0 || !items.every(isLeaf))
      return fail(where, 'anything-but with no plain values', 'a text, a number or a list of them');
    const texts = new Set(items.map(({ text }) => text));
    return ({ text }) => !texts.has(text);
  },
  numeric(argument, where) {
    const tests = readNumericTests(argument, where);
    return ({ value }) => typeof value === 'number' && tests.every((holds) => holds(value));
  },
};

function compileAffix(
  argument: ExactJson,
  where: string,
  has: (value: string, part: string) => boolean,
): LeafMatcher {
  if (isFields(argument) && Object.keys(argument).length === 1 && argument['equals-ignore-case']) {
    const part = readText(argument['equals-ignore-case'], where).toLowerCase();
    return ({ value }) => typeof value === 'string' && has(value.toLowerCase(), part);
  }
  const part = readText(argument, where);
  return ({ value }) => typeof value === 'string' && has(value, part);
}

const relations: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '=': (left, right) => left === right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

function readNumericTests(argument: ExactJson, where: string): readonly ((value: number) => boolean)[] {
  const values = isList(argument) ? argument.map((item) => (isLeaf(item) ? item.value : undefined)) : [];
  const expected = 'one or two pairs such as [">", 0, "<=", 5]';
  if (values.length !== 2 && values.length !== 4) return fail(where, 'numeric without pairs', expected);
  return [0, 2].slice(0, values.length / 2).map((at) => {
    const [sign, bound] = values.slice(at, at + 2);
    const holds = typeof sign === 'string' && Object.hasOwn(relations, sign) ? relations[sign] : undefined;
    if (holds === undefined || typeof bound !== 'number') return fail(where, 'a numeric test', expected);
    return (value) => holds(value, bound);
  });
}

function readText(argument: ExactJson, where: string): string {
  if (isLeaf(argument) && typeof argument.value === 'string') return argument.value;
  return fail(where, 'an operator without text', 'a text');
}

function isLeaf(value: ExactJson): value is ExactLeaf {
  return leaf in value;
}

function isList(value: ExactJson | undefined): value is readonly ExactJson[] {
  return Array.isArray(value);
}

function isFields(value: ExactJson | undefined): value is ExactObject {
  return value !== undefined && !isList(value) && !isLeaf(value);
}

function fail(where: string, got: string, expected: string): never {
  throw new FilterPatternError(`filter pattern is not valid at ${where}, got ${got}, expected ${expected}`);
}

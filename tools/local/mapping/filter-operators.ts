// What a filter pattern can ask of one value: the operators of Lambda's event filters as a table, and what AWS would refuse
// of each. Which values they are asked about is filter-pattern.ts's business.
// Source: Lambda guide, "Control which events Lambda sends to your function"; EventBridge guide, "Comparison operators",
// column "Pipe support"; what a list or range may hold: AWS's own rule compiler, event-ruler.
import { isFields, isLeaf, isList, type ExactJson, type ExactLeaf } from './exact-json.ts';

/** A pattern that AWS would refuse. Its message names what is wrong and where. */
export class FilterPatternError extends Error {
  override readonly name = 'FilterPatternError';
  readonly code = 'INVALID_PATTERN';
}

/** Ends the compilation of a pattern, naming the place. @throws {FilterPatternError} */
export function refusePattern(where: string, got: string, expected: string): never {
  throw new FilterPatternError(`filter pattern is not valid at ${where}, got ${got}, expected ${expected}`);
}

/** Whether one value is as the operator wants it. */
export type LeafMatcher = (value: ExactLeaf) => boolean;

/**
 * Compiles `{ [name]: argument }`, any operator but `exists`, which asks for no value. `where` is its path, for errors.
 * @throws {FilterPatternError}
 */
export function compileOperator(name: string, argument: ExactJson, where: string): LeafMatcher {
  const compile = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (compile !== undefined) return compile(argument, where);
  return refusePattern(
    where,
    `operator ${JSON.stringify(name)}`,
    `exists, ${Object.keys(operators).join(', ')}; others are for EventBridge's event buses alone`,
  );
}

// "Numeric matching works with values between -5.0e9 and +5.0e9 inclusive" (EventBridge guide).
const documentedBound = 5e9;

/** Where a pattern compares with numbers so large or small that AWS documents nothing for them, such as epoch milliseconds. */
export function findWideNumbers(pattern: ExactJson, where: string): readonly string[] {
  if (isList(pattern))
    return pattern.flatMap((each, index) => {
      const bounds = isFields(each) && Object.hasOwn(each, 'numeric') ? each['numeric'] : undefined;
      return isList(bounds) && bounds.some(isWide) ? [`${where}[${index}]`] : [];
    });
  if (!isFields(pattern)) return [];
  return Object.entries(pattern).flatMap(([name, inner]) =>
    name === '$or' && isList(inner)
      ? inner.flatMap((branch, index) => findWideNumbers(branch, `${where}.$or[${index}]`))
      : findWideNumbers(inner, `${where}.${name}`),
  );
}

function isWide(value: ExactJson): boolean {
  return isLeaf(value) && typeof value.value === 'number' && Math.abs(value.value) > documentedBound;
}

const operators: Readonly<Record<string, (argument: ExactJson, where: string) => LeafMatcher>> = {
  prefix: (argument, where) => compileAffix(argument, where, (value, part) => value.startsWith(part)),
  suffix: (argument, where) => compileAffix(argument, where, (value, part) => value.endsWith(part)),
  'equals-ignore-case'(argument, where) {
    const wanted = readText(argument, where).toLowerCase();
    return ({ value }) => typeof value === 'string' && value.toLowerCase() === wanted;
  },
  'anything-but'(argument, where) {
    const texts = new Set(readExcluded(argument, where).map(({ text }) => text));
    return ({ text }) => !texts.has(text);
  },
  numeric(argument, where) {
    const tests = readNumericTests(argument, where);
    return ({ value }) => typeof value === 'number' && tests.every((holds) => holds(value));
  },
};

function readExcluded(argument: ExactJson, where: string): readonly ExactLeaf[] {
  if (isFields(argument)) {
    const [name = 'nothing'] = Object.keys(argument);
    const got = `anything-but with ${JSON.stringify(name)}`;
    return refusePattern(where, got, 'plain values; operators inside are for event buses alone');
  }
  const expected = 'a text, a number, a list of texts or a list of numbers';
  const items: readonly ExactJson[] = isList(argument) ? argument : [argument];
  const kinds = new Set(
    items.map((item) => (isLeaf(item) && item.value !== null ? typeof item.value : 'other')),
  );
  if (kinds.size === 0) return refusePattern(where, 'anything-but with an empty list', expected);
  if (kinds.size > 1) return refusePattern(where, 'anything-but with values of several kinds', expected);
  if (!items.every(isLeaf) || !(kinds.has('string') || kinds.has('number')))
    return refusePattern(where, 'anything-but with neither texts nor numbers', expected);
  return items;
}

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

function readText(argument: ExactJson, where: string): string {
  if (isLeaf(argument) && typeof argument.value === 'string') return argument.value;
  return refusePattern(where, 'an operator without text', 'a text');
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
  const expected = 'one pair such as ["=", 5], or a lower and an upper bound such as [">", 0, "<=", 5]';
  if (values.length !== 2 && values.length !== 4)
    return refusePattern(where, 'numeric without pairs', expected);
  const tests = [0, 2].slice(0, values.length / 2).map((at) => {
    const [sign, bound] = values.slice(at, at + 2);
    const holds = typeof sign === 'string' && Object.hasOwn(relations, sign) ? relations[sign] : undefined;
    if (holds === undefined || typeof bound !== 'number')
      return refusePattern(where, 'numeric with another sign, or no number', expected);
    return { sign: String(sign), bound, holds };
  });
  const [lower, upper] = tests;
  if (upper !== undefined && !(lower?.sign.startsWith('>') === true && upper.sign.startsWith('<')))
    return refusePattern(where, 'a numeric range that does not go from below to above', expected);
  if (lower !== undefined && upper !== undefined && lower.bound >= upper.bound)
    return refusePattern(where, `an empty numeric range, ${lower.bound} to ${upper.bound}`, expected);
  return tests.map(
    ({ holds, bound }) =>
      (value) =>
        holds(value, bound),
  );
}

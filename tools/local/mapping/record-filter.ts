// Which records a mapping's FilterCriteria let through: the Kafka half of filtering, where bytes become what a pattern
// can be compared with, or cannot.
// Source: Lambda guide, "Filter events from Amazon MSK and self-managed Apache Kafka event sources".
import { isLeaf, readExactJson, toExactText, type ExactJson } from './exact-json.ts';
import { FilterPatternError, findWideNumbers } from './filter-operators.ts';
import { compilePattern, type Matcher } from './filter-pattern.ts';

/** What of a record can be asked for. */
export interface FilterSubject {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly timestampType: string;
  /** Null without one. */
  readonly key: Buffer | null;
  /** Null for a tombstone. */
  readonly value: Buffer | null;
  /** Headers as the event has them; read only when a pattern asks for them. */
  readonly headers: () => unknown;
}

/** Filters of one mapping. */
export interface RecordFilter {
  /** Whether one of the patterns matches. */
  readonly matches: (subject: FilterSubject) => boolean;
  /** What the patterns ask for without a word of AWS on it, as sentences. */
  readonly warnings: readonly string[];
}

const maxFilters = 10; // 5 without a raised quota
const maxPatternChars = 4096;
const dataFields: ReadonlySet<string> = new Set(['value', 'key']);
const fields: ReadonlySet<string> = new Set([
  ...dataFields,
  'topic',
  'partition',
  'offset',
  'timestamp',
  'timestampType',
  'headers',
]);

/**
 * Compiles `FilterCriteria` as in a template; undefined if it holds no filter, and every record passes.
 *
 * A value that is no JSON object or list where the pattern has fields, one that is where the pattern has a list, and one
 * that is not UTF-8 are not compared at all: their clause counts as matched, as AWS applies only the others then.
 * A tombstone is compared as a missing field (AWS does not say).
 * @throws {FilterPatternError}
 */
export function compileFilters(criteria: unknown): RecordFilter | undefined {
  const { Filters = [] } = (criteria ?? {}) as { readonly Filters?: unknown };
  if (!Array.isArray(Filters)) throw new FilterPatternError('FilterCriteria.Filters is not a list');
  if (Filters.length === 0) return undefined;
  if (Filters.length > maxFilters)
    throw new FilterPatternError(`too many filters, got ${Filters.length}, expected at most ${maxFilters}`);
  const patterns = Filters.map((filter: { readonly Pattern?: unknown } | null) =>
    compileFilter(filter?.Pattern),
  );
  return {
    matches: (subject) => patterns.some(({ matches }) => matches(subject)),
    warnings: [...new Set(patterns.flatMap(({ warnings }) => warnings))],
  };
}

interface CompiledFilter {
  readonly warnings: readonly string[];
  readonly matches: (subject: FilterSubject) => boolean;
}

function compileFilter(text: unknown): CompiledFilter {
  if (typeof text !== 'string')
    throw new FilterPatternError('a filter has no Pattern, expected JSON as a text');
  if (text.length > maxPatternChars)
    throw new FilterPatternError(
      `filter pattern is too long, got ${text.length} characters, expected at most ${maxPatternChars}`,
    );
  let pattern: ExactJson;
  try {
    pattern = readExactJson(text);
  } catch (error) {
    throw new FilterPatternError('filter pattern is not JSON', { cause: error });
  }
  return compileRoot(pattern, '$');
}

// The record's own fields are no JSON document: each is made comparable by itself, and only when a pattern asks for it.
function compileRoot(pattern: ExactJson, where: string): CompiledFilter {
  // A plain value is an object as well: it carries its own text.
  if (isLeaf(pattern) || Array.isArray(pattern) || Object.keys(pattern).length === 0)
    throw new FilterPatternError(
      `filter pattern is not valid at ${where}, expected an object such as {"value": ...}`,
    );
  const parts = Object.entries(pattern as Readonly<Record<string, ExactJson>>).map(([name, inner]) => {
    if (name === '$or') return compileRootOr(inner, where);
    if (!fields.has(name))
      throw new FilterPatternError(
        `a filter cannot ask for this, got ${JSON.stringify(name)} at ${where}, expected ${[...fields].join(', ')}`,
      );
    const matches = compilePattern(inner, `${where}.${name}`);
    const wantsText = Array.isArray(inner);
    return {
      warnings: [
        ...(name === 'value' ? [] : [toFieldWarning(name)]),
        ...findWideNumbers(inner, `${where}.${name}`).map(toNumberWarning),
      ],
      matches: dataFields.has(name)
        ? (subject: FilterSubject) => matchesData(subject[name as 'key' | 'value'], matches, wantsText)
        : (subject: FilterSubject) => {
            const field = subject[name as keyof FilterSubject];
            return matches(readExactJson(JSON.stringify(typeof field === 'function' ? field() : field)));
          },
    };
  });
  return {
    warnings: parts.flatMap(({ warnings }) => warnings),
    matches: (subject) => parts.every(({ matches }) => matches(subject)),
  };
}

function toFieldWarning(name: string): string {
  return `a filter asks for ${name}, got no word of AWS on that, expected value alone; filter in the handler`;
}

function toNumberWarning(where: string): string {
  return (
    `a filter compares with a large number at ${where}, got no word of AWS on that, expected -5.0e9..5.0e9; ` +
    'try it on AWS, or filter in the handler'
  );
}

function compileRootOr(pattern: ExactJson, where: string): CompiledFilter {
  if (!Array.isArray(pattern) || pattern.length < 2)
    throw new FilterPatternError(`filter pattern is not valid at ${where}.$or, expected two or more objects`);
  const branches = pattern.map((branch: ExactJson, index) => compileRoot(branch, `${where}.$or[${index}]`));
  return {
    warnings: branches.flatMap(({ warnings }) => warnings),
    matches: (subject) => branches.some(({ matches }) => matches(subject)),
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function matchesData(bytes: Buffer | null, matches: Matcher, wantsText: boolean): boolean {
  if (bytes === null) return matches(undefined);
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return true; // not UTF-8: its clause is left out
  }
  const json = /^\s*[[{]/.test(text) ? tryJson(text) : undefined;
  if (wantsText) return json !== undefined || matches(toExactText(text));
  return json === undefined || matches(json);
}

function tryJson(text: string): ExactJson | undefined {
  try {
    return readExactJson(text);
  } catch {
    return undefined; // a plain text that begins like JSON
  }
}

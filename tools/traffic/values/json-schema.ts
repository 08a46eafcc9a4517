// Values that a JSON Schema describes, plain ones: small numbers, short words. What the schema says beyond this file's reach (`not`,
// conditions) is left to the schema's own check, which every value passes through before it is sent.
// Source: JSON Schema draft 2020-12

import fc, { type Arbitrary } from 'fast-check';
import { letter, word } from './word.ts';

type Schema = Readonly<Record<string, unknown>>;

/** How deep schemas that refer to themselves are followed; below that what is optional is left out, and lists are empty. */
const maxDepth = 5;

interface Scope {
  readonly root: Schema;
  readonly depth: number;
}

/** Makes values of a schema. */
export function fromJsonSchema(schema: unknown): Arbitrary<unknown> {
  return toArbitrary(schema, { root: isObject(schema) ? schema : {}, depth: 0 });
}

function toArbitrary(schema: unknown, scope: Scope): Arbitrary<unknown> {
  if (!isObject(schema) || scope.depth > maxDepth * 3) return anything;
  if ('const' in schema) return fc.constant(schema['const']);
  const { enum: values, $ref, anyOf, oneOf, allOf, type } = schema;
  if (Array.isArray(values)) return fc.constantFrom(...(values as readonly unknown[]));
  if (typeof $ref === 'string')
    return toArbitrary(resolve($ref, scope.root), { ...scope, depth: scope.depth + 1 });
  const choices = listOf(anyOf) ?? listOf(oneOf);
  if (choices !== undefined)
    return fc.oneof(...pickShallow(choices, scope).map((each) => toArbitrary(each, scope)));
  const parts = listOf(allOf);
  if (parts !== undefined) return toArbitrary(merge([schema, ...parts], scope), scope);
  const [first] = Array.isArray(type)
    ? (type as readonly unknown[]).filter((each) => each !== 'null')
    : [type];
  return byType(typeof first === 'string' ? first : guessType(schema), schema, scope);
}

function byType(type: string | undefined, schema: Schema, scope: Scope): Arbitrary<unknown> {
  switch (type) {
    case 'object':
      return toObject(schema, scope);
    case 'array':
      return toList(schema, scope);
    case 'string':
      return toText(schema);
    case 'integer':
      return toInteger(schema);
    case 'number':
      return toNumber(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return anything;
  }
}

const anything: Arbitrary<unknown> = fc.oneof(word, fc.integer({ min: 0, max: 1000 }), fc.boolean());

function guessType(schema: Schema): string | undefined {
  if ('properties' in schema || 'additionalProperties' in schema) return 'object';
  if ('items' in schema || 'prefixItems' in schema) return 'array';
  return undefined;
}

function toObject(schema: Schema, scope: Scope): Arbitrary<unknown> {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = new Set(
    Array.isArray(schema['required']) ? (schema['required'] as readonly string[]) : [],
  );
  const inner = { ...scope, depth: scope.depth + 1 };
  const wanted = Object.entries(properties).filter(([name]) => required.has(name) || scope.depth < maxDepth);
  const fields = fc.record(
    Object.fromEntries(wanted.map(([name, each]) => [name, toArbitrary(each, inner)])),
    {
      requiredKeys: wanted.map(([name]) => name).filter((name) => required.has(name)),
      noNullPrototype: true,
    },
  );
  const more = schema['additionalProperties'];
  // A record of anything by name, not an object that lets anything pass.
  if (!isObject(more) || Object.keys(more).length === 0) return fields;
  const names = isObject(schema['propertyNames']) ? toArbitrary(schema['propertyNames'], inner) : word;
  const others = fc.dictionary(names as Arbitrary<string>, toArbitrary(more, inner), {
    minKeys: 1,
    maxKeys: 3,
    noNullPrototype: true,
  });
  return fc.tuple(fields, others).map(([own, rest]) => ({ ...rest, ...own }));
}

function toList(schema: Schema, scope: Scope): Arbitrary<unknown> {
  const inner = { ...scope, depth: scope.depth + 1 };
  // Not even made: what its items are may lead back here.
  if (scope.depth >= maxDepth && number(schema['minItems'], 0) === 0) return fc.constant([]);
  const first = (listOf(schema['prefixItems']) ?? []).map((each) => toArbitrary(each, inner));
  const items = isObject(schema['items']) ? toArbitrary(schema['items'], inner) : anything;
  const minLength = Math.max(0, number(schema['minItems'], 0) - first.length);
  const most = number(schema['maxItems'], minLength + 3) - first.length;
  const maxLength = first.length > 0 && schema['items'] === false ? 0 : Math.max(minLength, most);
  const bounds = { minLength: Math.min(minLength, maxLength), maxLength };
  const rest =
    schema['uniqueItems'] === true
      ? fc.uniqueArray(items, { ...bounds, comparator: 'SameValue' })
      : fc.array(items, bounds);
  return fc.tuple(fc.tuple(...first), rest).map(([one, other]) => [...one, ...other]);
}

/** By the names that JSON Schema and the libraries give them. */
const formats: Readonly<Record<string, () => Arbitrary<string>>> = {
  'date-time': () => moment((date) => date.toISOString()),
  date: () => moment((date) => date.toISOString().slice(0, 10)),
  time: () => moment((date) => date.toISOString().slice(11, 19)),
  duration: () => fc.integer({ min: 1, max: 90 }).map((days) => `P${days}D`),
  email: () => fc.tuple(word, word).map(([name, host]) => `${name}@${host}.example`),
  'idn-email': () => fc.tuple(word, word).map(([name, host]) => `${name}@${host}.example`),
  hostname: () => word.map((name) => `${name}.example`),
  uri: () => word.map((name) => `https://${name}.example/`),
  'uri-reference': () => word.map((name) => `/${name}`),
  url: () => word.map((name) => `https://${name}.example/`),
  uuid: () => fc.uuid(),
  guid: () => fc.uuid(),
  ipv4: () => fc.ipV4(),
  ipv6: () => fc.ipV6(),
  base64: () => word.map((text) => Buffer.from(text).toString('base64')),
};

function moment(show: (date: Date) => string): Arbitrary<string> {
  const noInvalidDate = true;
  return fc.date({ min: new Date('2026-01-01'), max: new Date('2026-12-31'), noInvalidDate }).map(show);
}

function toText(schema: Schema): Arbitrary<string> {
  const format = formats[String(schema['format'])];
  if (format !== undefined) return format();
  const minLength = number(schema['minLength'], 0);
  const maxLength = Math.max(minLength, number(schema['maxLength'], Math.max(minLength, 12)));
  const { pattern } = schema;
  if (typeof pattern === 'string') return matching(pattern, minLength, maxLength);
  return fc.string({
    unit: letter,
    minLength: Math.max(minLength, Math.min(1, maxLength)),
    maxLength: Math.min(maxLength, minLength + 12),
  });
}

function matching(pattern: string, minLength: number, maxLength: number): Arbitrary<string> {
  try {
    const expression = new RegExp(pattern, 'u');
    return fc
      .stringMatching(expression)
      .filter((text) => text.length >= minLength && text.length <= Math.max(maxLength, 100));
  } catch {
    // An expression that cannot be turned round; the schema's own check will say that words do not do.
    return word;
  }
}

function toInteger(schema: Schema): Arbitrary<number> {
  const [least, most] = boundsOf(schema, 1);
  const step = number(schema['multipleOf'], 1);
  return fc
    .integer({ min: Math.ceil(least / step), max: Math.floor(most / step) })
    .map((count) => count * step);
}

function toNumber(schema: Schema): Arbitrary<number> {
  const [least, most] = boundsOf(schema, 0.01);
  const step = number(schema['multipleOf'], 0);
  if (step > 0)
    return fc
      .integer({ min: Math.ceil(least / step), max: Math.floor(most / step) })
      .map((count) => count * step);
  const hasCents = most - least >= 1;
  return hasCents
    ? fc.integer({ min: Math.ceil(least * 100), max: Math.floor(most * 100) }).map((cents) => cents / 100)
    : fc.double({ min: least, max: most, noNaN: true });
}

/** Within the schema's bounds 0 to 1000, or as near to that as they allow. */
function boundsOf(schema: Schema, step: number): readonly [least: number, most: number] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const low = Math.max(number(minimum, -Infinity), number(exclusiveMinimum, -Infinity) + step);
  const high = Math.min(number(maximum, Infinity), number(exclusiveMaximum, Infinity) - step);
  const least = Math.min(Math.max(low, 0), high);
  return [Math.max(least, low), Math.max(low, Math.min(high, Math.max(least, low) + 1000))];
}

/** What may refer to itself is not chosen in the depth, where there is something else. */
function pickShallow(choices: readonly unknown[], { depth }: Scope): readonly unknown[] {
  if (depth < maxDepth) return choices;
  const shallow = choices.filter((each) => isObject(each) && !('$ref' in each) && !('properties' in each));
  return shallow.length > 0 ? shallow : choices;
}

function merge(parts: readonly unknown[], scope: Scope): Schema {
  const flat = parts.filter(isObject).map((part, index): Schema => {
    const { allOf, ...own } = typeof part['$ref'] === 'string' ? resolve(part['$ref'], scope.root) : part;
    const nested = index === 0 ? undefined : listOf(allOf);
    return nested === undefined ? own : merge([own, ...nested], scope);
  });
  return Object.assign({}, ...flat, joined('properties', flat), joinedLists('required', flat)) as Schema;
}

function joined(name: string, parts: readonly Schema[]): Schema {
  const all = parts.map((part) => part[name]).filter(isObject);
  return all.length === 0 ? {} : { [name]: Object.assign({}, ...all) as Schema };
}

function joinedLists(name: string, parts: readonly Schema[]): Schema {
  const all = parts.flatMap((part) => listOf(part[name]) ?? []);
  return all.length === 0 ? {} : { [name]: all };
}

function resolve(reference: string, root: Schema): Schema {
  let found: unknown = root;
  for (const part of reference
    .replace(/^#\/?/, '')
    .split('/')
    .filter((each) => each !== '')) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    found = isObject(found) ? found[name] : undefined;
  }
  return isObject(found) ? found : {};
}

function listOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) && value.length > 0 ? (value as readonly unknown[]) : undefined;
}

function number(value: unknown, byDefault: number): number {
  return typeof value === 'number' ? value : byDefault;
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// JSON whose numbers keep their text. Its own file because AWS compares numbers as they are written, which parsed
// values have forgotten.

/** A JSON value in the form in which patterns compare it. */
export type ExactJson = ExactLeaf | readonly ExactJson[] | ExactObject;

/** A JSON text, number, boolean or null, with the text that stands for it. */
export interface ExactLeaf {
  readonly [leaf]: true;
  /** As in the document: `300`, `300.0` and `3.0e2` differ, as they do for AWS. Strings are normalized. */
  readonly text: string;
  readonly value: string | number | boolean | null;
}

/** A JSON object. */
export interface ExactObject {
  readonly [name: string]: ExactJson;
}

const leaf = Symbol('leaf');

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

/** Whether it is no object and no list. */
export function isLeaf(value: ExactJson): value is ExactLeaf {
  return leaf in value;
}

/** Whether it is a list; a missing value is none. */
export function isList(value: ExactJson | undefined): value is readonly ExactJson[] {
  return Array.isArray(value);
}

/** Whether it is an object; a missing value is none. */
export function isFields(value: ExactJson | undefined): value is ExactObject {
  return value !== undefined && !isList(value) && !isLeaf(value);
}

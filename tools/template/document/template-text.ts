// The text of a template, JSON or YAML, with CloudFormation's short forms (`!Ref`) written out.
import { parse, type CollectionTag, type ScalarTag } from 'yaml';

/** Parses a template's text. @throws an error with the parser's words when it is neither JSON nor YAML. */
export function parseTemplate(text: string): unknown {
  // JSON is YAML as well, but its own parser tells mistakes better, and is faster by far.
  if (text.trimStart().startsWith('{')) return JSON.parse(text);
  return parse(text, { customTags: shortForms, logLevel: 'error' });
}

const functions = [
  'And',
  'Base64',
  'Cidr',
  'Equals',
  'FindInMap',
  'GetAtt',
  'GetAZs',
  'If',
  'ImportValue',
  'Join',
  'Not',
  'Or',
  'Select',
  'Split',
  'Sub',
  'Transform',
];

const names: readonly (readonly [tag: string, intrinsic: string])[] = [
  ['Ref', 'Ref'],
  ['Condition', 'Condition'],
  ...functions.map((name) => [name, `Fn::${name}`] as const),
];

const shortForms: (ScalarTag | CollectionTag)[] = names.flatMap(([tag, intrinsic]) => [
  { tag: `!${tag}`, resolve: (value: string): unknown => ({ [intrinsic]: toArgument(tag, value) }) },
  ...(['seq', 'map'] as const).map((collection): CollectionTag => ({
    tag: `!${tag}`,
    collection,
    resolve: (value) => ({ [intrinsic]: (value as { toJSON: () => unknown }).toJSON() }),
  })),
]);

/** `!GetAtt a.b` names a resource and its attribute; a resource's name has no dot. */
function toArgument(tag: string, value: string): unknown {
  const dot = value.indexOf('.');
  return tag === 'GetAtt' && dot > 0 ? [value.slice(0, dot), value.slice(dot + 1)] : value;
}

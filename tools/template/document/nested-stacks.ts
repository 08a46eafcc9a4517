// Takes nested stacks into the template that holds them. CloudFormation makes their resources as if they stood in one
// template but for the names that go in as parameters and come out as outputs, so those are put in place.
import { LocalError } from '../../local/error.ts';
import { own } from '../own-property.ts';
import { mapBranches } from './branches.ts';
import { toParameterValue, type Template, type TemplateResource } from './template-document.ts';

type Json = Readonly<Record<string, unknown>>;
type Replace = (intrinsic: string, argument: unknown) => unknown;

const nestedType = 'AWS::CloudFormation::Stack';

/**
 * The template with the resources of its nested stacks in place of the nested stacks, as `<nested stack>-<resource>`.
 * `load` reads the template of a nested stack by its key among the app's assets.
 * @throws {LocalError} `NO_CDK_OUT` when a nested stack does not tell where its template lies, or holds itself;
 *   `UNRESOLVED` when what comes out of nested stacks depends on itself.
 */
export function takeInNested(
  template: Template,
  load: (key: string) => Template,
  outerKeys: readonly string[] = [],
): Template {
  const outputs = new Map<string, Json>();
  const resources: (readonly [string, TemplateResource])[] = [];
  const conditions = Object.entries(template.Conditions ?? {});
  const mappings = Object.entries(template.Mappings ?? {});
  for (const [id, resource] of Object.entries(template.Resources)) {
    if (resource.Type !== nestedType) {
      resources.push([id, resource]);
      continue;
    }
    const key = toTemplateKey(id, resource);
    if (outerKeys.includes(key)) throw toOwnHolder(id, key);
    const nested = placeNested(id, resource, takeInNested(load(key), load, [...outerKeys, key]));
    resources.push(...Object.entries(nested.Resources));
    conditions.push(...Object.entries(nested.Conditions ?? {}));
    mappings.push(...Object.entries(nested.Mappings ?? {}));
    outputs.set(id, nested.Outputs ?? {});
  }
  if (outputs.size === 0) return template;
  const outer = {
    Resources: Object.fromEntries(resources),
    Conditions: Object.fromEntries(conditions),
    ...(template.Outputs !== undefined && { Outputs: template.Outputs }),
  };
  return {
    ...template,
    ...(rewrite(outer, replaceOutputs(outputs)) as Template),
    ...(mappings.length > 0 && { Mappings: Object.fromEntries(mappings) }),
  };
}

/** What comes out of one nested stack goes into another, which may again be asked for it. */
function replaceOutputs(outputs: ReadonlyMap<string, Json>): Replace {
  const pending = new Set<string>();
  const replace: Replace = (intrinsic, argument) => {
    const [id, attribute] = toAttribute(intrinsic, argument);
    const output = own(outputs.get(id), attribute.replace(/^Outputs\./, ''));
    if (output === undefined) return undefined;
    const name = `${id}.${attribute}`;
    if (pending.has(name))
      throw new LocalError(
        'UNRESOLVED',
        `cannot resolve a template value on this machine, got ${name}, which depends on itself; give that output another value`,
      );
    pending.add(name);
    const value = rewrite((output as { readonly Value?: unknown }).Value, replace);
    pending.delete(name);
    return value;
  };
  return replace;
}

/** A nested template with the names of the outer one: its parameters' values, its own resources under its id. */
function placeNested(id: string, { Properties = {} }: TemplateResource, template: Template): Template {
  const toName = (name: string): string => `${id}-${name}`;
  const replace: Replace = (intrinsic, argument) => {
    if (intrinsic !== 'Ref' && intrinsic !== 'Fn::GetAtt') {
      const [name, ...rest] = [argument].flat() as [unknown, ...unknown[]];
      const part = intrinsic === 'Fn::FindInMap' ? template.Mappings : template.Conditions;
      if (typeof name !== 'string' || own<unknown>(part, name) === undefined) return undefined;
      return intrinsic === 'Condition'
        ? { Condition: toName(name) }
        : { [intrinsic]: [toName(name), ...rest.map((each) => rewrite(each, replace))] };
    }
    const [name, attribute] = toAttribute(intrinsic, argument);
    if (intrinsic === 'Ref') {
      const parameter = own(template.Parameters, name);
      if (parameter !== undefined)
        return mapBranches(Properties['Parameters'], (given) =>
          toParameterValue(parameter, own(given as Json | undefined, name) ?? parameter.Default),
        );
    }
    if (own(template.Resources, name) === undefined) return undefined;
    return intrinsic === 'Ref' ? { Ref: toName(name) } : { 'Fn::GetAtt': [toName(name), attribute] };
  };
  const place = (part: Json = {}): Json =>
    Object.fromEntries(Object.entries(part).map(([name, value]) => [toName(name), rewrite(value, replace)]));
  const resources = Object.entries(place(template.Resources) as Record<string, TemplateResource>);
  return {
    Resources: Object.fromEntries(
      resources.map(([name, { Condition, ...resource }]) => [
        name,
        Condition === undefined ? resource : { ...resource, Condition: toName(Condition) },
      ]),
    ),
    Conditions: place(template.Conditions),
    Mappings: Object.fromEntries(
      Object.entries(template.Mappings ?? {}).map(([name, value]) => [toName(name), value]),
    ),
    Outputs: rewrite(template.Outputs ?? {}, replace) as Json,
  };
}

const namingIntrinsics: ReadonlySet<string> = new Set(['Ref', 'Fn::GetAtt', 'Fn::If', 'Fn::FindInMap']);

/** A copy of `value` in which `replace` has had its say about each intrinsic that names something. */
function rewrite(value: unknown, replace: Replace): unknown {
  if (Array.isArray(value)) return value.map((each) => rewrite(each, replace));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [[name, argument] = ['', undefined]] = entries;
  if (entries.length === 1) {
    // A property may be called Condition (policy statements); only a text argument makes it the intrinsic.
    const isNaming = namingIntrinsics.has(name) || (name === 'Condition' && typeof argument === 'string');
    const replaced = isNaming ? replace(name, argument) : undefined;
    if (replaced !== undefined) return replaced;
    if (name === 'Fn::Sub') return { [name]: rewriteText(argument, replace) };
  }
  return Object.fromEntries(entries.map(([key, each]) => [key, rewrite(each, replace)]));
}

/** A text names things in braces: what is replaced becomes a value of the text's own. */
function rewriteText(argument: unknown, replace: Replace): unknown {
  const [text, names = {}] = (Array.isArray(argument) ? argument : [argument]) as readonly unknown[];
  const values = new Map(Object.entries(rewrite(names, replace) as Json));
  for (const [, name = ''] of String(text).matchAll(/\$\{([^!}][^}]*)\}/g)) {
    const replaced = replace(name.includes('.') ? 'Fn::GetAtt' : 'Ref', name);
    if (replaced !== undefined && !values.has(name)) values.set(name, replaced);
  }
  return values.size === 0 ? argument : [text, Object.fromEntries(values)];
}

function toAttribute(intrinsic: string, argument: unknown): readonly [id: string, attribute: string] {
  if (intrinsic === 'Ref') return [String(argument), ''];
  const [id = '', ...path] = Array.isArray(argument) ? argument.map(String) : String(argument).split('.');
  return [id, path.join('.')];
}

function toTemplateKey(id: string, { Properties }: TemplateResource): string {
  // A join of the assets bucket's address, full of references, and the key.
  const url = JSON.stringify(Properties?.['TemplateURL'] ?? '');
  const key = /(?<key>[0-9a-f]{64}\.json)"/.exec(url)?.groups?.['key'];
  if (key !== undefined) return key;
  const message = `a nested stack does not tell where its template lies, got ${url} in ${id}, expected a TemplateURL that ends in an asset's key; synthesize the app with the CDK`;
  throw new LocalError('NO_CDK_OUT', message);
}

function toOwnHolder(id: string, key: string): LocalError {
  return new LocalError(
    'NO_CDK_OUT',
    `a nested stack holds itself, got ${key} in ${id} inside ${key}, expected another template; synthesize the app with the CDK`,
  );
}

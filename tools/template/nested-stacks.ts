// Takes nested stacks into the template that holds them. CloudFormation makes their resources as if they stood in one
// template but for the names that go in as parameters and come out as outputs, so those are put in place.
import { LocalError } from '../local/error.ts';
import type { Template, TemplateResource } from './template.ts';

type Json = Readonly<Record<string, unknown>>;
type Replace = (intrinsic: string, argument: unknown) => unknown;

const nestedType = 'AWS::CloudFormation::Stack';

/**
 * The template with the resources of its nested stacks in place of the nested stacks, as `<nested stack>-<resource>`.
 * `load` reads the template of a nested stack by its key among the app's assets.
 * @throws {LocalError} `NO_CDK_OUT` when a nested stack does not tell where its template lies.
 */
export function takeInNested(template: Template, load: (key: string) => Template): Template {
  const outputs = new Map<string, Json>();
  const resources: Record<string, TemplateResource> = {};
  const conditions: Record<string, unknown> = { ...template.Conditions };
  for (const [id, resource] of Object.entries(template.Resources)) {
    if (resource.Type !== nestedType) {
      resources[id] = resource;
      continue;
    }
    const nested = placeNested(id, resource, takeInNested(load(toTemplateKey(id, resource)), load));
    Object.assign(resources, nested.Resources);
    Object.assign(conditions, nested.Conditions);
    outputs.set(id, nested.Outputs ?? {});
  }
  if (outputs.size === 0) return template;
  // What comes out of one nested stack goes into another, which may again be asked for it.
  const replace: Replace = (intrinsic, argument) => {
    const [id, attribute] = toAttribute(intrinsic, argument);
    const output = outputs.get(id)?.[attribute.replace(/^Outputs\./, '')] as { readonly Value?: unknown };
    return output === undefined ? undefined : rewrite(output.Value, replace);
  };
  const outer = {
    Resources: resources,
    Conditions: conditions,
    ...(template.Outputs !== undefined && { Outputs: template.Outputs }),
  };
  return {
    ...template,
    ...(rewrite(outer, replace) as Template),
  };
}

/** A nested template with the names of the outer one: its parameters' values, its own resources under its id. */
function placeNested(id: string, { Properties = {} }: TemplateResource, template: Template): Template {
  const given = (Properties['Parameters'] ?? {}) as Json;
  const toName = (name: string): string => `${id}-${name}`;
  const replace: Replace = (intrinsic, argument) => {
    if (intrinsic === 'Condition' || intrinsic === 'Fn::If') {
      const [condition, ...rest] = [argument].flat() as [string, ...unknown[]];
      if (!(condition in (template.Conditions ?? {}))) return undefined;
      const name = toName(condition);
      return intrinsic === 'Condition'
        ? { Condition: name }
        : { 'Fn::If': [name, ...rest.map((each) => rewrite(each, replace))] };
    }
    const [name, attribute] = toAttribute(intrinsic, argument);
    if (intrinsic === 'Ref' && name in given) return given[name];
    if (intrinsic === 'Ref' && template.Parameters?.[name] !== undefined)
      return template.Parameters[name].Default;
    if (!(name in template.Resources)) return undefined;
    return intrinsic === 'Ref' ? { Ref: toName(name) } : { 'Fn::GetAtt': [toName(name), attribute] };
  };
  const place = (part: Json = {}): Json =>
    Object.fromEntries(Object.entries(part).map(([name, value]) => [toName(name), rewrite(value, replace)]));
  const Resources = place(template.Resources) as Record<string, TemplateResource>;
  for (const [name, resource] of Object.entries(Resources)) {
    if (resource.Condition !== undefined)
      Resources[name] = { ...resource, Condition: toName(resource.Condition) };
  }
  return {
    Resources,
    Conditions: place(template.Conditions),
    Outputs: rewrite(template.Outputs ?? {}, replace) as Json,
  };
}

/** A copy of `value` in which `replace` has had its say about each intrinsic that names something. */
function rewrite(value: unknown, replace: Replace): unknown {
  if (Array.isArray(value)) return value.map((each) => rewrite(each, replace));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [[name, argument] = ['', undefined]] = entries;
  if (entries.length === 1 && isNaming(name, argument)) {
    const replaced = replace(name, argument);
    if (replaced !== undefined) return replaced;
  }
  return Object.fromEntries(entries.map(([key, each]) => [key, rewrite(each, replace)]));
}

function isNaming(name: string, argument: unknown): boolean {
  // A property may be called Condition (policy statements); only a text argument makes it the intrinsic.
  return (
    ['Ref', 'Fn::GetAtt', 'Fn::If'].includes(name) || (name === 'Condition' && typeof argument === 'string')
  );
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

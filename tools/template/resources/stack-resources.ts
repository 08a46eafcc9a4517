// The resources of one stack that would be there after a deployment, under their physical names, read property by property:
// a template may be full of things that mean nothing here.
import { createResolver, type LocalAccount, type ResolveOptions, type Resolver } from './intrinsics.ts';
import { own } from '../own-property.ts';
import { inventName, nameProperties, readAttribute } from './physical-name.ts';
import type { Stack } from '../document/template.ts';
import type { TemplateResource } from '../document/template-document.ts';

/** One resource. */
export interface Found {
  readonly logicalId: string;
  /** Physical name; the logical id for types that have none here. */
  readonly name: string;
  /** As in the template. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** Resolves a property. @throws {LocalError} `UNRESOLVED` naming it. */
  readonly read: (property: string) => unknown;
  /** Resolves any value of the resource. @throws {LocalError} `UNRESOLVED` naming it. */
  readonly resolve: (value: unknown, how?: ResolveOptions) => unknown;
  /** Follows `Fn::If` at the head of a value; what is inside stays as in the template. @throws {LocalError} `UNRESOLVED` naming it. */
  readonly head: (value: unknown) => unknown;
}

/** A stack whose resources can be looked up. */
export interface StackResources {
  readonly stack: Stack;
  readonly resolver: Resolver;
  /** The resources of these types whose condition holds. */
  readonly find: (...types: readonly string[]) => readonly Found[];
}

/** What physical names are made of. */
export interface NamingOptions extends LocalAccount {
  /** Gives the URL that a queue will have once it is created. */
  readonly queueUrl: (queueName: string) => string;
  /** Physical name of a resource that is deployed already. Default: the template's, or one is invented. */
  readonly physicalName?: (stackName: string, logicalId: string) => string | undefined;
  /** Values of template parameters, by name. Default: their own defaults. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** Opens all stacks of an app; what one exports, the others can import. */
export function openStacks(stacks: readonly Stack[], options: NamingOptions): readonly StackResources[] {
  const opened: StackResources[] = [];
  const importValue = (name: string): unknown => {
    for (const { stack, resolver } of opened) {
      for (const [id, output] of Object.entries(stack.template.Outputs ?? {})) {
        const { Value, Export } = output as {
          readonly Value?: unknown;
          readonly Export?: { readonly Name?: unknown };
        };
        const exported = Export && resolver.resolve(id, Export.Name, { onUnknown: () => {} });
        if (exported === name) return resolver.resolve(id, Value);
      }
    }
    return undefined;
  };
  for (const stack of stacks) opened.push(openStack(stack, options, importValue));
  return opened;
}

function openStack(
  stack: Stack,
  options: NamingOptions,
  importValue: (name: string) => unknown,
): StackResources {
  const { Resources } = stack.template;
  const names = new Map<string, string>();
  const nameOf = (logicalId: string): string | undefined => {
    const resource = own(Resources, logicalId);
    const property = own(nameProperties, resource?.Type ?? '');
    if (resource === undefined || property === undefined) return undefined;
    const known = names.get(logicalId);
    if (known !== undefined) return known;
    const given = resolver.resolve(logicalId, resource.Properties?.[property]);
    const fifo = resource.Properties?.['FifoQueue'] ?? resource.Properties?.['FifoTopic'];
    const isFifo = isTrue(resolver.resolve(logicalId, fifo));
    const ids = { stackName: stack.name, logicalId, isFifo };
    const name =
      options.physicalName?.(stack.name, logicalId) ??
      (typeof given === 'string' ? given : inventName(resource.Type, ids));
    names.set(logicalId, name);
    return name;
  };
  const attribute = (logicalId: string, wanted: string | undefined): string | undefined => {
    const { Type: type, Properties = {} } = own(Resources, logicalId) ?? {};
    if (type === 'AWS::Lambda::Alias' || type === 'AWS::Lambda::Version') {
      // Names a function by a version of it; there is one here.
      const functionName = readFunctionName(resolver.resolve(logicalId, Properties['FunctionName']));
      const qualifier = type === 'AWS::Lambda::Alias' ? resolver.resolve(logicalId, Properties['Name']) : 1;
      const { region, accountId } = options;
      return `arn:aws:lambda:${region}:${accountId}:function:${functionName}:${String(qualifier)}`;
    }
    const name = nameOf(logicalId);
    return type === undefined || name === undefined
      ? undefined
      : readAttribute({ type, name }, wanted, options);
  };
  const resolver: Resolver = createResolver(stack, options, {
    attribute,
    importValue,
    parameters: options.parameters ?? {},
  });
  const find = (...types: readonly string[]): readonly Found[] =>
    Object.entries(Resources)
      .filter(
        ([logicalId, resource]) => types.includes(resource.Type) && exists(resolver, logicalId, resource),
      )
      .map(([logicalId, { Properties: properties = {} }]) => ({
        logicalId,
        name: nameOf(logicalId) ?? logicalId,
        properties,
        read: (property) => resolver.resolve(logicalId, properties[property]),
        resolve: (value, how) => resolver.resolve(logicalId, value, how),
        head: (value) => resolver.head(logicalId, value),
      }));
  return { stack, resolver, find };
}

/** The name in a function's name or ARN, with a qualifier behind it or without. */
export function readFunctionName(reference: unknown): string {
  return String(reference)
    .replace(/^arn:.*:function:/, '')
    .replace(/:.*$/, '');
}

function exists(resolver: Resolver, logicalId: string, { Condition }: TemplateResource): boolean {
  return Condition === undefined || resolver.holds(logicalId, Condition);
}

/** A flag of a template, which may be a text. */
export function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

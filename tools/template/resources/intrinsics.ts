// Resolves CloudFormation's intrinsic functions to values of this machine. Only what is asked for is resolved, so a
// template may be full of things that mean nothing here; what is asked for and cannot be resolved is an error.
import { LocalError } from '../../local/error.ts';
import { own } from '../own-property.ts';
import { toParameterValue } from '../document/template-document.ts';
import type { Stack } from '../document/template.ts';

/** Account and Region that the local AWS services pretend to be. */
export interface LocalAccount {
  /** 12 digits. */
  readonly accountId: string;
  readonly region: string;
}

/** Resolves the values of one stack. */
export interface Resolver {
  /**
   * Resolves `value`, found in the resource `logicalId`; a property that resolves to AWS::NoValue becomes undefined.
   * @throws {LocalError} `UNRESOLVED` naming stack, resource and intrinsic, and `remedy`.
   */
  readonly resolve: (logicalId: string, value: unknown, how?: ResolveOptions) => unknown;
  /**
   * Follows the intrinsic that `value` as a whole is, `Fn::If` above all, and leaves alone what is inside.
   * @throws {LocalError} `UNRESOLVED` as `resolve` does.
   */
  readonly head: (logicalId: string, value: unknown) => unknown;
  /** Whether a template condition holds. */
  readonly holds: (logicalId: string, condition: string) => boolean;
}

/** How a value is resolved. */
export interface ResolveOptions {
  /** What to do about a value that cannot be resolved. Default: words that fit any property. */
  readonly remedy?: string;
  /** Told of what only AWS knows, for which `invented` stands then. Default: that is an error. */
  readonly onUnknown?: (intrinsic: string, invented: string) => void;
}

/** What lies outside a value's own template part. */
export interface Lookups {
  /** Gives `Ref` (no attribute) and `Fn::GetAtt` of a resource; undefined where it is not known. */
  readonly attribute: (logicalId: string, attribute: string | undefined) => string | undefined;
  /** Gives what some stack of the app exports by this name; undefined where none does. */
  readonly importValue: (name: string) => unknown;
  /** Values of template parameters, in place of their defaults. */
  readonly parameters: Readonly<Record<string, string>>;
}

type Json = Readonly<Record<string, unknown>>;

/** Makes the resolver of one stack. */
export function createResolver(stack: Stack, account: LocalAccount, lookups: Lookups): Resolver {
  const { Parameters, Mappings, Conditions, Resources } = stack.template;
  const pseudo = pseudoParameters(stack, account);
  const { once } = createCycleGuard();
  const invent = (name: string, attribute: string): string | undefined => {
    if (own(Resources, name) === undefined) return undefined;
    const { region, accountId } = account;
    const invented = `${stack.name}-${name}`;
    if (/arn$/i.test(attribute)) return `arn:aws:unknown:${region}:${accountId}:${invented}`;
    return attribute === '' ? invented : `${invented}.${attribute}`;
  };
  const scopeOf = (logicalId: string, { remedy, onUnknown }: ResolveOptions = {}): Scope => {
    const fail = (intrinsic: string, way?: string): never => {
      throw new LocalError(
        'UNRESOLVED',
        `cannot resolve a template value on this machine, got ${intrinsic} in ${stack.name}/${logicalId}; ` +
          (way ?? remedy ?? 'give that property a value that does not depend on it'),
      );
    };
    const find = (intrinsic: string, look: () => unknown, invented?: string): unknown => {
      const found = once(intrinsic, look, () => fail(`${intrinsic}, which depends on itself`));
      if (found !== undefined && found !== null) return found;
      if (invented === undefined || onUnknown === undefined) return fail(intrinsic);
      onUnknown(intrinsic, invented);
      return invented;
    };
    return {
      fail,
      ref(name) {
        if (Object.hasOwn(pseudo, name)) return pseudo[name];
        const parameter = own(Parameters, name);
        if (parameter === undefined)
          return find(`Ref ${name}`, () => lookups.attribute(name, undefined), invent(name, ''));
        const given = own(lookups.parameters, name);
        const { Type, Default } = parameter;
        if (given === undefined && typeof Default === 'string' && String(Type).startsWith('AWS::SSM::'))
          onUnknown?.(`Ref ${name} (what Systems Manager has under it)`, Default);
        return (
          toParameterValue(parameter, given ?? Default ?? undefined) ??
          fail(`Ref ${name} (a parameter without default)`, `give it a value: --parameter ${name}=VALUE`)
        );
      },
      getAtt: (name, attribute) =>
        find(
          `Fn::GetAtt ${name}.${attribute}`,
          () => lookups.attribute(name, attribute),
          invent(name, attribute),
        ),
      importValue: (name) => find(`Fn::ImportValue ${name}`, () => lookups.importValue(name), name),
      findInMap: ([name = '', first = '', second = '']) =>
        own(own(own(Mappings, name), first), second) ?? fail(`Fn::FindInMap ${name}.${first}.${second}`),
      holds: (name, scope) =>
        find(`condition ${name}`, () => {
          const condition = own(Conditions, name);
          return condition === undefined ? undefined : evaluate(condition, scope);
        }),
    };
  };
  return {
    resolve: (logicalId, value, how) => evaluate(value, scopeOf(logicalId, how)),
    head: (logicalId, value) => evaluateHead(value, scopeOf(logicalId)),
    holds: (logicalId, condition) => evaluate({ Condition: condition }, scopeOf(logicalId)) === true,
  };
}

/** `once` looks a thing up, unless that is being done already: then the thing depends on itself, and `fail` says so. */
function createCycleGuard(): {
  readonly once: <T>(thing: string, look: () => T, fail: () => never) => T;
} {
  const pending = new Set<string>();
  return {
    once(thing, look, fail) {
      if (pending.has(thing)) return fail();
      pending.add(thing);
      try {
        return look();
      } finally {
        pending.delete(thing);
      }
    },
  };
}

function pseudoParameters(stack: Stack, { accountId, region }: LocalAccount): Json {
  return {
    'AWS::AccountId': accountId,
    'AWS::Region': region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stack.name,
    'AWS::StackId': `arn:aws:cloudformation:${region}:${accountId}:stack/${stack.name}/local`,
    'AWS::NotificationARNs': [],
    'AWS::NoValue': undefined,
  };
}

/** What intrinsics are resolved against; `fail` names the intrinsic that cannot be. */
interface Scope {
  readonly fail: (intrinsic: string, remedy?: string) => never;
  readonly ref: (name: string) => unknown;
  readonly getAtt: (name: string, attribute: string) => unknown;
  readonly importValue: (name: string) => unknown;
  readonly findInMap: (path: readonly string[]) => unknown;
  readonly holds: (name: string, scope: Scope) => unknown;
}

function evaluate(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value))
    return value.map((item) => evaluate(item, scope)).filter((item) => item !== undefined);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Json);
  const [name, argument] = entries[0] ?? [];
  if (entries.length === 1 && name !== undefined) {
    const known = own(intrinsics, name);
    // A property may be called Condition (policy statements); only a text argument makes it the intrinsic.
    if (known !== undefined && (name !== 'Condition' || typeof argument === 'string'))
      return known(argument, scope);
    if (name.startsWith('Fn::')) return scope.fail(name);
  }
  return Object.fromEntries(
    entries.map(([key, item]) => [key, evaluate(item, scope)]).filter(([, item]) => item !== undefined),
  );
}

function evaluateHead(value: unknown, scope: Scope): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const [[name, argument] = ['', undefined], ...others] = Object.entries(value as Json);
  if (others.length > 0) return value;
  if (name === 'Fn::If') return evaluateHead(takeBranch(argument, scope), scope);
  return name === 'Ref' || name.startsWith('Fn::') ? evaluate(value, scope) : value;
}

function takeBranch(argument: unknown, scope: Scope): unknown {
  const [condition, yes, no] = Array.isArray(argument) ? (argument as readonly unknown[]) : [];
  return evaluate({ Condition: condition }, scope) === true ? yes : no;
}

const intrinsics: Readonly<Record<string, (argument: unknown, scope: Scope) => unknown>> = {
  Ref: (name, { ref }) => ref(String(name)),
  Condition: (name, scope) => scope.holds(String(name), scope),
  'Fn::GetAtt'(argument, { getAtt }) {
    const [name = '', ...path] = Array.isArray(argument) ? argument.map(String) : String(argument).split('.');
    return getAtt(name, path.join('.'));
  },
  'Fn::ImportValue': (name, scope) => scope.importValue(String(evaluate(name, scope))),
  'Fn::FindInMap': (path, scope) => scope.findInMap(toList(path, scope).map(String)),
  'Fn::Join'(argument, scope) {
    const [separator, parts] = toList(argument, scope, 2);
    return toList(parts, scope).map(String).join(String(separator));
  },
  'Fn::Split'(argument, scope) {
    const [separator, text] = toList(argument, scope, 2);
    return String(text).split(String(separator));
  },
  'Fn::Select'(argument, scope) {
    const [index, values] = toList(argument, scope, 2);
    return toList(values, scope)[Number(index)];
  },
  'Fn::Sub'(argument, scope) {
    const [text, names] = (Array.isArray(argument) ? argument : [argument, {}]) as readonly unknown[];
    const given = evaluate(names, scope) as Json;
    return String(text).replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal === '!') return `\${${name}}`;
      if (Object.hasOwn(given, name)) return String(given[name]);
      const [id = '', ...path] = name.split('.');
      return String(path.length === 0 ? scope.ref(name) : scope.getAtt(id, path.join('.')));
    });
  },
  // Not toList(): the branch that is not taken may hold what cannot be resolved here.
  'Fn::If': (argument, scope) => evaluate(takeBranch(argument, scope), scope),
  'Fn::Equals'(argument, scope) {
    const [left, right] = toList(argument, scope, 2);
    return left === right;
  },
  'Fn::Not': (argument, scope) => toList(argument, scope, 1)[0] !== true,
  'Fn::And': (argument, scope) => toList(argument, scope).every((value) => value === true),
  'Fn::Or': (argument, scope) => toList(argument, scope).includes(true),
};

function toList(value: unknown, scope: Scope, length?: number): readonly unknown[] {
  const values = evaluate(value, scope);
  if (!Array.isArray(values) || (length !== undefined && values.length !== length)) {
    return scope.fail('an intrinsic whose argument is not the list it should be');
  }
  return values as readonly unknown[];
}

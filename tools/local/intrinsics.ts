// Resolves CloudFormation's intrinsic functions to values of this machine. Only what is asked for is resolved, so a
// template may be full of things that mean nothing here; what is asked for and cannot be resolved is an error.
import { LocalError } from './error.ts';
import type { Stack } from './template.ts';

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
   * @throws {LocalError} `UNRESOLVED` naming stack, resource and intrinsic.
   */
  readonly resolve: (logicalId: string, value: unknown) => unknown;
  /** Whether a template condition holds. */
  readonly holds: (logicalId: string, condition: string) => boolean;
}

/** Gives `Ref` (no attribute) and `Fn::GetAtt` of a resource; undefined where it is not known. */
export type AttributeLookup = (logicalId: string, attribute: string | undefined) => string | undefined;

type Json = Readonly<Record<string, unknown>>;
type Evaluate = (argument: unknown) => unknown;

/** Makes the resolver of one stack. */
export function createResolver(stack: Stack, account: LocalAccount, attributes: AttributeLookup): Resolver {
  const pseudo: Readonly<Record<string, unknown>> = {
    'AWS::AccountId': account.accountId,
    'AWS::Region': account.region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stack.name,
    'AWS::StackId': `arn:aws:cloudformation:${account.region}:${account.accountId}:stack/${stack.name}/local`,
    'AWS::NotificationARNs': [],
    'AWS::NoValue': undefined,
  };

  const resolveIn = (logicalId: string): Evaluate => {
    const fail = (intrinsic: string): never => {
      throw new LocalError(
        'UNRESOLVED',
        `cannot resolve a template value on this machine, got ${intrinsic} in ${stack.name}/${logicalId}; ` +
          'give that property a value that does not depend on it',
      );
    };
    const ref = (name: string): unknown => {
      if (name in pseudo) return pseudo[name];
      const parameter = stack.template.Parameters?.[name];
      if (parameter !== undefined)
        return parameter.Default ?? fail(`Ref ${name} (a parameter without default)`);
      return attributes(name, undefined) ?? fail(`Ref ${name}`);
    };
    const getAtt = (name: string, attribute: string): unknown =>
      attributes(name, attribute) ?? fail(`Fn::GetAtt ${name}.${attribute}`);
    const holds = (condition: unknown): boolean => evaluate(condition) === true;
    const functions: Readonly<Record<string, (argument: unknown) => unknown>> = {
      Ref: (name) => ref(String(name)),
      Condition: (name) => {
        const condition = stack.template.Conditions?.[String(name)];
        return condition === undefined ? fail(`condition ${String(name)}`) : evaluate(condition);
      },
      'Fn::GetAtt': (argument) => {
        const [name, ...path] = Array.isArray(argument) ? argument.map(String) : String(argument).split('.');
        return getAtt(name ?? '', path.join('.'));
      },
      'Fn::Join': (argument) => {
        const [separator, parts] = list(argument, 2);
        return list(parts).map(String).join(String(separator));
      },
      'Fn::Split': (argument) => {
        const [separator, text] = list(argument, 2);
        return String(text).split(String(separator));
      },
      'Fn::Select': (argument) => {
        const [index, values] = list(argument, 2);
        return list(values)[Number(index)];
      },
      'Fn::Sub': (argument) => {
        const [text, names] = Array.isArray(argument) ? argument : [argument, {}];
        const own = evaluate(names) as Json;
        return String(text).replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
          if (literal === '!') return `\${${name}}`;
          if (name in own) return String(own[name]);
          const [id, ...path] = name.split('.');
          return String(path.length === 0 ? ref(name) : getAtt(id ?? '', path.join('.')));
        });
      },
      'Fn::If': (argument) => {
        const [condition, yes, no] = Array.isArray(argument) ? (argument as readonly unknown[]) : [];
        return evaluate(holds({ Condition: condition }) ? yes : no);
      },
      'Fn::Equals': (argument) => {
        const [left, right] = list(argument, 2);
        return left === right;
      },
      'Fn::Not': (argument) => !list(argument, 1).every((value) => value === true),
      'Fn::And': (argument) => list(argument).every((value) => value === true),
      'Fn::Or': (argument) => list(argument).includes(true),
    };
    const list = (value: unknown, length?: number): readonly unknown[] => {
      const values = evaluate(value);
      if (!Array.isArray(values) || (length !== undefined && values.length !== length)) {
        return fail('an intrinsic whose argument is not the list it should be');
      }
      return values as readonly unknown[];
    };
    const evaluate = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(evaluate).filter((item) => item !== undefined);
      if (typeof value !== 'object' || value === null) return value;
      const entries = Object.entries(value as Json);
      const [name, argument] = entries[0] ?? [];
      if (entries.length === 1 && name !== undefined) {
        const known = Object.hasOwn(functions, name) ? functions[name] : undefined;
        // A property may be called Condition (policy statements); only a text argument makes it the intrinsic.
        if (known !== undefined && (name !== 'Condition' || typeof argument === 'string'))
          return known(argument);
        if (name.startsWith('Fn::')) return fail(name);
      }
      return Object.fromEntries(
        entries.map(([key, item]) => [key, evaluate(item)]).filter(([, item]) => item !== undefined),
      );
    };
    return evaluate;
  };

  return {
    resolve: (logicalId, value) => resolveIn(logicalId)(value),
    holds: (logicalId, condition) => resolveIn(logicalId)({ Condition: condition }) === true,
  };
}

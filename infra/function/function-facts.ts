// What is known of a function before it is deployed, whoever made it: rules judge it, whatever way it came in.

import { Token } from 'aws-cdk-lib';
import {
  CfnFunction,
  Function as LambdaFunction,
  type IAlias,
  type IFunction,
  type IVersion,
} from 'aws-cdk-lib/aws-lambda';

/** A function's settings; undefined for what is known only at deployment, or by another app. */
export interface FunctionFacts {
  readonly memorySizeMb: number | undefined;
  readonly timeoutSeconds: number | undefined;
  /** As CloudFormation names it, `nodejs24.x`. */
  readonly runtime: string | undefined;
  readonly isTraced: boolean;
  /** Whether it runs on Lambda Managed Instances. */
  readonly hasCapacityProvider: boolean;
  /** Whether its logs are JSON; undefined for what is known only at deployment, or by another app. */
  readonly hasJsonLogs: boolean | undefined;
}

// AWS's own, where a template names none.
const defaultMemoryMb = 128;
const defaultTimeoutSeconds = 3;

/** The function itself, behind an alias or a version; undefined for one that another app deploys. */
export function toDeployedFunction(fn: IFunction): LambdaFunction | undefined {
  const unqualified = toUnqualified(fn);
  return unqualified instanceof LambdaFunction ? unqualified : undefined;
}

/** The function behind an alias or a version, whoever deploys it; any other is what it is. */
export function toUnqualified(fn: IFunction): IFunction {
  if (isAlias(fn)) return fn.version.lambda;
  return isVersion(fn) ? fn.lambda : fn;
}

/** Its alias or version; undefined for the function itself. */
export function findQualifier(fn: IFunction): string | undefined {
  if (isAlias(fn)) return fn.aliasName;
  return isVersion(fn) ? fn.version : undefined;
}

// By its properties: an alias or a version that is imported is no instance of CDK's classes.
function isAlias(fn: IFunction): fn is IAlias {
  return 'aliasName' in fn;
}

function isVersion(fn: IFunction): fn is IVersion {
  return 'lambda' in fn && 'version' in fn;
}

/**
 * Name of the log group that the template makes for a function; undefined where Lambda makes one with the first invocation, or where it
 * is not known. Not `fn.logGroup`: asked for a group that the template does not have, CDK adds a function of its own to make one.
 */
export function findLogGroupName(fn: IFunction): string | undefined {
  const resource = toDeployedFunction(fn)?.node.defaultChild;
  const config = resource instanceof CfnFunction ? resource.loggingConfig : undefined;
  return config !== undefined && !Token.isUnresolved(config) && 'logGroup' in config
    ? config.logGroup
    : undefined;
}

/** Reads what its resource says. */
export function readFunction(fn: IFunction): FunctionFacts {
  const resource = toDeployedFunction(fn)?.node.defaultChild;
  if (!(resource instanceof CfnFunction)) {
    const nothing = { memorySizeMb: undefined, timeoutSeconds: undefined, runtime: undefined };
    return { ...nothing, isTraced: false, hasCapacityProvider: false, hasJsonLogs: undefined };
  }
  const { memorySize, timeout, runtime, tracingConfig } = resource;
  return {
    memorySizeMb: known(memorySize ?? defaultMemoryMb),
    timeoutSeconds: known(timeout ?? defaultTimeoutSeconds),
    runtime: Token.isUnresolved(runtime) ? undefined : runtime,
    isTraced:
      tracingConfig !== undefined &&
      !Token.isUnresolved(tracingConfig) &&
      'mode' in tracingConfig &&
      tracingConfig.mode === 'Active',
    hasCapacityProvider: resource.capacityProviderConfig !== undefined,
    hasJsonLogs: readJsonLogs(resource),
  };
}

/** A function without the setting has text. */
function readJsonLogs({ loggingConfig }: CfnFunction): boolean | undefined {
  if (loggingConfig === undefined) return false;
  if (Token.isUnresolved(loggingConfig) || !('logFormat' in loggingConfig)) return undefined;
  return loggingConfig.logFormat === 'JSON';
}

function known(value: number): number | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}

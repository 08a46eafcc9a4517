// What is known of a function before it is deployed, whoever made it: rules judge it, whatever way it came in.

import { Token } from 'aws-cdk-lib';
import {
  Alias,
  CfnFunction,
  Function as LambdaFunction,
  Version,
  type IFunction,
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
}

// AWS's own, where a template names none.
const defaultMemoryMb = 128;
const defaultTimeoutSeconds = 3;

/** The function itself, behind an alias or a version; undefined for one that another app deploys. */
export function toDeployedFunction(fn: IFunction): LambdaFunction | undefined {
  if (fn instanceof LambdaFunction) return fn;
  if (fn instanceof Alias) return toDeployedFunction(fn.lambda);
  return fn instanceof Version ? toDeployedFunction(fn.lambda) : undefined;
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
    return { ...nothing, isTraced: false, hasCapacityProvider: false };
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
  };
}

function known(value: number): number | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}

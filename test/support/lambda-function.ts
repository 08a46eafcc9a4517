// A function as a template would give it, for tests that start one from a folder.

import type { LambdaFunction } from '../../tools/template/topology.ts';

/** 128 MB and 60 s, on this machine's own CPU; `changes` say what a test is about. */
export function toLambdaFunction(
  name: string,
  changes: Partial<LambdaFunction> & Pick<LambdaFunction, 'assetPath'>,
): LambdaFunction {
  return {
    logicalId: name,
    name,
    layerPaths: [],
    reservedConcurrency: undefined,
    warnings: [],
    handler: 'index.handler',
    runtime: 'nodejs24.x',
    architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64',
    memoryMb: 128,
    timeoutSeconds: 60,
    environment: {},
    logFormat: 'Text',
    ...changes,
  };
}

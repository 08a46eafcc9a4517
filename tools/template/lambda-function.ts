// One function as its template resource describes it, checked as Lambda would check it for a Kafka mapping; what cannot run
// here is refused with what to do instead.
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LocalError } from '../local/error.ts';
import { toInlineFolder, toUnzippedFolder } from './code/code-folder.ts';
import { own } from './own-property.ts';
import type { Found } from './resources/stack-resources.ts';
import type { Stack } from './document/template.ts';
import { ZipError } from './code/zip.ts';

/** A function as it would be deployed. */
export interface LambdaFunction {
  readonly logicalId: string;
  readonly name: string;
  /** `<module>.<export>`, as `index.handler`. */
  readonly handler: string;
  /** As `nodejs24.x`. */
  readonly runtime: string;
  /** Folder of the unzipped asset, absolute. */
  readonly assetPath: string;
  /** Folders of its unzipped layers, absolute; a later one covers an earlier one. */
  readonly layerPaths: readonly string[];
  /** Most invocations at once, 1 or more; undefined: any number. */
  readonly reservedConcurrency: number | undefined;
  /** What of the function is not here as it would be on AWS, as sentences. */
  readonly warnings: readonly string[];
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly architecture: 'arm64' | 'x86_64';
  readonly logFormat: 'Text' | 'JSON';
}

type Properties = Readonly<Record<string, unknown>>;
type Refuse = (what: string, remedy: string) => never;

// "840 seconds or less" for functions that a Kafka mapping calls; 4 KB of variables (Lambda guide, quotas).
const maxTimeoutSeconds = 840;
const maxEnvironmentBytes = 4096;

/** What a function is made of beside its own resource. */
export interface FunctionParts {
  readonly stack: Stack;
  /** Folder of each layer of the app, by its ARN. */
  readonly layers: ReadonlyMap<string, string>;
  /** Values for variables in place of the template's. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Reads an `AWS::Lambda::Function`.
 * @throws {LocalError} `UNSUPPORTED` or `UNRESOLVED` naming the function.
 */
export function readFunction(found: Found, { stack, layers, variables }: FunctionParts): LambdaFunction {
  const { logicalId, name, properties, read, resolve, head } = found;
  const refuse: Refuse = (what, remedy) => {
    throw new LocalError('UNSUPPORTED', `${what} in function ${stack.name}/${logicalId}; ${remedy}`);
  };
  if (read('PackageType') === 'Image')
    refuse('a container image cannot run here, got PackageType Image, expected Zip', 'run it on AWS');
  const runtime = String(read('Runtime'));
  if (!runtime.startsWith('nodejs'))
    refuse(`unsupported runtime, got ${runtime}, expected nodejs`, 'run it on AWS');
  const assetPath = readAssetPath(found, stack, refuse);
  const memoryMb = Number(read('MemorySize') ?? 128);
  if (!(memoryMb >= 128 && memoryMb <= 10_240))
    refuse(`MemorySize is out of range, got ${memoryMb}`, 'expected 128..10240');
  const timeoutSeconds = Number(read('Timeout') ?? 3);
  if (!(timeoutSeconds >= 1 && timeoutSeconds <= maxTimeoutSeconds))
    refuse(
      `Timeout is out of range, got ${timeoutSeconds}`,
      `expected 1..${maxTimeoutSeconds} for a Kafka mapping`,
    );
  const [architecture] = toList('Architectures', read('Architectures'), refuse);
  const { environment, warnings } = readEnvironment(found, variables, refuse);
  const wantedLayers = toList('Layers', resolve(properties['Layers'], { onUnknown: () => {} }), refuse);
  const logging = toMap('LoggingConfig', head(properties['LoggingConfig']), refuse);
  return {
    logicalId,
    name,
    handler: String(read('Handler')),
    runtime,
    assetPath,
    layerPaths: wantedLayers
      .flatMap((arn) => layers.get(arn) ?? [])
      .map((path) => toCodeFolder(path, refuse)),
    reservedConcurrency: readConcurrency(read('ReservedConcurrentExecutions'), refuse),
    memoryMb,
    timeoutSeconds,
    environment,
    warnings: [
      ...warnings,
      ...wantedLayers.filter((arn) => !layers.has(arn)).map(toLayerWarning),
      ...Object.entries(environment).flatMap(toReferenceWarning),
    ],
    architecture: architecture === 'arm64' ? 'arm64' : 'x86_64',
    logFormat: resolve(logging['LogFormat']) === 'JSON' ? 'JSON' : 'Text',
  };
}

function readAssetPath({ properties, resolve, head }: Found, stack: Stack, refuse: Refuse): string {
  const code = toMap('Code', head(properties['Code']), refuse);
  const inline = resolve(code['ZipFile']);
  if (typeof inline === 'string') return toInlineFolder(inline);
  const S3Key = resolve(code['S3Key']) as string | undefined;
  const path = stack.assets.get(S3Key ?? '');
  const remedy = 'make its code an asset: Code.fromAsset, or NodejsFunction';
  if (path === undefined) return refuse(`no asset of the app, got ${S3Key ?? 'no S3Key'}`, remedy);
  const folder = toCodeFolder(path, refuse);
  checkBuilt(folder, String(resolve(properties['Handler'])), refuse);
  return folder;
}

/** A template that no build has written leads to the sources, which no Node of Lambda's reads. */
function checkBuilt(folder: string, handler: string, refuse: Refuse): void {
  const stem = join(folder, dirname(handler), basename(handler).replace(/\..*$/, ''));
  const isThere = (extension: string): boolean => existsSync(stem + extension);
  if (['', '.js', '.mjs', '.cjs'].some(isThere)) return;
  const source = ['.ts', '.mts', '.cts'].find(isThere);
  if (source !== undefined)
    refuse(
      `code that is not built, got ${stem}${source}, expected .js, .mjs or .cjs`,
      'build the app (for SAM: sam build), and give the template of the build',
    );
}

/** The folder of the code at `path`, a folder or a zip file. */
function toCodeFolder(path: string, refuse: Refuse): string {
  const entry = statSync(path, { throwIfNoEntry: false });
  if (entry === undefined) return refuse(`no asset, got ${path}`, 'synthesize the app again');
  if (entry.isDirectory()) return path;
  try {
    return toUnzippedFolder(path);
  } catch (error) {
    if (!(error instanceof ZipError)) throw error;
    return refuse(error.message, 'make a folder the asset');
  }
}

/** A property that is a map; an empty one where it is absent. */
function toMap(property: string, value: unknown, refuse: Refuse): Properties {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Properties;
  return refuse(`${property} is not a map, got ${JSON.stringify(value)}`, 'expected names and values');
}

/** A property that is a list of texts; an empty one where it is absent. */
function toList(property: string, value: unknown, refuse: Refuse): readonly string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value as readonly string[];
  return refuse(`${property} is not a list, got ${JSON.stringify(value)}`, 'expected a list of texts');
}

function readConcurrency(value: unknown, refuse: Refuse): number | undefined {
  if (value === undefined) return undefined;
  const count = Number(value);
  if (!(Number.isInteger(count) && count >= 1))
    refuse(
      `ReservedConcurrentExecutions lets nothing run, got ${JSON.stringify(value)}`,
      'expected 1 or more, or none',
    );
  return count;
}

function toLayerWarning(arn: string): string {
  return `a layer is not here, got ${arn}, expected one of the app; what the function takes from it is missing`;
}

// CloudFormation would put the parameter or secret in place; the function would read the reference itself.
function toReferenceWarning([name, value]: readonly [string, string]): readonly string[] {
  const reference = /\{\{resolve:[^}]*\}\}/.exec(value)?.[0];
  if (reference === undefined) return [];
  return [`variable ${name} is not resolved here, got ${reference}; give it a value: --env ${name}=VALUE`];
}

/** Whether a variable leads an AWS SDK to a service: such ones come from outside alone, and every function gets them. */
export function isEndpointVariable(name: string): boolean {
  return /^AWS_ENDPOINT_URL(?:_[A-Z0-9_]+)?$/.test(name);
}

function readEnvironment(
  { properties, resolve, head }: Found,
  given: Readonly<Record<string, string>>,
  refuse: Refuse,
): { readonly environment: Readonly<Record<string, string>>; readonly warnings: readonly string[] } {
  const { Variables } = toMap('Environment', head(properties['Environment']), refuse);
  const declared = toMap('Environment.Variables', head(Variables), refuse);
  const warnings: string[] = [];
  // One by one, so that what cannot be resolved is named, and only if nothing stands in for it.
  const read = (key: string, each: unknown): unknown => {
    const remedy = `give the variable a value: --env ${key}=VALUE`;
    const onUnknown = (intrinsic: string, invented: string): void => {
      warnings.push(`variable ${key} is not known here, got ${intrinsic}, set to ${invented}; ${remedy}`);
    };
    return own(given, key) ?? resolve(each, { remedy, onUnknown });
  };
  const endpoints = Object.entries(given).filter(([key]) => isEndpointVariable(key));
  const environment = Object.fromEntries(
    Object.entries(declared)
      // The SDK would leave this machine, with no right to be where it goes.
      .filter(([key]) => !isEndpointVariable(key))
      .map(([key, each]): readonly [string, unknown] => [key, read(key, each)])
      .concat(endpoints)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  ) as Readonly<Record<string, string>>;
  const bytes = Buffer.byteLength(JSON.stringify(environment));
  if (bytes > maxEnvironmentBytes)
    refuse(`Environment is too large, got ${bytes} bytes as JSON`, `expected at most ${maxEnvironmentBytes}`);
  return { environment, warnings };
}

// Reads what `cdk synth` wrote: the stacks of the assembly, their templates, and where their assets lie.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LocalError } from '../local/error.ts';
import { takeInNested } from './nested-stacks.ts';

/** One resource of a template, its properties not resolved yet. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
}

/** The parts of a CloudFormation template that the local runner reads. */
export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Parameters?: Readonly<Record<string, { readonly Type?: unknown; readonly Default?: unknown }>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
}

/** One stack of the synthesized app, its nested stacks taken in. */
export interface Stack {
  readonly name: string;
  readonly template: Template;
  /** Asset folder by the object key under which it would be uploaded, absolute paths. */
  readonly assets: ReadonlyMap<string, string>;
}

interface Artifact {
  readonly type: string;
  readonly properties?: {
    readonly templateFile?: string;
    readonly stackName?: string;
    readonly file?: string;
    readonly directoryName?: string;
  };
}

interface AssetManifest {
  readonly files?: Readonly<
    Record<
      string,
      {
        readonly source: { readonly path?: string };
        readonly destinations: Readonly<Record<string, { readonly objectKey: string }>>;
      }
    >
  >;
}

/**
 * Reads all stacks of the cloud assembly in the folder `cdkOut`, nested stages included.
 * @throws {LocalError} `NO_CDK_OUT` naming the file that is missing or broken.
 */
export function readStacks(cdkOut: string): readonly Stack[] {
  const manifest = readJson(join(cdkOut, 'manifest.json')) as {
    readonly artifacts?: Readonly<Record<string, Artifact>>;
  };
  const artifacts = Object.entries(manifest.artifacts ?? {});
  const assets = new Map(
    artifacts.flatMap(([, { type, properties }]) =>
      type === 'cdk:asset-manifest' && properties?.file !== undefined
        ? readAssets(cdkOut, properties.file)
        : [],
    ),
  );
  return artifacts.flatMap(([id, { type, properties }]) => {
    if (type === 'cdk:cloud-assembly' && properties?.directoryName !== undefined) {
      return readStacks(resolve(cdkOut, properties.directoryName));
    }
    if (type !== 'aws:cloudformation:stack' || properties?.templateFile === undefined) return [];
    const template = takeInNested(readTemplate(resolve(cdkOut, properties.templateFile)), (key) =>
      readTemplate(assets.get(key) ?? resolve(cdkOut, key)),
    );
    return [{ name: properties.stackName ?? id, template, assets }];
  });
}

function readAssets(cdkOut: string, file: string): readonly (readonly [string, string])[] {
  const manifest = readJson(resolve(cdkOut, file)) as AssetManifest;
  return Object.values(manifest.files ?? {}).flatMap(({ source, destinations }) => {
    const { path } = source;
    if (path === undefined) return [];
    return Object.values(destinations).map(({ objectKey }) => [objectKey, resolve(cdkOut, path)] as const);
  });
}

function readJson(path: string): unknown {
  try {
    const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof parsed === 'object' && parsed !== null) return parsed;
    throw new TypeError('it holds no object');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LocalError(
      'NO_CDK_OUT',
      `no synthesized app, got ${path} (${reason}), expected what cdk writes there; run: npm run synth`,
      { cause },
    );
  }
}

function readTemplate(file: string): Template {
  const template = readJson(file) as Partial<Template>;
  // A template may hold anything; what has no type is no resource.
  const resources = Object.entries(template.Resources ?? {}).filter(
    ([, resource]: readonly [string, TemplateResource | null]) => typeof resource?.Type === 'string',
  );
  return { ...template, Resources: Object.fromEntries(resources) };
}

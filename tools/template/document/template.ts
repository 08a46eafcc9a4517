// Reads what `cdk synth` wrote: the stacks of the assembly, their templates, and where their assets lie.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LocalError } from '../../local/error.ts';
import { describeApp } from './app-kind.ts';
import { placeLegacyAssets, type LegacyMetadata } from './legacy-assets.ts';
import { takeInNested } from './nested-stacks.ts';
import { fromSam } from './sam.ts';
import type { Template, TemplateResource } from './template-document.ts';

/** One stack of the synthesized app, its nested stacks taken in. */
export interface Stack {
  readonly name: string;
  readonly template: Template;
  /** Asset folder by the object key under which it would be uploaded, absolute paths. */
  readonly assets: ReadonlyMap<string, string>;
}

interface Artifact {
  readonly type: string;
  readonly metadata?: LegacyMetadata;
  /** A file of such metadata. */
  readonly additionalMetadataFile?: string;
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
 * @throws {LocalError} `NO_CDK_OUT` naming the file that is missing or broken, or what the folder is instead.
 */
export function readStacks(cdkOut: string): readonly Stack[] {
  const artifacts = Object.entries(readManifest(cdkOut));
  const assets = new Map(
    artifacts.flatMap(([, { type, properties }]) =>
      type === 'cdk:asset-manifest' && properties?.file !== undefined
        ? readAssets(cdkOut, properties.file)
        : [],
    ),
  );
  return artifacts.flatMap(([id, artifact]) => {
    const { type, properties } = artifact;
    if (type === 'cdk:cloud-assembly' && properties?.directoryName !== undefined) {
      return readStacks(resolve(cdkOut, properties.directoryName));
    }
    if (type !== 'aws:cloudformation:stack' || properties?.templateFile === undefined) return [];
    const whole = takeInNested(readTemplate(resolve(cdkOut, properties.templateFile)), (key) =>
      readTemplate(assets.get(key) ?? resolve(cdkOut, key)),
    );
    const legacy = placeLegacyAssets(fromSam(whole), readMetadata(cdkOut, artifact), cdkOut);
    const all = new Map([...assets, ...legacy.assets]);
    return [{ name: properties.stackName ?? id, template: legacy.template, assets: all }];
  });
}

function readManifest(cdkOut: string): Readonly<Record<string, Artifact>> {
  const path = join(cdkOut, 'manifest.json');
  const manifest = existsSync(path) ? readJson(path) : {};
  const { artifacts } = manifest as { readonly artifacts?: Readonly<Record<string, Artifact>> };
  if (artifacts !== undefined) return artifacts;
  const { what, remedy } = describeApp(cdkOut);
  throw new LocalError(
    'NO_CDK_OUT',
    `no assembly of the CDK, got ${what} at ${cdkOut}, expected the folder that cdk synth writes; ${remedy}`,
  );
}

function readMetadata(cdkOut: string, { metadata, additionalMetadataFile: file }: Artifact): LegacyMetadata {
  const more = file === undefined ? {} : (readJson(resolve(cdkOut, file)) as LegacyMetadata);
  return { ...metadata, ...more };
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
      `no assembly of the CDK, got ${path} (${reason}), expected what cdk synth writes there; run npx cdk synth again`,
      { cause },
    );
  }
}

function readTemplate(file: string): Template {
  return toTemplate(readJson(file));
}

/** What was parsed, as a template: it may hold anything, and what has no type is no resource. A key of YAML with nothing behind it is null. */
export function toTemplate(parsed: unknown): Template {
  const template = parsed as Partial<Template>;
  const { Resources, Parameters, Outputs } = template;
  const resources = Object.entries(dropNull(Resources))
    .filter(([, { Type }]) => typeof Type === 'string')
    .map(([id, { Properties, ...rest }]): readonly [string, TemplateResource] => [
      id,
      { ...rest, Properties: Properties ?? {} },
    ]);
  return {
    ...template,
    Resources: Object.fromEntries(resources),
    Parameters: dropNull(Parameters),
    Outputs: dropNull(Outputs),
  };
}

function dropNull<T>(
  part: Readonly<Record<string, T | null>> | null | undefined,
): Readonly<Record<string, T>> {
  const entries = Object.entries(part ?? {}).filter(
    (entry): entry is [string, T & {}] => entry[1] !== null && entry[1] !== undefined,
  );
  return Object.fromEntries(entries);
}

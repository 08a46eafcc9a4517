// Assets as the CDK's version 1 has them, and version 2 with its legacy synthesizer: no manifest of theirs, but metadata of the stack,
// and template parameters for where each will be on S3.
import { resolve } from 'node:path';
import { own } from '../own-property.ts';
import type { Template } from './template-document.ts';

/** A stack's metadata in an assembly's manifest, by construct path. */
export type LegacyMetadata = Readonly<
  Record<string, readonly { readonly type: string; readonly data?: unknown }[]>
>;

interface LegacyAsset {
  readonly path: string;
  readonly id: string;
  readonly s3BucketParameter: string;
  readonly s3KeyParameter: string;
}

/** The template with values for such parameters, and the assets by the keys that result from them. */
export function placeLegacyAssets(
  template: Template,
  metadata: LegacyMetadata,
  cdkOut: string,
): { readonly template: Template; readonly assets: ReadonlyMap<string, string> } {
  const found = Object.values(metadata)
    .flat()
    .filter(({ type, data }) => type === 'aws:cdk:asset' && isLegacyAsset(data))
    .map(({ data }) => data as LegacyAsset)
    .filter(({ s3KeyParameter }) => own(template.Parameters, s3KeyParameter) !== undefined);
  if (found.length === 0) return { template, assets: new Map() };
  // The key is a prefix and a name with `||` between them; a template puts the two together.
  const values = found.flatMap(({ id, s3BucketParameter, s3KeyParameter }) => [
    [s3BucketParameter, { Type: 'String', Default: 'assets' }] as const,
    [s3KeyParameter, { Type: 'String', Default: `${id}||` }] as const,
  ]);
  return {
    template: { ...template, Parameters: { ...template.Parameters, ...Object.fromEntries(values) } },
    assets: new Map(found.map(({ id, path }) => [id, resolve(cdkOut, path)])),
  };
}

function isLegacyAsset(data: unknown): boolean {
  const { path, id, s3KeyParameter, s3BucketParameter } = (data ?? {}) as Partial<LegacyAsset>;
  return [path, id, s3KeyParameter, s3BucketParameter].every((each) => typeof each === 'string');
}

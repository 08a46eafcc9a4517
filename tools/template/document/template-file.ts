// A template that no CDK has written: one file, its code beside it as `sam build`, `aws cloudformation package` or the Serverless
// Framework have it.
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { LocalError } from '../../local/error.ts';
import { mapBranches } from './branches.ts';
import { fromSam } from './sam.ts';
import { parseTemplate } from './template-text.ts';
import { toTemplate, type Stack } from './template.ts';
import type { TemplateResource } from './template-document.ts';

/**
 * Reads one template; the stack is named after the file's folder.
 * @throws {LocalError} `NO_TEMPLATE` when it is none.
 */
export function readTemplateFile(file: string): Stack {
  const path = resolve(file);
  const template = fromSam(toTemplate(parseFile(path)));
  const folder = dirname(path);
  const assets = new Map<string, string>();
  const resources = Object.entries(template.Resources).map(
    ([id, resource]) => [id, withAsset(resource, folder, assets)] as const,
  );
  return {
    name: toStackName(folder),
    template: { ...template, Resources: Object.fromEntries(resources) },
    assets,
  };
}

function parseFile(path: string): unknown {
  try {
    const parsed = parseTemplate(readFileSync(path, 'utf8'));
    if (typeof parsed === 'object' && parsed !== null && 'Resources' in parsed) return parsed;
    throw new TypeError('it has no Resources');
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new LocalError(
      'NO_TEMPLATE',
      `no template, got ${path} (${reason}), expected CloudFormation's or SAM's in JSON or YAML; give its file`,
      { cause },
    );
  }
}

/** Notes where a function's or a layer's code is: a path beside the template, or a package of the same name as its object. */
function withAsset(
  resource: TemplateResource,
  folder: string,
  assets: Map<string, string>,
): TemplateResource {
  const property = { 'AWS::Lambda::Function': 'Code', 'AWS::Lambda::LayerVersion': 'Content' }[resource.Type];
  if (property === undefined || resource.Properties?.[property] === undefined) return resource;
  const code = mapBranches(resource.Properties[property], (branch) => {
    if (typeof branch === 'string') {
      const path = resolve(folder, branch);
      assets.set(path, path);
      return { S3Key: path };
    }
    const { S3Key: key } = (branch ?? {}) as { readonly S3Key?: unknown };
    if (typeof key === 'string' && existsSync(join(folder, basename(key))))
      assets.set(key, join(folder, basename(key)));
    return branch;
  });
  return { ...resource, Properties: { ...resource.Properties, [property]: code } };
}

/** The project's name: folders of builds are called alike everywhere. */
function toStackName(folder: string): string {
  const parts = folder.split(/[/\\]/);
  const name =
    parts.findLast((part) => part !== '' && !['.aws-sam', 'build', '.serverless'].includes(part)) ?? 'App';
  return name.replaceAll(/[^A-Za-z0-9-]/g, '-').replace(/^[^A-Za-z]+/, '') || 'App';
}

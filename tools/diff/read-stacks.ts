// Where the two templates come from: the assembly that `cdk synth` wrote; the deployed stack, by CloudFormation's own word, or a
// file or assembly that stands for it.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import {
  DiffError,
  flatten,
  parseTemplate,
  type StackResource,
  type StackResources,
} from './stack-template.ts';

const suffix = '.template.json';

/**
 * Names of the stacks of an assembly that are not nested.
 *
 * @throws DiffError `NO_TEMPLATE`
 */
export function listStacks(folder: string): readonly string[] {
  const names = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(suffix) && !name.endsWith(`.nested${suffix}`))
        .map((name) => name.slice(0, -suffix.length))
    : [];
  if (names.length > 0) return names;
  throw new DiffError(
    'NO_TEMPLATE',
    `no stack in ${folder}, got no file *${suffix}, expected an assembly; run cdk synth first`,
  );
}

/**
 * A stack's resources from an assembly's folder, or from a single file.
 *
 * @throws DiffError `NO_TEMPLATE`
 */
export function readStackFiles(path: string, name: string): Promise<StackResources> {
  const isFolder = existsSync(path) && statSync(path).isDirectory();
  const file = isFolder ? join(path, `${name}${suffix}`) : path;
  return flatten(readFile(file), (_, resource) => {
    const asset = resource.Metadata?.['aws:asset:path'] ?? findAsset(file, resource);
    const nested = typeof asset === 'string' ? join(dirname(file), asset) : undefined;
    return Promise.resolve(nested !== undefined && existsSync(nested) ? readFile(nested) : undefined);
  });
}

/** Where a nested stack's template lies, by its hash: an app that no CDK command line ran has no paths as metadata. */
function findAsset(file: string, { Properties }: StackResource): string | undefined {
  const manifest = file.replace(/\.template\.json$/, '.assets.json');
  const hash = /[0-9a-f]{64}(?=\.json)/.exec(JSON.stringify(Properties?.['TemplateURL'] ?? ''))?.[0];
  if (hash === undefined || !existsSync(manifest)) return undefined;
  const { files = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    readonly files?: Readonly<Record<string, { readonly source?: { readonly path?: string } }>>;
  };
  return files[hash]?.source?.path;
}

function readFile(file: string): Readonly<Record<string, StackResource>> {
  if (!existsSync(file))
    throw new DiffError(
      'NO_TEMPLATE',
      `no template at ${file}, got no such file, expected one; run cdk synth first`,
    );
  return parseTemplate(readFileSync(file, 'utf8'), file);
}

/**
 * A deployed stack's resources; undefined when there is no such stack.
 *
 * @throws DiffError `NO_STACK` when CloudFormation does not answer for it
 */
export async function readDeployedStack(
  client: CloudFormationClient,
  name: string,
): Promise<StackResources | undefined> {
  const { GetTemplateCommand, ListStackResourcesCommand } = await import('@aws-sdk/client-cloudformation');
  const read = async (stack: string): Promise<Readonly<Record<string, StackResource>>> => {
    const { TemplateBody = '' } = await client.send(
      new GetTemplateCommand({ StackName: stack, TemplateStage: 'Original' }),
    );
    return parseTemplate(TemplateBody, `the deployed stack ${stack}`);
  };
  try {
    const physicalIds = new Map<string, string>();
    const resources = await read(name);
    return await flatten(resources, async (id) => {
      if (physicalIds.size === 0) {
        for (let NextToken: string | undefined, isDone = false; !isDone;) {
          const page = await client.send(
            new ListStackResourcesCommand({ StackName: name, ...(NextToken && { NextToken }) }),
          );
          for (const { LogicalResourceId, PhysicalResourceId } of page.StackResourceSummaries ?? [])
            if (LogicalResourceId && PhysicalResourceId)
              physicalIds.set(LogicalResourceId, PhysicalResourceId);
          NextToken = page.NextToken;
          isDone = NextToken === undefined;
        }
      }
      const physical = physicalIds.get(id);
      return physical === undefined ? undefined : await read(physical);
    });
  } catch (error) {
    if (error instanceof DiffError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    if (/does not exist/i.test(message)) return undefined;
    throw new DiffError(
      'NO_STACK',
      `the deployed stack ${name} cannot be read, got ${message}, expected its template; check credentials and Region`,
      {
        cause: error,
      },
    );
  }
}

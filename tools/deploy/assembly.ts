// Copies of an assembly that differ from what was synthesized: without the resources that the local AWS does not know, and
// with other settings, so that a deployment has something to update. Its own file because a template is found by a
// hash of its content, which has to change with it.

import { createHash } from 'node:crypto';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { own } from '../template/own-property.ts';

/** A resource as it stands in a template. */
export interface EditableResource {
  readonly Type: string;
  Condition?: string;
  DependsOn?: string | string[];
  Properties?: Record<string, unknown>;
}

/** A template that may be changed in place. */
export interface EditableTemplate {
  Conditions?: Record<string, unknown>;
  Outputs?: Record<string, unknown>;
  readonly Resources: Record<string, EditableResource>;
}

/**
 * Copies the assembly `from` to the folder `to`, with each of its templates changed by `edit`. The CDK publishes a template
 * only when its hash is new: `label` goes into it, and so has to differ from edit to edit.
 */
export async function editAssembly(
  from: string,
  to: string,
  { label, edit }: { readonly label: string; readonly edit: (template: EditableTemplate) => void },
): Promise<void> {
  await cp(from, to, { recursive: true });
  const files = (await readdir(to, { recursive: true })).filter((file) => /^[^/]*\.json$/.test(file));
  const texts = new Map<string, string>();
  for (const file of files) texts.set(file, await readFile(join(to, file), 'utf8'));
  const hashes = [...texts].flatMap(([file, text]) =>
    file.endsWith('.assets.json') ? toTemplateHashes(text) : [],
  );
  for (const [file, text] of texts) {
    let edited = text;
    if (file.endsWith('.template.json')) {
      const template = JSON.parse(text) as EditableTemplate;
      edit(template);
      edited = JSON.stringify(template);
    }
    for (const hash of hashes) edited = edited.replaceAll(hash, toNewHash(hash, label));
    await writeFile(join(to, file), edited);
  }
}

interface AssetsFile {
  readonly files?: Readonly<Record<string, { readonly source: { readonly path?: string } }>>;
}

function toTemplateHashes(assets: string): readonly string[] {
  const { files = {} } = JSON.parse(assets) as AssetsFile;
  return Object.entries(files)
    .filter(([, { source }]) => source.path?.endsWith('.template.json') === true)
    .map(([hash]) => hash);
}

function toNewHash(hash: string, label: string): string {
  return createHash('sha256').update(`${hash} ${label}`).digest('hex');
}

const neverCondition = 'NotOnThisMachine';

/** Of a type that the local AWS knows, and yet refused by it. */
const refused: Readonly<Record<string, (properties: Readonly<Record<string, unknown>>) => boolean>> = {
  'AWS::CloudWatch::Alarm': ({ Metrics }) => Metrics !== undefined, // metric math (MiniStack 1.5.33)
};

/**
 * Gives every resource of a type outside `known`, or that is refused, a condition that never holds; returns their types, each as
 * often as it was found. Where others refer to such a resource stands an ARN or a name that nothing has.
 */
export function leaveOut(template: EditableTemplate, known: ReadonlySet<string>): readonly string[] {
  const unknown = Object.entries(template.Resources).filter(
    ([, { Type, Properties = {} }]) => !known.has(Type) || own(refused, Type)?.(Properties) === true,
  );
  if (unknown.length === 0) return [];
  const types = new Map(unknown.map(([id, { Type }]) => [id, Type]));
  for (const [id, resource] of Object.entries(template.Resources))
    if (!types.has(id)) Object.assign(resource, withStandIns(resource, types));
  if (template.Outputs !== undefined)
    template.Outputs = withStandIns(template.Outputs, types) as Record<string, unknown>;
  for (const [, resource] of unknown) resource.Condition = neverCondition;
  template.Conditions = { ...template.Conditions, [neverCondition]: { 'Fn::Equals': ['here', 'AWS'] } };
  return [...types.values()];
}

/** A template's value with names in place of references to the resources `types`. */
function withStandIns(value: unknown, types: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((each) => withStandIns(each, types));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref, 'Fn::GetAtt': attribute } = value as Readonly<Record<string, unknown>>;
  const [id = '', name] = (Array.isArray(attribute) ? attribute : [Ref]).map(String);
  const type = types.get(id);
  if (type !== undefined) return toStandIn(id, type, name);
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) =>
      key === 'DependsOn'
        ? [key, [each].flat().filter((on) => !types.has(String(on)))]
        : [key, withStandIns(each, types)],
    ),
  );
}

function toStandIn(id: string, type: string, attribute: string | undefined): string {
  const [, service = '', kind = ''] = type.toLowerCase().split('::');
  if (attribute !== 'Arn' && attribute !== undefined) return `${id}-${attribute}`;
  if (service !== 'msk') return id;
  return `arn:aws:kafka:us-east-1:000000000000:${kind}/${id}/00000000-0000-0000-0000-000000000000-0`;
}

/** Changes every function's memory size by 64 MB, and every mapping's batch size by half. */
export function changeSettings(template: EditableTemplate): void {
  for (const { Type, Properties = {} } of Object.values(template.Resources)) {
    if (Type === 'AWS::Lambda::Function') {
      const memoryMb = Number(Properties['MemorySize'] ?? 128);
      Properties['MemorySize'] = memoryMb + (memoryMb + 64 > 10_240 ? -64 : 64);
    }
    if (Type === 'AWS::Lambda::EventSourceMapping') {
      const batchSize = Number(Properties['BatchSize'] ?? 100);
      Properties['BatchSize'] = batchSize === 1 ? 2 : Math.floor(batchSize / 2);
    }
  }
}

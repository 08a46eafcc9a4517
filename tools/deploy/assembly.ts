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
  Properties?: Record<string, unknown>;
}

/** A template that may be changed in place. */
export interface EditableTemplate {
  Conditions?: Record<string, unknown>;
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
 * Gives every resource of a type outside `known`, or that is refused, a condition that never holds; returns their types, each as often as it was
 * found. Nothing else may refer to such a resource.
 */
export function leaveOut(template: EditableTemplate, known: ReadonlySet<string>): readonly string[] {
  const unknown = Object.values(template.Resources).filter(
    ({ Type, Properties = {} }) => !known.has(Type) || own(refused, Type)?.(Properties) === true,
  );
  for (const resource of unknown) resource.Condition = neverCondition;
  if (unknown.length > 0) {
    template.Conditions = { ...template.Conditions, [neverCondition]: { 'Fn::Equals': ['here', 'AWS'] } };
  }
  return unknown.map(({ Type }) => Type);
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

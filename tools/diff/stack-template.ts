// A template as the comparison sees it: its resources by path, those of nested stacks among them.

/** A resource as a template has it. */
export interface StackResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** Resources by `<logical id>`, or `<nested stack>/<logical id>`. */
export type StackResources = ReadonlyMap<string, StackResource>;

/** A template could not be read, or is not one. */
export class DiffError extends Error {
  override readonly name = 'DiffError';
  readonly code: 'NO_TEMPLATE' | 'NO_STACK';

  constructor(code: DiffError['code'], message: string, options: { readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
  }
}

/**
 * Reads a template's text.
 *
 * @throws DiffError `NO_TEMPLATE`
 */
export function parseTemplate(text: string, from: string): Readonly<Record<string, StackResource>> {
  try {
    const { Resources } = JSON.parse(text) as {
      readonly Resources?: Readonly<Record<string, StackResource>>;
    };
    if (typeof Resources === 'object' && Resources !== null) return Resources;
  } catch (error) {
    throw new DiffError(
      'NO_TEMPLATE',
      `${from} is not a template, got text that is not JSON, expected a template in JSON`,
      {
        cause: error,
      },
    );
  }
  throw new DiffError(
    'NO_TEMPLATE',
    `${from} is not a template, got no Resources, expected a CloudFormation template`,
  );
}

/** Resources of a template and of the nested ones that `readNested` finds, in order. */
export async function flatten(
  resources: Readonly<Record<string, StackResource>>,
  readNested: (
    id: string,
    resource: StackResource,
  ) => Promise<Readonly<Record<string, StackResource>> | undefined>,
): Promise<StackResources> {
  const all = new Map<string, StackResource>();
  for (const [id, resource] of Object.entries(resources)) {
    all.set(id, resource);
    if (resource.Type !== 'AWS::CloudFormation::Stack') continue;
    for (const [nested, each] of Object.entries((await readNested(id, resource)) ?? {}))
      all.set(`${id}/${nested}`, each);
  }
  return all;
}

/** The ids of the same template that a value refers to. */
export function findReferences(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(findReferences);
  const fields = value as Readonly<Record<string, unknown>>;
  const { Ref, 'Fn::GetAtt': attribute } = fields;
  if (typeof Ref === 'string') return [Ref];
  if (Array.isArray(attribute)) return [String(attribute[0])];
  return Object.values(fields).flatMap(findReferences);
}

// SAM's own resources, rewritten to the plain ones that its transform makes of them: functions with their Kafka events, layers and
// simple tables. Everything else stays as it is. Source: AWS SAM guide, "AWS SAM specification".
import { mapBranches } from './branches.ts';
import type { Template, TemplateResource } from './template-document.ts';

type Json = Readonly<Record<string, unknown>>;

/** The template without SAM; the same one where it has none. */
export function fromSam(template: Template): Template {
  const { Globals } = template as { readonly Globals?: Json | null };
  const resources = Object.entries(template.Resources).flatMap(([id, resource]) => {
    const rewrite = rewriters[resource.Type];
    return rewrite === undefined ? [[id, resource] as const] : rewrite(id, resource, Globals ?? {});
  });
  return { ...template, Resources: Object.fromEntries(resources) };
}

type Rewritten = readonly (readonly [id: string, resource: TemplateResource])[];

const rewriters: Readonly<
  Record<string, (id: string, resource: TemplateResource, globals: Json) => Rewritten>
> = {
  'AWS::Serverless::Function': rewriteFunction,
  'AWS::Serverless::LayerVersion': (id, resource) => {
    const { ContentUri, LayerName } = resource.Properties ?? {};
    const Properties = { Content: toLocation(ContentUri), ...(LayerName !== undefined && { LayerName }) };
    return [[id, { ...resource, Type: 'AWS::Lambda::LayerVersion', Properties }]];
  },
  'AWS::Serverless::SimpleTable': (id, resource) => {
    const { PrimaryKey, TableName } = resource.Properties ?? {};
    const { Name = 'id', Type = 'String' } = (PrimaryKey ?? {}) as {
      readonly Name?: string;
      readonly Type?: unknown;
    };
    const Properties = {
      KeySchema: [{ AttributeName: Name, KeyType: 'HASH' }],
      AttributeDefinitions: [
        { AttributeName: Name, AttributeType: typeof Type === 'string' ? Type.slice(0, 1) : Type },
      ],
      ...(TableName !== undefined && { TableName }),
    };
    return [[id, { ...resource, Type: 'AWS::DynamoDB::Table', Properties }]];
  },
};

function rewriteFunction(id: string, resource: TemplateResource, globals: Json): Rewritten {
  const own = resource.Properties ?? {};
  const { Events, CodeUri, InlineCode, ...properties } = merge((globals['Function'] ?? {}) as Json, own);
  const Code = InlineCode === undefined ? toLocation(CodeUri) : { ZipFile: InlineCode };
  const made = { ...resource, Type: 'AWS::Lambda::Function', Properties: { ...properties, Code } };
  const condition = resource.Condition === undefined ? {} : { Condition: resource.Condition };
  const mappings = Object.entries((Events ?? {}) as Json).flatMap(([name, event]) => {
    const { Type, Properties } = (event ?? {}) as { readonly Type?: string; readonly Properties?: Json };
    const source =
      Type === 'MSK'
        ? toMsk(Properties ?? {})
        : Type === 'SelfManagedKafka'
          ? toSelfManaged(Properties ?? {})
          : undefined;
    if (source === undefined) return [];
    const mapping = {
      Type: 'AWS::Lambda::EventSourceMapping',
      ...condition,
      Properties: { FunctionName: { Ref: id }, ...source },
    };
    return [[`${id}${name}`, mapping] as const];
  });
  return [[id, made], ...mappings];
}

function toMsk({ Stream, ConsumerGroupId, SchemaRegistryConfig, ...rest }: Json): Json {
  const group = toGroup(ConsumerGroupId, SchemaRegistryConfig);
  return { ...rest, EventSourceArn: Stream, ...(group && { AmazonManagedKafkaEventSourceConfig: group }) };
}

function toSelfManaged({
  KafkaBootstrapServers,
  ConsumerGroupId,
  SchemaRegistryConfig,
  ...rest
}: Json): Json {
  const group = toGroup(ConsumerGroupId, SchemaRegistryConfig);
  return {
    ...rest,
    SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers } },
    ...(group && { SelfManagedKafkaEventSourceConfig: group }),
  };
}

function toGroup(ConsumerGroupId: unknown, SchemaRegistryConfig: unknown): Json | undefined {
  if (ConsumerGroupId === undefined && SchemaRegistryConfig === undefined) return undefined;
  return {
    ...(ConsumerGroupId !== undefined && { ConsumerGroupId }),
    ...(SchemaRegistryConfig !== undefined && { SchemaRegistryConfig }),
  };
}

/** Where code is: a path beside the template, or an object on S3. */
function toLocation(uri: unknown): unknown {
  return mapBranches(uri, (branch) => {
    const { Bucket, Key } = (branch ?? {}) as { readonly Bucket?: unknown; readonly Key?: unknown };
    return Key === undefined ? branch : { S3Bucket: Bucket, S3Key: Key };
  });
}

/** SAM's rule for globals: maps are merged, lists put one behind the other, and any other value, an intrinsic too, is replaced. */
function merge(globals: Json, own: Json): Json {
  const names = [...new Set([...Object.keys(globals), ...Object.keys(own)])];
  return Object.fromEntries(
    names.map((name) => {
      const [below, above] = [globals[name], own[name]];
      if (above === undefined) return [name, below];
      if (Array.isArray(below) && Array.isArray(above))
        return [name, [...(below as unknown[]), ...(above as unknown[])]];
      return [name, isMap(below) && isMap(above) ? merge(below, above) : above];
    }),
  );
}

function isMap(value: unknown): value is Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const [name = '', ...others] = Object.keys(value);
  return others.length > 0 || !(name === 'Ref' || name.startsWith('Fn::'));
}

// The part of AWS Glue that a schema registry's users need, in memory, for @aws-sdk/client-glue with an endpoint of
// `http://127.0.0.1:<port>`: registries, schemas, their versions. It checks no signature and no compatibility.
// Source: https://docs.aws.amazon.com/glue/latest/webapi/API_Operations.html

import { randomUUID } from 'node:crypto';
import { startHttpService, type Answer, type HttpService, type Request } from './http-service.ts';

/** A running endpoint. */
export interface GlueEndpoint extends HttpService {
  /** Adds a version to a schema, which is made if need be; gives the version's UUID. */
  register(name: string, dataFormat: 'AVRO' | 'PROTOBUF' | 'JSON', definition: string): string;
}

interface Version {
  readonly id: string;
  readonly definition: string;
}

interface Schema {
  readonly arn: string;
  readonly dataFormat: string;
  readonly versions: Version[];
}

interface Content {
  /** `arn:aws:glue:<region>:<account>`. */
  readonly arnPrefix: string;
  readonly registries: Set<string>;
  /** Keyed `<registry>/<schema>`. */
  readonly schemas: Map<string, Schema>;
}

type Input = Readonly<Record<string, unknown>>;

class GlueRefusal extends Error {
  override readonly name = 'GlueRefusal';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const defaultRegistry = 'default-registry';

const operations: Readonly<Record<string, (content: Content, input: Input) => unknown>> = {
  CreateRegistry: createRegistry,
  CreateSchema: createSchema,
  RegisterSchemaVersion: registerVersion,
  GetSchemaVersion: getVersion,
};

/** Starts an endpoint on 127.0.0.1; `port` 0, the default, takes any that is free. `region` is the one in its ARNs. */
export async function startGlueEndpoint(port = 0, region = 'eu-central-1'): Promise<GlueEndpoint> {
  const arnPrefix = `arn:aws:glue:${region}:000000000000`;
  const content: Content = { arnPrefix, registries: new Set([defaultRegistry]), schemas: new Map() };
  const service = await startHttpService(
    'application/x-amz-json-1.1',
    (request) => answer(content, request),
    port,
  );
  return {
    ...service,
    register(name, dataFormat, definition) {
      const key = `${defaultRegistry}/${name}`;
      if (!content.schemas.has(key)) addSchema(content, key, dataFormat);
      return addVersion(content.schemas.get(key)!, definition).version.id;
    },
  };
}

function answer(content: Content, { headers, body }: Request): Answer {
  const target = String(headers['x-amz-target'] ?? '').replace(/^AWSGlue\./, '');
  try {
    const operation = operations[target];
    if (operation === undefined)
      throw new GlueRefusal('UnknownOperationException', `no operation ${target} in this endpoint`);
    return { status: 200, body: operation(content, (body ?? {}) as Input) };
  } catch (error) {
    if (!(error instanceof GlueRefusal)) throw error;
    return { status: 400, body: { __type: error.code, Message: error.message } };
  }
}

function createRegistry({ arnPrefix, registries }: Content, input: Input): unknown {
  const name = text(input, 'RegistryName');
  if (registries.has(name)) throw new GlueRefusal('AlreadyExistsException', `Registry ${name} exists`);
  registries.add(name);
  return { RegistryName: name, RegistryArn: `${arnPrefix}:registry/${name}` };
}

function createSchema(content: Content, input: Input): unknown {
  const name = text(input, 'SchemaName');
  const registry = registryOf(input['RegistryId'] as Input | undefined);
  if (!content.registries.has(registry)) throw notFound(`Registry ${registry}`);
  const key = `${registry}/${name}`;
  if (content.schemas.has(key)) throw new GlueRefusal('AlreadyExistsException', `Schema ${name} exists`);
  const schema = addSchema(content, key, text(input, 'DataFormat'));
  const shown = {
    RegistryName: registry,
    SchemaName: name,
    SchemaArn: schema.arn,
    DataFormat: schema.dataFormat,
  };
  if (input['SchemaDefinition'] === undefined) return { ...shown, SchemaStatus: 'AVAILABLE' };
  const { version } = addVersion(schema, text(input, 'SchemaDefinition'));
  return {
    ...shown,
    SchemaStatus: 'AVAILABLE',
    SchemaVersionId: version.id,
    SchemaVersionStatus: 'AVAILABLE',
  };
}

function registerVersion(content: Content, input: Input): unknown {
  const schema = findSchema(content, input['SchemaId'] as Input | undefined);
  const { version, number } = addVersion(schema, text(input, 'SchemaDefinition'));
  return { SchemaVersionId: version.id, VersionNumber: number, Status: 'AVAILABLE' };
}

function getVersion(content: Content, input: Input): unknown {
  const id = input['SchemaVersionId'];
  if (typeof id === 'string') {
    if (!/^[0-9a-f-]{36}$/i.test(id))
      throw new GlueRefusal('InvalidInputException', 'SchemaVersionId is no UUID');
    for (const schema of content.schemas.values()) {
      const index = schema.versions.findIndex((version) => version.id === id);
      if (index >= 0) return showVersion(schema, index);
    }
    throw notFound(`Schema version ${id}`);
  }
  const schema = findSchema(content, input['SchemaId'] as Input | undefined);
  const number = (input['SchemaVersionNumber'] ?? {}) as { LatestVersion?: boolean; VersionNumber?: number };
  const index = number.LatestVersion ? schema.versions.length - 1 : (number.VersionNumber ?? 0) - 1;
  if (!(index in schema.versions)) throw notFound('Schema version');
  return showVersion(schema, index);
}

function showVersion(schema: Schema, index: number): unknown {
  const { id, definition } = schema.versions[index]!;
  return {
    SchemaVersionId: id,
    SchemaDefinition: definition,
    DataFormat: schema.dataFormat,
    SchemaArn: schema.arn,
    VersionNumber: index + 1,
    Status: 'AVAILABLE',
  };
}

function addSchema({ arnPrefix, schemas }: Content, key: string, dataFormat: string): Schema {
  if (!['AVRO', 'PROTOBUF', 'JSON'].includes(dataFormat))
    throw new GlueRefusal(
      'InvalidInputException',
      `DataFormat ${dataFormat} is none of AVRO, PROTOBUF, JSON`,
    );
  const schema: Schema = { arn: `${arnPrefix}:schema/${key}`, dataFormat, versions: [] };
  schemas.set(key, schema);
  return schema;
}

/** A definition that the schema has already keeps its version. */
function addVersion(
  schema: Schema,
  definition: string,
): { readonly version: Version; readonly number: number } {
  let index = schema.versions.findIndex((version) => version.definition === definition);
  if (index < 0) index = schema.versions.push({ id: randomUUID(), definition }) - 1;
  return { version: schema.versions[index]!, number: index + 1 };
}

function findSchema({ schemas }: Content, id: Input = {}): Schema {
  const arn = id['SchemaArn'];
  const found =
    typeof arn === 'string'
      ? [...schemas.values()].find((schema) => schema.arn === arn)
      : schemas.get(`${registryOf(id)}/${text(id, 'SchemaName')}`);
  if (found) return found;
  throw notFound('Schema');
}

function registryOf(id: Input = {}): string {
  const byArn = /:registry\/(.+)$/.exec(typeof id['RegistryArn'] === 'string' ? id['RegistryArn'] : '')?.[1];
  if (byArn !== undefined) return byArn;
  return typeof id['RegistryName'] === 'string' ? id['RegistryName'] : defaultRegistry;
}

function text(input: Input, name: string): string {
  const value = input[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new GlueRefusal('InvalidInputException', `${name} is missing`);
}

function notFound(what: string): GlueRefusal {
  return new GlueRefusal('EntityNotFoundException', `${what} is not found.`);
}

// Schema registries: the one that a mapping validates records by before it calls the function, and the one that a
// handler's own formats ask. The poller acts as the function's role, so both are permissions of the same role.

import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ConsumerDefinition } from '../../lib/definition/define-consumer.ts';
import { toSecretArn } from '../source/source.ts';

/** What a mapping does with the records that it has found a schema for. */
interface Delivery {
  /**
   * `JSON`: the function gets JSON text in place of what was produced. `SOURCE`: it gets the bytes that were produced but
   * for the registry's prefix, and is told the schema's id.
   */
  readonly recordFormat: 'JSON' | 'SOURCE';
  /** Which parts of a record the registry's schemas are for, 1..2. Default the value. */
  readonly attributes?: readonly ('KEY' | 'VALUE')[];
}

/** AWS Glue Schema Registry, of the function's own account and Region: Lambda reaches no other. */
export interface GlueMappingRegistry extends Delivery {
  readonly type: 'glue';
  /** `arn:<partition>:glue:<region>:<account>:registry/<name>`, or a token that becomes one. */
  readonly registryArn: string;
}

interface ConfluentRegistry extends Delivery {
  /** `https://host` with port and path where it has them; without credentials. */
  readonly url: string;
  /** A secret whose `certificate` is the private CA that signed the registry's certificate. Default public CAs. */
  readonly rootCACertificate?: ISecret;
}

/** A Confluent Schema Registry, or one that speaks its API, that lets anybody read. */
export interface OpenConfluentMappingRegistry extends ConfluentRegistry {
  readonly type: 'confluent';
}

/** A Confluent Schema Registry with basic authentication or client certificates. */
export interface GuardedConfluentMappingRegistry extends ConfluentRegistry {
  readonly type: 'confluent-basic' | 'confluent-mtls';
  /** The secret with `username` and `password`, or with `certificate` and `privateKey`. */
  readonly secret: ISecret;
}

/** The registry by which a mapping validates records; a mapping has at most one. */
export type MappingRegistry =
  | GlueMappingRegistry
  | OpenConfluentMappingRegistry
  | GuardedConfluentMappingRegistry;

/**
 * The Confluent registry that a handler's `confluentRegistry()` asks. Glue's needs no telling: a definition with a
 * `glue()` format that fetches schemas gets the permission.
 */
export interface HandlerRegistry {
  /** Becomes `TAILRACE_SCHEMA_REGISTRY_URL`; without credentials. */
  readonly url: string;
  /**
   * A secret that the handler's `auth` may read; its full ARN becomes `TAILRACE_SCHEMA_REGISTRY_SECRET_ARN`. What is in it is
   * between the two. Default none.
   */
  readonly secret?: ISecret;
}

/** A mapping's `SchemaRegistryConfig`, in CloudFormation's own words. */
export interface SchemaRegistryConfig {
  readonly SchemaRegistryURI?: string;
  readonly EventRecordFormat?: string;
  readonly AccessConfigs?: readonly { readonly Type: string; readonly URI: string }[];
  readonly SchemaValidationConfigs?: readonly { readonly Attribute: string }[];
}

const secretTypes = {
  'confluent-basic': 'BASIC_AUTH',
  'confluent-mtls': 'CLIENT_CERTIFICATE_TLS_AUTH',
} as const;

/** How a mapping reaches and uses its registry. */
export function toRegistryConfig(registry: MappingRegistry): SchemaRegistryConfig {
  const access = [
    ...('secret' in registry
      ? [{ Type: secretTypes[registry.type], URI: toSecretArn(registry.secret) }]
      : []),
    ...(registry.type === 'glue' || registry.rootCACertificate === undefined
      ? []
      : [{ Type: 'SERVER_ROOT_CA_CERTIFICATE', URI: toSecretArn(registry.rootCACertificate) }]),
  ];
  return {
    SchemaRegistryURI: registry.type === 'glue' ? registry.registryArn : registry.url,
    EventRecordFormat: registry.recordFormat,
    ...(access.length === 0 ? {} : { AccessConfigs: access }),
    SchemaValidationConfigs: (registry.attributes ?? ['VALUE']).map((Attribute) => ({ Attribute })),
  };
}

/** What the mapping's registry and the handler's formats take, together. */
export function registryStatements(
  definition: ConsumerDefinition,
  mapping: MappingRegistry | undefined,
  handler: HandlerRegistry | undefined,
): PolicyStatement[] {
  const ofGlue = mapping?.type === 'glue' ? [mapping.registryArn] : [];
  const confluent = mapping === undefined || mapping.type === 'glue' ? undefined : mapping;
  const guarded = confluent !== undefined && 'secret' in confluent ? confluent : undefined;
  const secrets = [guarded?.secret, confluent?.rootCACertificate, handler?.secret].filter(
    (each) => each !== undefined,
  );
  return [
    ...toStatement('FindSchemaRegistry', 'glue:GetRegistry', ofGlue),
    // Asked by a version's id, as framed records name it, Glue knows no resource that a policy could name: its guide
    // grants it on * ("IAM examples for deserializers"), and a narrower one is denied (aws-glue-schema-registry issue 68).
    ...toStatement(
      'ReadSchemas',
      'glue:GetSchemaVersion',
      ofGlue.length > 0 || fetchesFromGlue(definition) ? ['*'] : [],
    ),
    ...toStatement('ReadRegistryCredentials', 'secretsmanager:GetSecretValue', secrets.map(toSecretArn)),
    ...toStatement(
      'DecryptRegistryCredentials',
      'kms:Decrypt',
      secrets.flatMap(({ encryptionKey }) => encryptionKey?.keyArn ?? []),
    ),
  ];
}

/** What tells a handler's `confluentRegistry()` where its registry is. */
export function toRegistryEnvironment(registry: HandlerRegistry | undefined): Record<string, string> {
  if (registry === undefined) return {};
  const { url, secret } = registry;
  return {
    TAILRACE_SCHEMA_REGISTRY_URL: url,
    ...(secret === undefined ? {} : { TAILRACE_SCHEMA_REGISTRY_SECRET_ARN: toSecretArn(secret) }),
  };
}

/** Whether a format of the definition fetches schemas from Glue; `glue json` reads without one. */
function fetchesFromGlue({ value, key }: ConsumerDefinition): boolean {
  return [value, key].some((format) => format !== undefined && /^glue (avro|protobuf)$/.test(format.name));
}

function toStatement(sid: string, action: string, resources: readonly string[]): PolicyStatement[] {
  const named = [...new Set(resources)];
  return named.length === 0 ? [] : [new PolicyStatement({ sid, actions: [action], resources: named })];
}

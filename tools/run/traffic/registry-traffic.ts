// Traffic for mappings that read by a schema registry: each record names a schema, in a registry on this machine that has it. Its
// own file, because what is sent is planned without any registry.

import { isDeepStrictEqual } from 'node:util';
import { AlreadyExistsException, CreateRegistryCommand, CreateSchemaCommand } from '@aws-sdk/client-glue';
import type { AwsClients } from '../../aws/clients.ts';
import type { RegistryConfig } from '../../local/mapping/registry-config.ts';
import { startConfluentServer, type ConfluentServer } from '../../registry/confluent-server.ts';
import type { Framing } from '../../traffic/framing.ts';
import type { TrafficRecord } from '../../traffic/record.ts';
import type { TopicPlan } from './traffic-plan.ts';

/** A mapping, as far as its registry goes. */
export interface RegistryReader {
  readonly topic: string;
  readonly registry?: RegistryConfig;
}

/** Traffic that names its schemas, and what stands in for the registries meanwhile. */
export interface RegistryTraffic {
  readonly plans: readonly TopicPlan[];
  /** Confluent registry in place of those that mappings name; undefined: theirs. */
  readonly registryUrl: string | undefined;
  /** Whether Glue registries of any account are the local one. */
  readonly isGlueLocal: boolean;
  readonly close: () => Promise<void>;
}

/** A schema that the values of a topic fit. */
interface Schema {
  readonly dataFormat: 'JSON' | 'AVRO';
  readonly definition: string;
}

const anyJson: Schema = { dataFormat: 'JSON', definition: '{"title":"any JSON"}' };

/**
 * Fills registries on this machine for what is planned to be sent. A plan whose records no schema can be named for
 * becomes one that sends nothing, and says why.
 */
export async function frameTraffic(
  plans: readonly TopicPlan[],
  readers: readonly RegistryReader[],
  glue: AwsClients['glue'],
): Promise<RegistryTraffic> {
  let confluent: Promise<ConfluentServer> | undefined;
  let isGlueLocal = false;
  const register = async (config: RegistryConfig, subject: string, schema: Schema): Promise<string> => {
    if (config.type === 'glue') {
      isGlueLocal = true;
      return await registerInGlue(glue, config.uri, subject, schema);
    }
    confluent ??= startConfluentServer();
    const { dataFormat: schemaType, definition } = schema;
    return String((await confluent).register(subject, { schemaType, schema: definition }));
  };
  const framed: TopicPlan[] = [];
  for (const plan of plans) framed.push(await framePlan(plan, readers, register));
  const server = await confluent;
  return {
    plans: framed,
    registryUrl: server?.url,
    isGlueLocal,
    close: async () => await server?.close(),
  };
}

type Register = (config: RegistryConfig, subject: string, schema: Schema) => Promise<string>;

async function framePlan(
  plan: TopicPlan,
  readers: readonly RegistryReader[],
  register: Register,
): Promise<TopicPlan> {
  const { topic, records } = plan;
  const configs = readers.filter((each) => each.topic === topic).map(({ registry }) => registry);
  const [config] = configs;
  if (records === undefined || configs.every((each) => each === undefined)) return plan;
  const nothing = (why: string): TopicPlan => ({
    ...plan,
    records: undefined,
    line: `${plan.consumers.join(', ')}: nothing is sent, ${why}; send records that name their schemas yourself, with --records 0`,
  });
  if (config === undefined || !configs.every((each) => isSameRegistry(each, config)))
    return nothing(`mappings read ${topic} by different registries`);
  const valueSchema = config.attributes.includes('VALUE') ? toSchema(plan) : anyJson;
  if (valueSchema === undefined)
    return nothing('its mapping reads by a schema registry, and its definition tells no schema');
  const ids: Partial<Record<'KEY' | 'VALUE', string>> = {};
  for (const attribute of config.attributes) {
    const subject = `${topic}-${attribute.toLowerCase()}`;
    ids[attribute] = await register(config, subject, attribute === 'KEY' ? anyJson : valueSchema);
  }
  const framing: Framing = { type: config.type, keySchema: ids.KEY, valueSchema: ids.VALUE };
  const named = config.attributes.map((attribute) => (attribute === 'KEY' ? 'keys' : 'values')).join(' and ');
  const where = config.type === 'glue' ? 'Glue registry' : 'Confluent registry';
  return {
    ...plan,
    framing,
    records: ids.KEY === undefined ? records : () => withJsonKeys(records()),
    line: `${plan.line}; ${named} with a schema of a ${where} on this machine`,
  };
}

function isSameRegistry(one: RegistryConfig | undefined, other: RegistryConfig): boolean {
  return (
    one?.type === other.type && isDeepStrictEqual(one.attributes.toSorted(), other.attributes.toSorted())
  );
}

/** Undefined where the values may be anything, which no schema says. */
function toSchema({ definition }: TopicPlan): Schema | undefined {
  const shape = definition?.value?.shape;
  if (definition === undefined || shape?.kind === 'json') return anyJson;
  return shape?.kind === 'avro'
    ? { dataFormat: 'AVRO', definition: JSON.stringify(shape.schema) }
    : undefined;
}

async function registerInGlue(
  glue: AwsClients['glue'],
  registryArn: string,
  SchemaName: string,
  { dataFormat: DataFormat, definition: SchemaDefinition }: Schema,
): Promise<string> {
  const RegistryName = registryArn.slice(registryArn.indexOf(':registry/') + ':registry/'.length);
  await glue.send(new CreateRegistryCommand({ RegistryName })).catch((error: unknown) => {
    if (!(error instanceof AlreadyExistsException)) throw error;
  });
  const { SchemaVersionId } = await glue.send(
    new CreateSchemaCommand({
      RegistryId: { RegistryName },
      SchemaName: `sent-to-${SchemaName}`, // the app may have one of the topic's name
      DataFormat,
      Compatibility: 'NONE',
      SchemaDefinition,
    }),
  );
  if (SchemaVersionId === undefined) throw new Error(`the local Glue gave ${SchemaName} no version`);
  return SchemaVersionId;
}

/** A key that is read by a JSON schema is JSON. */
function* withJsonKeys(records: Iterable<TrafficRecord>): Generator<TrafficRecord> {
  for (const record of records) {
    const key = record.key === null ? null : Buffer.from(record.key as string);
    yield { ...record, key: key === null || isJson(key) ? key : Buffer.from(JSON.stringify(String(key))) };
  }
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false; // text
  }
}

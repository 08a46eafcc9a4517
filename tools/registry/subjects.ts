// The content of a Confluent Schema Registry: subjects, their versions, and schemas with ids that are the same wherever
// the same schema is registered. Own file: none of it knows of HTTP.

import { parseAvroSchema } from '../../lib/format/avro/schema.ts';
import { parseProto } from '../../lib/format/protobuf/schema/source.ts';

/** A reference to a version of another subject. */
export interface SchemaReference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

/** What is registered. */
export interface Registration {
  readonly schema: string;
  /** Default `AVRO`, as in the API. */
  readonly schemaType?: 'AVRO' | 'PROTOBUF' | 'JSON';
  readonly references?: readonly SchemaReference[];
}

/** A request that the registry refuses, with the API's own error code: the status times 100, plus a detail. */
export class RegistryRefusal extends Error {
  override readonly name = 'RegistryRefusal';
  /** Such as 40403. */
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** A schema as the API shows it: the type is left out for Avro, references when there are none. */
export type ShownSchema = Readonly<Record<string, unknown>>;

/** The registry's content. Each function throws a RegistryRefusal for what is not there. */
export interface Subjects {
  names(): readonly string[];
  /** Gives the id; a schema that is registered already keeps its own. */
  register(subject: string, registration: Registration): number;
  versions(subject: string): readonly number[];
  /** `version` is a number or `latest`. */
  version(subject: string, version: string): ShownSchema;
  lookUp(subject: string, registration: Registration): ShownSchema;
  schema(id: string): ShownSchema;
}

/** Starts an empty registry. */
export function createSubjects(): Subjects {
  const schemas: Registration[] = [];
  const subjects = new Map<string, number[]>();

  const versionsOf = (subject: string): number[] => {
    const ids = subjects.get(subject);
    if (ids) return ids;
    throw new RegistryRefusal(40_401, `Subject '${subject}' not found.`);
  };
  const versionAt = (subject: string, version: number): number => {
    const id = versionsOf(subject)[version - 1];
    if (id !== undefined) return id;
    throw new RegistryRefusal(40_402, `Version ${version} not found.`);
  };
  const findId = (registration: Registration): number =>
    schemas.findIndex((each) => isSame(each, registration)) + 1;
  const show = (subject: string, version: number): ShownSchema => {
    const id = versionAt(subject, version);
    return { subject, version, id, ...toShown(schemas[id - 1]!) };
  };

  return {
    names: () => [...subjects.keys()],
    register(subject, registration) {
      check(
        registration,
        collect(registration, (name, version) => schemas[versionAt(name, version) - 1]!),
      );
      const known = findId(registration);
      const id = known > 0 ? known : schemas.push(registration);
      const ids = subjects.get(subject) ?? [];
      subjects.set(subject, ids);
      if (!ids.includes(id)) ids.push(id);
      return id;
    },
    versions: (subject) => versionsOf(subject).map((_, index) => index + 1),
    version: (subject, version) =>
      show(subject, version === 'latest' ? versionsOf(subject).length : toVersion(version)),
    lookUp(subject, registration) {
      const version = versionsOf(subject).indexOf(findId(registration)) + 1;
      if (version > 0) return show(subject, version);
      throw new RegistryRefusal(40_403, 'Schema not found');
    },
    schema(id) {
      const found = schemas[Number(id) - 1];
      if (found) return toShown(found);
      throw new RegistryRefusal(40_403, `Schema ${id} not found`);
    },
  };
}

function toVersion(text: string): number {
  const version = Number(text);
  if (Number.isSafeInteger(version) && version > 0) return version;
  throw new RegistryRefusal(42_202, `The specified version '${text}' is not a valid version id.`);
}

function toShown({ schema, schemaType = 'AVRO', references = [] }: Registration): ShownSchema {
  return {
    ...(schemaType !== 'AVRO' && { schemaType }),
    schema,
    ...(references.length > 0 && { references }),
  };
}

function isSame(one: Registration, other: Registration): boolean {
  return JSON.stringify(toShown(one)) === JSON.stringify(toShown(other));
}

/** What a schema refers to, each before those that need it. */
function collect(
  registration: Registration,
  find: (subject: string, version: number) => Registration,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const add = ({ references = [] }: Registration): void => {
    for (const { name, subject, version } of references) {
      const found = find(subject, version);
      add(found);
      texts.set(name, found.schema);
    }
  };
  add(registration);
  return texts;
}

function check({ schema, schemaType = 'AVRO' }: Registration, references: ReadonlyMap<string, string>): void {
  try {
    if (schemaType === 'AVRO') parseAvroSchema(schema, [...references.values()]);
    else if (schemaType === 'PROTOBUF') parseProto(schema, references);
    else JSON.parse(schema);
  } catch (error) {
    throw new RegistryRefusal(
      42_201,
      `Invalid schema: ${error instanceof Error ? error.message : 'unreadable'}`,
    );
  }
}

// A serialized FileDescriptorProto in base64, as which Python's client registers its schemas and some registries give them back, written
// as the .proto text that it stands for. Read with our own decoder: protobufjs's reader of descriptors would be 95 KB in every
// bundle that reads registered Protobuf.
// Source: github.com/protocolbuffers/protobuf, src/google/protobuf/descriptor.proto

import protobuf from 'protobufjs';
import { SchemaError } from '../../schema/schema-error.ts';
import { ValueMemory } from '../../bounds/value-memory.ts';
import { createProtobufDecoder } from '../wire/decoder.ts';
import { ProtobufInput } from '../wire/input.ts';

/** What of descriptors decides how bytes are read. */
const schema = `syntax = "proto2"; package d;
message File { optional string package = 2; repeated string dependency = 3; repeated Message message_type = 4;
  repeated Enum enum_type = 5; repeated Field extension = 7; optional FileOptions options = 8; optional string syntax = 12;
  optional int32 edition = 14; }
message Message { optional string name = 1; repeated Field field = 2; repeated Message nested_type = 3;
  repeated Enum enum_type = 4; repeated Range extension_range = 5; repeated Field extension = 6;
  optional MessageOptions options = 7; repeated Oneof oneof_decl = 8; }
message Range { optional int32 start = 1; optional int32 end = 2; }
message Oneof { optional string name = 1; }
message Field { optional string name = 1; optional string extendee = 2; optional int32 number = 3; optional int32 label = 4;
  optional int32 type = 5; optional string type_name = 6; optional FieldOptions options = 8; optional int32 oneof_index = 9;
  optional bool proto3_optional = 17; }
message Enum { optional string name = 1; repeated Value value = 2; optional EnumOptions options = 3; }
message Value { optional string name = 1; optional int32 number = 2; }
message FileOptions { optional Features features = 50; }
message MessageOptions { optional bool map_entry = 7; optional Features features = 12; }
message FieldOptions { optional bool packed = 2; optional Features features = 21; }
message EnumOptions { optional bool allow_alias = 2; optional Features features = 7; }
message Features { optional Presence field_presence = 1; optional Openness enum_type = 2;
  optional Encoding repeated_field_encoding = 3; optional MessageEncoding message_encoding = 5; }
enum Presence { EXPLICIT = 1; IMPLICIT = 2; LEGACY_REQUIRED = 3; }
enum Openness { OPEN = 1; CLOSED = 2; }
enum Encoding { PACKED = 1; EXPANDED = 2; }
enum MessageEncoding { LENGTH_PREFIXED = 1; DELIMITED = 2; }`;

interface Options {
  readonly features?: Readonly<Record<string, string>>;
  readonly packed?: boolean;
  readonly map_entry?: boolean;
  readonly allow_alias?: boolean;
}
interface Field {
  readonly name: string;
  readonly extendee?: string;
  readonly number: number;
  readonly label?: number;
  readonly type?: number;
  readonly type_name?: string;
  readonly options?: Options;
  readonly oneof_index?: number;
  readonly proto3_optional?: boolean;
}
interface Enum {
  readonly name: string;
  readonly value: readonly { readonly name: string; readonly number: number }[];
  readonly options?: Options;
}
interface Scope {
  readonly enum_type: readonly Enum[];
  readonly extension: readonly Field[];
  readonly options?: Options;
}
interface Message extends Scope {
  readonly name: string;
  readonly field: readonly Field[];
  readonly nested_type: readonly Message[];
  readonly extension_range: readonly { readonly start: number; readonly end: number }[];
  readonly oneof_decl: readonly { readonly name: string }[];
}
interface File extends Scope {
  readonly package?: string;
  readonly dependency: readonly string[];
  readonly message_type: readonly Message[];
  readonly syntax?: string;
  readonly edition?: number;
}

const groupType = 10;
/** By `FieldDescriptorProto.Type`; groups, messages and enums have names. */
const types =
  ' double float int64 uint64 int32 fixed64 fixed32 bool string   bytes uint32  sfixed32 sfixed64 sint32 sint64'.split(
    ' ',
  );
const labels = ['', 'optional', 'required', 'repeated'];
const maxFieldNumber = 536_870_911;

/** The text of a schema: what it is, or what its base64 stands for. @throws SchemaError `INVALID_SCHEMA` */
export function toProtoText(text: string): string {
  const trimmed = text.trim();
  // .proto text has spaces and semicolons.
  if (trimmed.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(trimmed)) return text;
  return printFile(readFile(Buffer.from(trimmed, 'base64')));
}

let decode: ((input: ProtobufInput) => unknown) | undefined;

function readFile(bytes: Buffer): File {
  const { root } = protobuf.parse(schema, { keepCase: true });
  decode ??= createProtobufDecoder(root.resolveAll().lookupType('d.File'), {
    longs: 'number',
    wellKnownTypes: false,
  });
  try {
    return decode(
      new ProtobufInput(bytes, {
        topic: '',
        part: 'value',
        maxBytes: bytes.length,
        memory: new ValueMemory(maxHeapBytes),
        schemaMetadata: undefined,
        header: () => undefined,
      }),
    ) as File;
  } catch (cause) {
    throw new SchemaError('INVALID_SCHEMA', 'schema is base64, but of no serialized FileDescriptorProto', {
      cause,
    });
  }
}

const maxHeapBytes = 67_108_864;

function printFile(file: File): string {
  const { syntax, edition } = file;
  return [
    edition === undefined ? `syntax = "${syntax || 'proto2'}";` : `edition = "${toEdition(edition)}";`,
    file.package ? `package ${file.package};` : '',
    ...file.dependency.map((path) => `import "${path}";`),
    ...toFeatures(file.options).map((feature) => `option ${feature};`),
    ...file.message_type.map((message) => printMessage(message, syntax)),
    ...printScope(file, syntax),
  ].join('\n');
}

/** EDITION_2023 is 1000, and so on. */
function toEdition(edition: number): string {
  return String(edition + 1023);
}

function printScope({ enum_type: enums, extension }: Scope, syntax: string | undefined): readonly string[] {
  return [
    ...enums.map(printEnum),
    ...extension.map((field) => `extend ${field.extendee} { ${printField(field, [], syntax)} }`),
  ];
}

function printMessage(message: Message, syntax: string | undefined): string {
  const { name, nested_type: nested } = message;
  // protobufjs writes extensions among the fields, too, by a name that no field has.
  const fields = message.field.filter(({ name: each }) => !each.startsWith('.'));
  const oneofs = message.oneof_decl.map(({ name: oneof }, index) => {
    const members = fields.filter((field) => !isOwn(field) && field.oneof_index === index);
    return members.length === 0
      ? ''
      : `oneof ${oneof} { ${members.map((each) => printField({ ...each, label: 0 }, nested, syntax)).join(' ')} }`;
  });
  const groups = new Set(fields.filter(({ type }) => type === groupType).map(bareType));
  return [
    `message ${name} {`,
    ...(message.options?.map_entry === true ? ['option map_entry = true;'] : []),
    ...toFeatures(message.options).map((feature) => `option ${feature};`),
    ...nested.filter((each) => !groups.has(each.name)).map((each) => printMessage(each, syntax)),
    ...fields.filter(isOwn).map((field) => printField(field, nested, syntax)),
    ...oneofs,
    ...message.extension_range.map(
      ({ start, end }) => `extensions ${start} to ${Math.min(end - 1, maxFieldNumber)};`,
    ),
    ...printScope(message, syntax),
    '}',
  ].join('\n');
}

function bareType({ type_name: name = '' }: Field): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** Not of a oneof; one of a single field that is `optional` is the compiler's. */
function isOwn(field: Field): boolean {
  return field.oneof_index === undefined || field.proto3_optional === true;
}

function printField(field: Field, nested: readonly Message[], syntax: string | undefined): string {
  const { number, label = 0, type = 0, type_name: typeName, options, proto3_optional: isOptional } = field;
  const isPlain = label === 1 && syntax !== undefined && syntax !== 'proto2' && isOptional !== true;
  const start = isPlain ? '' : labels[label];
  const settings = [
    ...(options?.packed === undefined ? [] : [`packed = ${options.packed}`]),
    ...toFeatures(options),
  ];
  const end = `= ${number}${settings.length > 0 ? ` [${settings.join(', ')}]` : ''}`;
  if (type === groupType) {
    const group = nested.find(({ name }) => name === bareType(field));
    if (group !== undefined) {
      const body = printMessage(group, syntax);
      return `${start} group ${group.name} ${end} ${body.slice(body.indexOf('{'))}`;
    }
  }
  return `${start} ${typeName ?? types[type]} ${field.name} ${end};`;
}

function printEnum({ name, value: values, options }: Enum): string {
  const alias = options?.allow_alias === true ? 'option allow_alias = true;' : '';
  const features = toFeatures(options).map((feature) => `option ${feature};`);
  const parts = values.map((value) => `${value.name} = ${value.number};`);
  return `enum ${name} { ${[alias, ...features, ...parts].join(' ')} }`;
}

function toFeatures(options: Options | undefined): readonly string[] {
  return Object.entries(options?.features ?? {}).map(([name, value]) => `features.${name} = ${value}`);
}

// A message type -> one function that turns bytes into a plain object, made once per type. protobufjs reads the .proto
// text; its decoder is not used, because it has no bound on what a value grows to (154 MB from 1 MB, Node 24, 2026) and
// gives views of the scratch, hashed keys of maps and objects for 64-bit integers.
// Source: https://protobuf.dev/programming-guides/encoding/

import protobuf from 'protobufjs';
import { createBlank, objectBytes } from '../../bounds/plain-object.ts';
import { SchemaError } from '../../schema/schema-error.ts';
import { readMap, readMessage, readOneofMember, readRepeated, readScalar } from './field.ts';
import { wire, type ProtobufInput } from './input.ts';
import { fieldsOf } from '../schema/shards.ts';
import { present, type Gathered, type MessagePlan, type ReadField } from './message.ts';
import { enumScalar, toScalar, type Longs, type Scalar } from './scalar.ts';
import { wellKnown } from './well-known.ts';

/** How values are shown. */
export interface ProtobufShow {
  readonly longs: Longs;
  readonly wellKnownTypes: boolean;
}

interface Context {
  readonly show: ProtobufShow;
  /** What is made or being made: a message that contains itself finds itself here. */
  readonly plans: Map<protobuf.Type, MessagePlan>;
}

/** Makes the decoder of one message type. @throws SchemaError `INVALID_SCHEMA` */
export function createProtobufDecoder(
  type: protobuf.Type,
  show: ProtobufShow,
): (input: ProtobufInput) => unknown {
  const context: Context = { show, plans: new Map() };
  const plan = toPlan(type, context);
  // A map gives what is added to it meanwhile, so this ends with the last type that can be reached.
  for (const [each, made] of context.plans) complete(made, each, context);
  markPresented([...context.plans.values()]);
  return (input) => {
    input.charge(plan.heapBytes);
    const message = plan.create();
    plan.readFields(input, message, undefined);
    return present(plan, input, message);
  };
}

/** Marks those that are shown otherwise than they are gathered, or that hold such ones: from the inside out. */
function markPresented(plans: readonly MessagePlan[]): void {
  const holders = new Map<MessagePlan, MessagePlan[]>();
  for (const plan of plans) {
    for (const { plan: part } of plan.parts) {
      const known = holders.get(part);
      if (known) known.push(plan);
      else holders.set(part, [plan]);
    }
  }
  const marked = plans.filter(({ show }) => show !== undefined);
  for (const plan of marked) {
    if (plan.isPresented) continue;
    plan.isPresented = true;
    marked.push(...(holders.get(plan) ?? []));
  }
}

/** The plan of a type, made or to be made: what is reached is made one after the other, however deep it lies. */
function toPlan(type: protobuf.Type, context: Context): MessagePlan {
  const known = context.plans.get(type);
  if (known) return known;
  const plan: MessagePlan = {
    create: () => ({}),
    readFields: () => undefined,
    heapBytes: 0,
    parts: [],
    show: context.show.wellKnownTypes ? wellKnown(type.fullName) : undefined,
    isPresented: false,
  };
  context.plans.set(type, plan);
  return plan;
}

function complete(plan: MessagePlan, type: protobuf.Type, context: Context): void {
  const shape: Shape = { blank: [], lists: [], maps: [] };
  const fields = new Map<number, ReadField>();
  const required: string[] = [];
  const resolved = fieldsOf(type).map((each) => each.resolve());
  const oneofs = membersByOneof(resolved);
  for (const field of resolved) {
    if (nameOf(field) === '__proto__')
      throw new SchemaError('INVALID_SCHEMA', `${type.fullName} has a field __proto__; rename it`);
    fields.set(field.id, toFieldReader(field, { context, plan, shape, oneofs }));
    if (field.required) required.push(nameOf(field));
  }
  const { blank, lists, maps } = shape;
  const containers = [...lists, ...maps].map((name) => [name, null] as const);
  const createFields = createBlank([...blank, ...containers]);
  plan.create = () => {
    const message: Gathered = createFields();
    for (const name of lists) message[name] = [];
    for (const name of maps) message[name] = {};
    return message;
  };
  plan.heapBytes = objectBytes(blank.length + containers.length) + 32 * lists.length + 56 * maps.length;
  plan.readFields = readAllFields(fields, required);
}

/** The names of the fields of each oneof. */
function membersByOneof(fields: readonly protobuf.Field[]): ReadonlyMap<string, readonly string[]> {
  const members = new Map<string, string[]>();
  for (const field of fields) {
    if (!field.partOf) continue;
    const known = members.get(field.partOf.name);
    if (known) known.push(nameOf(field));
    else members.set(field.partOf.name, [nameOf(field)]);
  }
  return members;
}

/** What a message has before any of its fields is read. */
interface Shape {
  readonly blank: (readonly [name: string, value: unknown])[];
  readonly lists: string[];
  readonly maps: string[];
}

function readAllFields(
  fields: ReadonlyMap<number, ReadField>,
  required: readonly string[],
): MessagePlan['readFields'] {
  return (input, into, groupTag) => {
    input.enter();
    const endTag = groupTag === undefined ? undefined : groupTag + 1;
    for (;;) {
      if (endTag === undefined && input.left === 0) break;
      const tag = input.readTag();
      if (tag === endTag) break;
      const read = fields.get(tag >>> 3);
      if (read) read(input, into, tag);
      else input.skip(tag);
    }
    for (const name of required) {
      if (!Object.hasOwn(into, name))
        throw input.fault('SCHEMA_MISMATCH', `no field ${name}, which is required`);
    }
    input.leave();
  };
}

interface Surroundings {
  readonly context: Context;
  readonly plan: MessagePlan;
  readonly shape: Shape;
  readonly oneofs: ReadonlyMap<string, readonly string[]>;
}

function toFieldReader(field: protobuf.Field, around: Surroundings): ReadField {
  const { context, plan, shape, oneofs } = around;
  const name = nameOf(field);
  const entry = toMapEntry(field, context);
  if (entry !== undefined) {
    shape.maps.push(name);
    if (entry.plan !== undefined) plan.parts.push({ name, kind: 'map', plan: entry.plan });
    return readMap(name, entry);
  }
  if (field.repeated) shape.lists.push(name);
  const members = field.partOf ? (oneofs.get(field.partOf.name) ?? []) : [];
  if (field.resolvedType instanceof protobuf.Type) {
    const part = toPlan(field.resolvedType, context);
    plan.parts.push({ name, kind: field.repeated ? 'list' : 'one', plan: part });
    const read = readMessage(name, part, field.repeated);
    const wireTypes = [wire.sized, wire.groupStart];
    return field.repeated ? read : readOneofMember(name, members, { wireTypes, read });
  }
  const scalar = scalarOf(field, context);
  if (field.repeated) return readRepeated(name, scalar);
  if (!field.hasPresence) shape.blank.push([name, scalar.byDefault]);
  const read = readScalar(name, scalar, field.hasPresence);
  return readOneofMember(name, members, { wireTypes: [scalar.wireType], read });
}

/** The key and value of a map: a field of that kind, or the entries as which descriptors have it. */
function toMapEntry(field: protobuf.Field, context: Context): Parameters<typeof readMap>[1] | undefined {
  const { key, value } = mapFieldsOf(field);
  if (key === undefined || value === undefined) return undefined;
  // Bigints, because as text every key is exact.
  const keyScalar = toScalar(key, 'bigint');
  if (keyScalar === undefined)
    throw new SchemaError('INVALID_SCHEMA', `${field.fullName} has a key of no type`);
  return value.resolvedType instanceof protobuf.Type
    ? { key: keyScalar, plan: toPlan(value.resolvedType, context), value: undefined }
    : { key: keyScalar, plan: undefined, value: scalarOf(value, context) };
}

interface MapFields {
  /** The name of its type. */
  readonly key: string | undefined;
  readonly value: protobuf.FieldBase | undefined;
}

function mapFieldsOf(field: protobuf.Field): MapFields {
  if (field instanceof protobuf.MapField) return { key: field.keyType, value: field };
  const type = field.resolvedType;
  const { map_entry: isInText, mapEntry: isInDescriptor } = type?.options ?? {};
  if (!field.repeated || !(type instanceof protobuf.Type) || !(isInText === true || isInDescriptor === true))
    return { key: undefined, value: undefined };
  return { key: type.fieldsById[1]?.type, value: type.fieldsById[2]?.resolve() };
}

function scalarOf(field: protobuf.FieldBase, { show }: Context): Scalar {
  const type = field.resolvedType;
  const scalar =
    type instanceof protobuf.Enum
      ? enumScalar(type.valuesById, Object.values(type.values)[0] ?? 0)
      : toScalar(field.type, show.longs);
  if (scalar) return scalar;
  throw new SchemaError(
    'INVALID_SCHEMA',
    `${field.fullName} has a type that does not exist, got ${field.type}`,
  );
}

/** The name in the .proto text; protobufjs's own google/protobuf files are in camelCase. */
function nameOf(field: protobuf.FieldBase): string {
  return field.protoName ?? field.name;
}

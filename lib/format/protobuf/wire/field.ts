// One field of a message from the wire: scalars, lists, messages and maps, each as lenient as Google's parser. What comes twice is
// merged where it is a message, appended where it is a list, and else the last one counts.
// Source: https://protobuf.dev/programming-guides/encoding/#last-one-wins

import { entryBytes, ownValue, setEntry } from '../../bounds/plain-object.ts';
import { wire, type ProtobufInput } from './input.ts';
import type { Gathered, MessagePlan, ReadField } from './message.ts';
import type { Scalar } from './scalar.ts';

/** A field that is added to an object beside those it has from the start (Node 24.21, 2026-11). */
const addedFieldBytes = 64;
/** What is left of a field in an object from which one was deleted: it is a table of hashes then. */
const hashedFieldBytes = 72;

/** A scalar that comes at most once. */
export function readScalar(name: string, scalar: Scalar, isAdded: boolean): ReadField {
  const heapBytes = scalar.heapBytes + (isAdded ? addedFieldBytes : 0);
  return (input, into, tag) => {
    if ((tag & 7) !== scalar.wireType) return input.skip(tag);
    input.charge(heapBytes);
    into[name] = scalar.read(input);
  };
}

/** Packed or not, as the writer liked: both may even alternate. */
export function readRepeated(name: string, scalar: Scalar): ReadField {
  const { heapBytes } = scalar;
  return (input, into, tag) => {
    const items = into[name] as unknown[];
    if ((tag & 7) === scalar.wireType) {
      input.chargePush(items.length);
      input.charge(heapBytes);
      items.push(scalar.read(input));
    } else if ((tag & 7) === wire.sized) {
      const outerEnd = input.startPart();
      while (input.left > 0) {
        input.chargePush(items.length);
        input.charge(heapBytes);
        items.push(scalar.read(input));
      }
      input.endPart(outerEnd);
    } else input.skip(tag);
  };
}

/** A message, as a part or as a group. */
export function readMessage(name: string, plan: MessagePlan, isRepeated: boolean): ReadField {
  return (input, into, tag) => {
    const isGroup = (tag & 7) === wire.groupStart;
    if (!isGroup && (tag & 7) !== wire.sized) return input.skip(tag);
    const before = isRepeated ? undefined : (ownValue(into, name) as Gathered | undefined);
    const message = before ?? create(plan, input);
    if (isGroup) plan.readFields(input, message, tag);
    else readPart(plan, input, message);
    if (isRepeated) {
      const items = into[name] as unknown[];
      input.chargePush(items.length);
      items.push(message);
    } else if (before === undefined) {
      input.charge(addedFieldBytes);
      into[name] = message;
    }
  };
}

/** How the entries of a map are read: `value` where it is a scalar, `plan` where it is a message. */
export type MapEntry =
  | { readonly key: Scalar; readonly value: Scalar; readonly plan: undefined }
  | { readonly key: Scalar; readonly value: undefined; readonly plan: MessagePlan };

/** One entry of a map: a message of a key and a value. */
export function readMap(name: string, entry: MapEntry): ReadField {
  const { key, value, plan } = entry;
  const keyTag = 8 | key.wireType;
  const valueTag = 16 | (value?.wireType ?? wire.sized);
  const heapBytes = entryBytes + (value?.heapBytes ?? 0);
  return (input, into, tag) => {
    if ((tag & 7) !== wire.sized) return input.skip(tag);
    input.charge(heapBytes);
    let [readKey, readValue]: [unknown, unknown] = [undefined, undefined];
    const outerEnd = input.startPart();
    while (input.left > 0) {
      const inner = input.readTag();
      if (inner === keyTag) readKey = key.read(input);
      else if (inner !== valueTag) input.skip(inner);
      else if (plan === undefined) readValue = value.read(input);
      else readPart(plan, input, (readValue ??= create(plan, input)) as Gathered);
    }
    input.endPart(outerEnd);
    readValue ??= plan === undefined ? value.byDefault : create(plan, input);
    const map = into[name] as Gathered;
    input.enterMap(map);
    setEntry(map, String(readKey ?? key.byDefault), readValue);
  };
}

// Oneofs of more members than these are looked up, rather than through.
const fewMembers = 8;

/**
 * A member of a oneof: `read`, and whichever other member is there is gone. `members` are the names of all; of other
 * wire types than its own it is a field that nobody knows.
 */
export function readOneofMember(
  name: string,
  members: readonly string[],
  { wireTypes, read }: { readonly wireTypes: readonly number[]; readonly read: ReadField },
): ReadField {
  if (members.length < 2) return read;
  const present = members.length > fewMembers ? createPresentMembers(members) : undefined;
  return (input, into, tag) => {
    if (!wireTypes.includes(tag & 7)) return input.skip(tag);
    if (present === undefined) {
      for (const other of members)
        if (other !== name && Object.hasOwn(into, other)) unset(input, into, other);
    } else {
      const other = present.get(into);
      if (other !== undefined && other !== name) unset(input, into, other);
      present.set(into, name);
    }
    read(input, into, tag);
  };
}

/** Which member of a large oneof each message has; the same table for all members of one oneof. */
const presentMembers = new WeakMap<readonly string[], WeakMap<Gathered, string>>();

function createPresentMembers(members: readonly string[]): WeakMap<Gathered, string> {
  const known = presentMembers.get(members) ?? new WeakMap<Gathered, string>();
  presentMembers.set(members, known);
  return known;
}

function unset(input: ProtobufInput, into: Gathered, other: string): void {
  input.charge(hashedFieldBytes * Object.keys(into).length);
  delete into[other];
}

function create(plan: MessagePlan, input: ProtobufInput): Gathered {
  input.charge(plan.heapBytes);
  return plan.create();
}

function readPart(plan: MessagePlan, input: ProtobufInput, message: Gathered): void {
  const outerEnd = input.startPart();
  if (input.left === 0) input.countZeroWidth(1);
  plan.readFields(input, message, undefined);
  input.endPart(outerEnd);
}

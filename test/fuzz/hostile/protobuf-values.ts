// Protobuf that becomes much for its length: messages of no bytes, wide ones, maps of numbers, oneofs that change, well-known types.

import type { Format } from '../../../lib/format/format.ts';
import { protobuf } from '../../../lib/format/protobuf.ts';
import type { Random } from './random.ts';

const google = ['timestamp', 'struct', 'wrappers', 'any'].map(
  (name) => `import "google/protobuf/${name}.proto";`,
);
const proto = `syntax = "proto3"; ${google.join(' ')}
message Empty {}
message Wide { ${Array.from({ length: 60 }, (_, index) => `repeated int32 l${index} = ${index + 1};`).join(' ')} }
message Bytes { bytes a = 1; bytes b = 2; optional bytes c = 3; }
message Hostile {
  repeated Hostile kids = 1; repeated Empty empties = 2; repeated Wide wides = 3; map<int32, bool> by_number = 4;
  map<string, Empty> by_name = 5; repeated int64 longs = 6; repeated double doubles = 7; repeated string texts = 8;
  repeated bytes blobs = 9; google.protobuf.Struct data = 10; repeated google.protobuf.Value values = 11;
  repeated google.protobuf.Timestamp times = 12; repeated google.protobuf.StringValue names = 13;
  repeated google.protobuf.Any anys = 14; Hostile kid = 15;
  oneof choice { Empty a = 16; Hostile b = 17; string c = 18; google.protobuf.ListValue d = 19; }
  repeated Bytes more = 20; map<int64, google.protobuf.Value> by_long = 21;
}`;

/** Formats that read such values. */
export const protobufFormats: readonly Format<unknown>[] = [
  protobuf({ proto, message: 'Hostile' }),
  protobuf({ proto, message: 'Hostile', longs: 'bigint', wellKnownTypes: false }),
];

/** A value that they read. */
export const goodProtobuf: Buffer = Buffer.alloc(0);

/** Bytes of at most about `most`. */
export function hostileProtobuf(random: Random, most: number): Buffer {
  const size = random.size(most);
  const bytes = random.pick([repeated, repeated, mixed, nested])(random, size);
  return random.below(12) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes;
}

/** One field over and over. */
function repeated(random: Random, size: number): Buffer {
  const field = toField(random, 3);
  return Buffer.alloc(Math.max(1, Math.floor(size / field.length)) * field.length, field);
}

/** Fields one after the other, such as the members of a oneof. */
function mixed(random: Random, size: number): Buffer {
  const few = Array.from({ length: 1 + random.below(6) }, () => toField(random, 2));
  const once = Buffer.concat(few);
  return Buffer.alloc(Math.max(1, Math.floor(size / once.length)) * once.length, once);
}

function nested(random: Random, size: number): Buffer {
  let bytes = toField(random, 1);
  for (let level = random.below(120); level > 0 && bytes.length < size; level--)
    bytes = toSized(random.pick([1, 15, 17]), Buffer.concat([bytes, toField(random, 0)]));
  return bytes;
}

function toField(random: Random, depth: number): Buffer {
  const number = 1 + random.below(22);
  if (random.below(6) === 0) return Buffer.concat([toVarint(number * 8), toVarint(random.below(2 ** 31))]);
  if (random.below(8) === 0)
    return toSized(number, Buffer.alloc(random.below(300), random.pick([0, 1, 0x80])));
  if (depth === 0 || random.below(3) === 0) return toSized(number, Buffer.alloc(0));
  const inside = Array.from({ length: 1 + random.below(3) }, () => toInside(random, depth - 1));
  return toSized(number, Buffer.concat(inside));
}

/** What is inside of a message or an entry: its first fields. */
function toInside(random: Random, depth: number): Buffer {
  const number = 1 + random.below(3);
  return random.below(2) === 0
    ? Buffer.concat([toVarint(number * 8), toVarint(random.pick([0, 1, 900, 1000, 2_000_000]))])
    : toSized(number, depth === 0 ? Buffer.from(String(random.below(1000))) : toField(random, depth - 1));
}

function toSized(number: number, content: Buffer): Buffer {
  return Buffer.concat([toVarint(number * 8 + 2), toVarint(content.length), content]);
}

function toVarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

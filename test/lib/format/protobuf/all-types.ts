// Values of every Protobuf type, and protobufjs to write them. Own file: the tests and the fuzz targets both take them.

import { fc } from '../../../support/property.ts';
import protobufjs from 'protobufjs';

/** A message with a field of every type, which may hold itself; one of well-known types; and a tree. */
export const proto = `
syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/wrappers.proto";
import "google/protobuf/any.proto";
enum State { STATE_OPEN = 0; STATE_SHUT = 3; STATE_LOST = -1; }
message All {
  int32 a_int32 = 1; uint32 a_uint32 = 2; sint32 a_sint32 = 3; fixed32 a_fixed32 = 4; sfixed32 a_sfixed32 = 5;
  int64 a_int64 = 6; uint64 a_uint64 = 7; sint64 a_sint64 = 8; fixed64 a_fixed64 = 9; sfixed64 a_sfixed64 = 10;
  float a_float = 11; double a_double = 12; bool a_bool = 13; string a_string = 14; bytes a_bytes = 15;
  State state = 16; optional int32 maybe = 17; All inner = 18; repeated All list = 19;
  repeated int64 longs = 20; repeated sint32 loose = 21 [packed = false]; repeated string names = 22;
  map<string, int32> by_name = 23; map<int64, All> by_id = 24; map<bool, string> by_flag = 25;
  oneof choice { string text = 26; int32 number = 27; All whole = 28; }
}
message Known {
  google.protobuf.Timestamp at = 1; google.protobuf.Duration took = 2; google.protobuf.Struct data = 3;
  google.protobuf.Value any_value = 4; google.protobuf.Int64Value big = 5; google.protobuf.StringValue name = 6;
  google.protobuf.Any any = 7; repeated google.protobuf.Timestamp times = 8;
}
message Tree { Tree left = 1; repeated Tree kids = 2; }
`;
const { root: parsed, imports = [] } = protobufjs.parse(proto, { keepCase: true });
/** The same as protobufjs reads it. */
export const root: protobufjs.Root = parsed;
for (const path of imports) root.addJSON(protobufjs.common.get(path)!.nested!);

/** A message as protobufjs writes it. */
export function write(message: string, value: object): Buffer {
  const type = root.lookupType(message);
  return Buffer.from(type.encode(type.fromObject(value)).finish());
}

const i32 = fc.integer();
const u32 = fc.nat({ max: 0xffff_ffff });
const i64 = fc.maxSafeInteger();
const u64 = fc.maxSafeNat();
// Adding 0 makes -0 a 0, which is a default and not written.
const noMinusZero = (each: number): number => each + 0;
const text = fc.string({ unit: 'binary', maxLength: 12 });
const key = text.filter((name) => name !== '__proto__');
interface Tied {
  all: Record<string, unknown>;
}
const tied = fc.letrec<Tied>((tie) => ({
  all: fc
    .tuple(
      fc.record(
        {
          a_int32: i32,
          a_uint32: u32,
          a_sint32: i32,
          a_fixed32: u32,
          a_sfixed32: i32,
          a_int64: i64,
          a_uint64: u64,
          a_sint64: i64,
          a_fixed64: u64,
          a_sfixed64: i64,
          a_float: fc.float({ noNaN: true }).map(noMinusZero),
          a_double: fc.double({ noNaN: true }).map(noMinusZero),
          a_bool: fc.boolean(),
          a_string: text,
          a_bytes: fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
          state: fc.constantFrom('STATE_OPEN', 'STATE_SHUT', 'STATE_LOST'),
          longs: fc.array(i64, { maxLength: 4 }),
          loose: fc.array(i32, { maxLength: 4 }),
          names: fc.array(text, { maxLength: 3 }),
          by_name: fc.dictionary(key, i32, {
            maxKeys: 3,
            noNullPrototype: true,
          }),
          maybe: i32,
        },
        { requiredKeys: [], noNullPrototype: true },
      ),
      fc.oneof(
        { maxDepth: 2 },
        fc.constant({}),
        tie('all').map((inner) => ({ inner })),
        fc.array(tie('all'), { maxLength: 2 }).map((list) => ({ list })),
        tie('all').map((value) => ({ by_id: { '-7': value, '9007199254740993': value } })),
      ),
      fc.oneof(
        fc.constant({}),
        text.map((each) => ({ text: each })),
        i32.map((number) => ({ number })),
      ),
    )
    .map((parts) => Object.assign({}, ...parts) as Record<string, unknown>),
}));

/** Any value of the message `shop.All`, in the form that protobufjs takes. */
export const anyAll: fc.Arbitrary<Record<string, unknown>> = tied.all;

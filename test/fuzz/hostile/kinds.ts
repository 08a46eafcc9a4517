// The formats that have hostile values: how they are made, and what reads them.

import { json, type Format } from '../../../lib/index.ts';
import { avroFormats, goodAvro, hostileAvro } from './avro-values.ts';
import { hostileJson } from './json-values.ts';
import { goodProtobuf, hostileProtobuf, protobufFormats } from './protobuf-values.ts';
import type { Random } from './random.ts';

/** What is needed of one. */
export interface HostileKind {
  readonly formats: readonly Format<unknown>[];
  /** A value that each of them reads. */
  readonly good: Buffer;
  /** One of at most about `most` bytes. */
  readonly make: (random: Random, most: number) => Buffer;
}

/** By name. */
export const hostileKinds: Readonly<Record<string, HostileKind>> = {
  json: {
    formats: [json(), json({ integers: 'bigint', nonFinite: 'null' })],
    good: Buffer.from('{}'),
    make: hostileJson,
  },
  avro: { formats: avroFormats, good: goodAvro, make: hostileAvro },
  protobuf: { formats: protobufFormats, good: goodProtobuf, make: hostileProtobuf },
};

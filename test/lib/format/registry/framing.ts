// What a producer with a registry's serializer does: bytes behind the registry's prefix.

import { deflateSync } from 'node:zlib';

/** Confluent's prefix before `payload`. */
export function frameConfluent(id: number, payload: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(id, 1);
  return Buffer.concat([prefix, payload]);
}

/** Glue's prefix before `payload`, which is packed when `compression` says zlib. */
export function frameGlue(id: string, payload: Uint8Array, compression: 'none' | 'zlib' = 'none'): Buffer {
  const prefix = Buffer.from([3, compression === 'zlib' ? 5 : 0]);
  const uuid = Buffer.from(id.replaceAll('-', ''), 'hex');
  return Buffer.concat([prefix, uuid, compression === 'zlib' ? deflateSync(payload) : payload]);
}

/** A message-index path as Confluent's serializers write it: zig-zag varints, `[0]` as a lone 0. */
export function toIndexPath(path: readonly number[]): Buffer {
  if (path.length === 1 && path[0] === 0) return Buffer.of(0);
  return Buffer.from([path.length, ...path].map((number) => number * 2));
}

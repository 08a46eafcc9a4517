// Bytes as they are, decompressed, in memory of their own.

import { markOurs, type Format } from './format.ts';

/** A copy of the bytes that owns exactly its memory, so keeping it pins nothing else. */
export function bytes(): Format<Buffer> {
  return markOurs({ name: 'bytes', decode: (view) => toOwnBuffer(view), shape: { kind: 'bytes' } });
}

/** Copies outside Node's shared pool: a pooled copy would pin a 64 KiB slab on Node 24. */
export function toOwnBuffer(view: Uint8Array): Buffer {
  const own = Buffer.allocUnsafeSlow(view.length);
  own.set(view);
  return own;
}

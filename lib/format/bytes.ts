// Bytes as they are, decompressed where a header or the definition says so, in memory of their own.

import { markOurs, type Format } from './format.ts';

/**
 * A copy of the bytes that owns exactly its memory, so keeping it pins nothing else. Under `compression: 'detect'` a topic of
 * gzip files stays one: only a content-encoding header tells that a value is packed.
 */
export function bytes(): Format<Buffer> {
  return markOurs({
    name: 'bytes',
    isBinary: true,
    decode(view, { memory }) {
      memory.charge(bufferBytes + view.length);
      return toOwnBuffer(view);
    },
    shape: { kind: 'bytes' },
  });
}

/** What V8 takes for a Buffer of its own beside its bytes, however short (Node 24.21, 2026-11). */
export const bufferBytes = 280;

/** Copies outside Node's shared pool: a pooled copy would pin a 64 KiB slab on Node 24. */
export function toOwnBuffer(view: Uint8Array): Buffer {
  const own = Buffer.allocUnsafeSlow(view.length);
  own.set(view);
  return own;
}

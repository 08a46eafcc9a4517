// A plain LZ4 block decoder, byte by byte and straight from the format's description: what the WebAssembly core is
// compared with, because lz4-napi neither takes a limit nor tells a broken block from a full target.

import type { BlockSpan } from '../../../../lib/codec/lz4/sequence.ts';
import { blockBroken, blockFull } from '../../../../lib/codec/lz4/sequence.ts';

/** What `decodeBlock` promises, slowly: the target position after the last byte, or why there is none. */
export function decodeBlockPlainly(
  source: Buffer,
  target: Buffer,
  { from, to, at: start, floor, limit }: BlockSpan,
): number {
  let pos = from;
  let at = start;
  const readLength = (nibble: number): number => {
    let length = nibble;
    if (nibble === 15) {
      for (let more = 255; more === 255 && pos < to; length += more) more = source[pos++]!;
    }
    return length;
  };
  for (;;) {
    if (pos >= to) return blockBroken;
    const token = source[pos++]!;
    const literals = readLength(token >>> 4);
    if (literals > to - pos) return blockBroken;
    if (literals > limit - at) return blockFull;
    for (const stop = at + literals; at < stop;) target[at++] = source[pos++]!;
    if (pos === to) return at;
    if (to - pos < 2) return blockBroken;
    const distance = source.readUInt16LE(pos);
    pos += 2;
    const match = readLength(token & 15) + 4;
    if (distance === 0 || at - distance < floor) return blockBroken;
    if (match > limit - at) return blockFull;
    for (const stop = at + match; at < stop; at++) target[at] = target[at - distance]!;
  }
}

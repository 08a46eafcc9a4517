// From base64 to text without leaving the memory of the LZ4 module: the short way of nearly every record. Own file: whatever
// is not one small frame of sound UTF-8 is left to decompress.ts, which also says what is wrong with it.
//
//   base64 -> the module's input -> its output -> text

import { isUtf8 } from 'node:buffer';
import {
  asciiOnly,
  inputEnd,
  inputStart,
  longDigits,
  lz4Core,
  outputEnd,
  outputStart,
  type Lz4Core,
} from './core.ts';
import { parseLz4Header, type Lz4Header } from './header.ts';
import { xxhash32 } from './xxhash32.ts';

/** A text, and how many bytes it took. */
export interface DecompressedText {
  readonly text: string;
  /** Whether sixteen digits follow each other in it. */
  readonly hasLongDigits: boolean;
  readonly decodedBytes: number;
  readonly decompressedBytes: number;
}

// The first 30 bits of 04 22 4d 18.
const frameStart = 'BCJNG';
const maxBase64Length = Math.floor((inputEnd - inputStart) / 3) * 4;
const notHere = -1;
const opening = { maxBytes: Infinity };

/**
 * The text in one LZ4 frame, given as base64, at most `maxBytes` long; undefined where decompress.ts has to see to it: what is no
 * such frame, is broken in whatever way, does not fit the module (64 KB packed, 190 KB decompressed), or has linked blocks or
 * checksums of blocks. 1 µs for 800 B, two thirds of what the long way to a text takes (Node 24, 2026-11).
 */
export function decompressLz4Text(base64: string, maxBytes: number): DecompressedText | undefined {
  if (!base64.startsWith(frameStart) || base64.length > maxBase64Length) return undefined;
  const core = lz4Core();
  const { memory } = core;
  const decodedBytes = memory.write(base64, inputStart, 'base64');
  const end = decompressFrame(core, inputStart + decodedBytes, maxBytes);
  if (end === notHere) return undefined;
  const found = core.scan(outputStart, end);
  const text = toText(memory, end, (found & asciiOnly) !== 0);
  if (text === undefined) return undefined;
  const hasLongDigits = (found & longDigits) !== 0;
  return { text, hasLongDigits, decodedBytes, decompressedBytes: end - outputStart };
}

/** Decompresses the frame that ends at `to`; gives the address after its last decompressed byte. */
function decompressFrame({ decode, memory }: Lz4Core, to: number, maxBytes: number): number {
  const frame = parseHeader(memory, to);
  if (frame === undefined) return notHere;
  const { blockBytes, independent, contentBytes = Infinity } = frame;
  const limit = outputStart + Math.min(maxBytes, contentBytes, outputEnd - outputStart);
  let pos = frame.body;
  let at = outputStart;
  for (;;) {
    if (pos + 4 > to) return notHere;
    const word = memory.readUInt32LE(pos);
    pos += 4;
    if (word === 0) break;
    const next = pos + (word & 0x7fffffff);
    if (next > to || next - pos > blockBytes) return notHere;
    const stop = Math.min(limit, at + blockBytes);
    if (word < 0x80000000) {
      if (at > outputStart && !independent) return notHere;
      at = decode(0, pos, next, at, stop, at, next, stop);
      if (at < 0) return notHere;
    } else {
      if (at + next - pos > stop) return notHere;
      memory.copyWithin(at, pos, next);
      at += next - pos;
    }
    pos = next;
  }
  if (contentBytes < Infinity && at - outputStart !== contentBytes) return notHere;
  if (frame.contentCheck) {
    if (pos + 4 > to || xxhash32(memory, outputStart, at) !== memory.readUInt32LE(pos)) return notHere;
    pos += 4;
  }
  return pos === to ? at : notHere;
}

// Nearly every frame begins as the one before it did: its header is neither read nor checked again.
let known: { readonly mark: number; readonly frame: Lz4Header } | undefined;

function parseHeader(memory: Buffer, to: number): Lz4Header | undefined {
  // What decompressLz4Text has not seen of the first seven bytes; there are eight more where a size is declared.
  const mark = memory.readUInt32LE(inputStart + 3);
  if (known?.mark === mark) return known.frame;
  try {
    const frame = parseLz4Header(memory, inputStart, opening, to);
    if (typeof frame === 'number' || frame.kind === 'legacy' || frame.blockCheck) return undefined;
    if (frame.contentBytes === undefined) known = { mark, frame };
    return frame;
  } catch {
    return undefined; // decompress.ts will say it again, of the value's own bytes
  }
}

function toText(memory: Buffer, end: number, isAscii: boolean): string | undefined {
  // Saves a view and a look at its UTF-8, most of what reading a small text costs.
  if (isAscii) return memory.toString('latin1', outputStart, end);
  return isUtf8(memory.subarray(outputStart, end)) ? memory.toString('utf8', outputStart, end) : undefined;
}

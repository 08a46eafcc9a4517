// The WebAssembly module of lz4.wat and the layout of its memory. Own file: blocks pass through it (sequence.ts), and small
// values are opened within it (text.ts).

import { lz4Module } from './module.ts';

// Must agree with the drawing in lz4.wat.
/** Address of the first byte of input. */
export const inputStart = 64;
/** Address after the last byte of input. */
export const inputEnd: number = inputStart + 65_536;
/** Address of the first byte of output. */
export const outputStart: number = inputEnd + 64;
/** Address after the last byte of output. */
export const outputEnd: number = 4 * 65_536 - 64;
/** The farthest that a match can point back, in bytes. */
export const reachBytes = 65_535;

/** Bit of {@link Lz4Core.scan}: no byte has its top bit set. */
export const asciiOnly = 1;
/** Bit of {@link Lz4Core.scan}: sixteen digits follow each other, as many as 2^53 has. */
export const longDigits = 2;

/** What is needed here of a global that TypeScript declares with the DOM only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

/** The module's functions, whose parameters are those of lz4.wat, and its memory, which everybody shares synchronously. */
export interface Lz4Core {
  readonly decode: (...parameters: readonly number[]) => number;
  /** What the output from `at` up to `end` consists of: {@link asciiOnly}, {@link longDigits}, both or neither. */
  readonly scan: (at: number, end: number) => number;
  readonly memory: Buffer;
  /** Eight int32 at address 0: where a suspended `decode` stands. */
  readonly state: Int32Array;
}

let loaded: Lz4Core | undefined;

/** The module; made in 0.3 ms with the first LZ4 value, so that consumers of other values do not pay for it. */
export function lz4Core(): Lz4Core {
  return (loaded ??= load());
}

function load(): Lz4Core {
  const module = new WebAssembly.Module(Buffer.from(lz4Module, 'base64'));
  const { decode, scan, memory } = new WebAssembly.Instance(module).exports as Omit<Lz4Core, 'memory'> & {
    readonly memory: { readonly buffer: ArrayBuffer };
  };
  return { decode, scan, memory: Buffer.from(memory.buffer), state: new Int32Array(memory.buffer, 0, 8) };
}

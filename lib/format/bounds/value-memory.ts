// How much memory one value may take, counted before it is taken. Five bytes of Avro can declare a list of millions of items, and a
// megabyte of JSON can become 64 MB of objects: the number of bytes says little about the value.

import { findCollector } from '../../memory/gc.ts';
import { createWatermark, type Watermark } from '../../memory/watermark.ts';
import { FormatError } from '../format-error.ts';

/** The value fits its limit, but not what the byte budget has left; it is decoded once more when there is more. */
export class NoRoomError extends Error {
  override readonly name = 'NoRoomError';
  /** What the value takes at least, in bytes. */
  readonly neededBytes: number;

  constructor(neededBytes: number) {
    super('value does not fit what the byte budget has left, a bug in the runtime where this is seen');
    this.neededBytes = neededBytes;
  }
}

// A record is let start where four times its decompressed bytes fit; a value that becomes more is looked at again, at this and at each
// doubling.
const firstLookBytes = 4_194_304;
// Beside the value itself: the stacks of V8's JSON parser, lists that have just grown, the text.
const whileMade = 1.5;

/** The account of one value while it is decoded. */
export class ValueMemory {
  readonly #maxBytes: number;
  readonly #allowedBytes: number;
  #stopAt: number;
  #chargedBytes = 0;

  /**
   * @param maxBytes the definition's `limits.maxValueBytesPerRecord`
   * @param roomBytes what the byte budget has left
   */
  constructor(maxBytes: number, roomBytes: number = Infinity) {
    this.#maxBytes = maxBytes;
    this.#allowedBytes = Math.min(maxBytes, roomBytes);
    this.#stopAt = Math.min(this.#allowedBytes, firstLookBytes);
  }

  /** Bytes that have been charged. */
  get chargedBytes(): number {
    return this.#chargedBytes;
  }

  /** Bytes that may still be charged. */
  get leftBytes(): number {
    return this.#allowedBytes - this.#chargedBytes;
  }

  /**
   * Accounts for `bytes` of heap or buffers that are about to be taken: call it before taking them.
   *
   * @throws FormatError `VALUE_TOO_LARGE`; NoRoomError, which a format passes on
   */
  charge(bytes: number): void {
    this.#chargedBytes += bytes;
    if (this.#chargedBytes > this.#stopAt) this.#stop();
  }

  #stop(): void {
    if (this.#chargedBytes <= this.#allowedBytes) {
      this.#stopAt = Math.min(this.#allowedBytes, 2 * Math.max(this.#stopAt, this.#chargedBytes));
      makeRoom(this.#chargedBytes * whileMade);
      return;
    }
    if (this.#chargedBytes <= this.#maxBytes) throw new NoRoomError(this.#chargedBytes);
    throw new FormatError(
      'VALUE_TOO_LARGE',
      `value takes too much memory, got over ${this.#maxBytes} bytes of objects, texts and buffers, expected at most as many; ` +
        'raise limits.maxValueBytesPerRecord or let the producer send less in a record',
    );
  }
}

let watermark: Watermark | undefined;
// What the last collection left resident, and how much more there must be for another one.
let leastBytes = 0;
const worthBytes = 8_388_608;

/**
 * Collects, and gives memory back to the system, where `bytes` more would pass the watermark: V8 knows nothing of the function's
 * memory size, and what malloc has freed is of no use to its heap.
 */
function makeRoom(bytes: number): void {
  watermark ??= createWatermark();
  watermark.hasRoom(bytes);
  const { residentBytes, markBytes } = watermark;
  if (residentBytes + bytes <= markBytes || residentBytes < leastBytes + worthBytes) return;
  findCollector()?.thorough();
  watermark.hasRoom(bytes);
  leastBytes = watermark.residentBytes;
}

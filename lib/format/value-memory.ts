// How much memory one value may take, counted before it is taken. Five bytes of Avro can declare a list of millions of items, and a
// megabyte of JSON can become 64 MB of objects: the number of bytes says little about the value.

import { FormatError } from './format-error.ts';

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

/** The account of one value while it is decoded. */
export class ValueMemory {
  readonly #maxBytes: number;
  readonly #stopAt: number;
  #chargedBytes = 0;

  /**
   * @param maxBytes the definition's `limits.maxValueBytesPerRecord`
   * @param roomBytes what the byte budget has left
   */
  constructor(maxBytes: number, roomBytes: number = Infinity) {
    this.#maxBytes = maxBytes;
    this.#stopAt = Math.min(maxBytes, roomBytes);
  }

  /** Bytes that have been charged. */
  get chargedBytes(): number {
    return this.#chargedBytes;
  }

  /** Bytes that may still be charged. */
  get leftBytes(): number {
    return this.#stopAt - this.#chargedBytes;
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

  #stop(): never {
    if (this.#chargedBytes <= this.#maxBytes) throw new NoRoomError(this.#chargedBytes);
    throw new FormatError(
      'VALUE_TOO_LARGE',
      `value takes too much memory, got over ${this.#maxBytes} bytes of objects, texts and buffers, expected at most as many; ` +
        'raise limits.maxValueBytesPerRecord or let the producer send less in a record',
    );
  }
}

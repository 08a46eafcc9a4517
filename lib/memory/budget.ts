// How many bytes of values may be under way at once in one invocation.

interface Waiter {
  readonly bytes: number;
  readonly start: () => void;
}

/**
 * A first-come-first-served budget of bytes.
 *
 * Non-obvious: nobody overtakes a waiter, or small records would starve a large one; and a record larger than the
 * whole budget counts as exactly the budget, so it runs, alone.
 */
export class ByteBudget {
  /** The whole budget. */
  readonly maxBytes: number;
  readonly #waiting: Waiter[] = [];
  #taken = 0;
  #peak = 0;

  /** A budget of `maxBytes` (at least 1) with nothing taken. */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Bytes free at this moment; 0 while somebody waits. */
  get free(): number {
    return this.#waiting.length > 0 ? 0 : this.maxBytes - this.#taken;
  }

  /** The most that was out at once. */
  get peak(): number {
    return this.#peak;
  }

  /** Takes `bytes` now; false when they do not fit or somebody already waits. */
  tryTake(bytes: number): boolean {
    const taken = this.#taken + Math.min(bytes, this.maxBytes);
    if (this.#waiting.length > 0 || taken > this.maxBytes) return false;
    this.#set(taken);
    return true;
  }

  /** Takes `bytes` as soon as all who waited before have theirs. */
  take(bytes: number): Promise<void> {
    if (this.tryTake(bytes)) return Promise.resolve();
    return new Promise((start) => this.#waiting.push({ bytes: Math.min(bytes, this.maxBytes), start }));
  }

  /** Gives back what was taken, with the same number. */
  give(bytes: number): void {
    this.#taken -= Math.min(bytes, this.maxBytes);
    const waiting = this.#waiting;
    for (let next = waiting[0]; next && this.#taken + next.bytes <= this.maxBytes; next = waiting[0]) {
      waiting.shift();
      this.#set(this.#taken + next.bytes);
      next.start();
    }
  }

  /** Makes `takenBytes` that were taken `neededBytes`, however many others wait; gives what is out now. */
  resize(takenBytes: number, neededBytes: number): number {
    const bytes = Math.min(neededBytes, this.maxBytes);
    const more = bytes - Math.min(takenBytes, this.maxBytes);
    if (more < 0) this.give(-more);
    else this.#set(this.#taken + more);
    return bytes;
  }

  #set(taken: number): void {
    this.#taken = taken;
    if (taken > this.#peak) this.#peak = taken;
  }
}

// How many bytes of values may be under way at once in this process, whichever invocation they belong to.

import { Peaks, type Peak } from './peaks.ts';

interface Waiter {
  readonly bytes: number;
  readonly start: () => void;
  readonly owner: BudgetAccount | undefined;
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
  readonly #peaks = new Peaks();
  #taken = 0;

  /** A budget of `maxBytes` (at least 1) with nothing taken. */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Bytes free at this moment; 0 while somebody waits. */
  get free(): number {
    return this.#waiting.length > 0 ? 0 : this.maxBytes - this.#taken;
  }

  /** Opens the account of one invocation; its `close` must follow. */
  open(): BudgetAccount {
    return new BudgetAccount(this, this.#peaks.begin(this.#taken));
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
    return new Promise((start) => this.wait(bytes, start));
  }

  /** Takes `bytes` in their turn, and calls `start` then; never, once `owner` was closed. */
  wait(bytes: number, start: () => void, owner?: BudgetAccount): void {
    this.#waiting.push({ bytes: Math.min(bytes, this.maxBytes), start, owner });
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

  /** Ends an account of which `takenBytes` are still out: they come back, and nothing waits for it any more. */
  dismiss(account: BudgetAccount, peak: Peak, takenBytes: number): void {
    this.#peaks.end(peak);
    const waiting = this.#waiting.filter(({ owner }) => owner !== account);
    this.#waiting.splice(0, this.#waiting.length, ...waiting);
    this.give(takenBytes);
  }

  #set(taken: number): void {
    this.#taken = taken;
    this.#peaks.note(taken);
  }
}

/** What one invocation has taken of the budget, so that all of it comes back when the invocation ends, whatever hangs. */
export class BudgetAccount {
  readonly maxBytes: number;
  readonly #budget: ByteBudget;
  readonly #peak: Peak;
  #taken = 0;
  #isClosed = false;

  constructor(budget: ByteBudget, peak: Peak) {
    this.#budget = budget;
    this.#peak = peak;
    this.maxBytes = budget.maxBytes;
  }

  /** As the budget's; 0 once the account is closed. */
  get free(): number {
    return this.#isClosed ? 0 : this.#budget.free;
  }

  /** The most that all invocations together had out at once while this account was open. */
  get peak(): number {
    return this.#peak.value;
  }

  /** As the budget's; false once the account is closed. */
  tryTake(bytes: number): boolean {
    if (this.#isClosed || !this.#budget.tryTake(bytes)) return false;
    this.#taken += Math.min(bytes, this.maxBytes);
    return true;
  }

  /** As the budget's; never settles where the account is closed, or gets closed meanwhile: nobody is left to use it. */
  take(bytes: number): Promise<void> {
    if (this.tryTake(bytes)) return Promise.resolve();
    return new Promise((start) => {
      const begin = (): void => {
        this.#taken += Math.min(bytes, this.maxBytes);
        start();
      };
      if (!this.#isClosed) this.#budget.wait(bytes, begin, this);
    });
  }

  /** As the budget's; nothing once the account is closed. */
  give(bytes: number): void {
    if (this.#isClosed) return;
    this.#taken -= Math.min(bytes, this.maxBytes);
    this.#budget.give(bytes);
  }

  /** Gives back whatever is still out, and waits for nothing any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#budget.dismiss(this, this.#peak, this.#taken);
  }
}

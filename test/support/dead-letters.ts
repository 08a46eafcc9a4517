// A dead-letter store in memory: the store is an interface of the runtime, and this is one that a test can read.

import type { DeadLetter, DeadLetterStore } from '../../lib/index.ts';

/** Keeps letters in `letters`; while `isDown` is set it refuses them, as an unreachable bucket would. */
export function createMemoryStore(): DeadLetterStore & { readonly letters: DeadLetter[]; isDown: boolean } {
  const letters: DeadLetter[] = [];
  return {
    letters,
    isDown: false,
    store(letter) {
      if (this.isDown) return Promise.reject(new Error('bucket is unreachable'));
      letters.push(letter);
      return Promise.resolve(`memory://${letter.topic}/${letter.partition}/${letter.offset}`);
    },
  };
}

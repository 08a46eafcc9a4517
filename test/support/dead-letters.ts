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

/** A letter of consumer `orders`, partition 0 of topic `orders`, as the runtime stores it. */
export function toLetter(offset: number, more: Partial<DeadLetter> = {}): DeadLetter {
  return {
    version: 1,
    consumer: 'orders',
    topic: 'orders',
    partition: 0,
    offset,
    timestamp: 1_767_225_600_000,
    timestampType: 'CREATE_TIME',
    key: null,
    value: Buffer.from('{}').toString('base64'),
    headers: [],
    error: { code: 'OLD_FORMAT', message: 'an old order', issues: [] },
    requestId: 'r',
    deadLetteredAt: '2026-01-01T00:00:00.000Z',
    ...more,
  };
}

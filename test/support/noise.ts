// Bytes that look random and are the same in every run: what fails with them fails again.

import { createCipheriv } from 'node:crypto';

/** `length` bytes that no compressor makes smaller; another `seed`, 0..255, gives others. */
export function noise(length: number, seed: number = 0): Buffer {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16));
  return cipher.update(Buffer.alloc(length));
}

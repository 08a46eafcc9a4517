// Consumers that keep memory for a while, or much of it, and yet do not grow for ever.

import type { Animal } from './animal.ts';
import { buffers } from './healthy/buffers.ts';
import { caches } from './healthy/caches.ts';
import { lazy } from './healthy/lazy.ts';
import { saws } from './healthy/saws.ts';
import { stateless } from './healthy/stateless.ts';
import { turnover } from './healthy/turnover.ts';

/** Stateless ones, caches, buffers, pools, and everything that cleans up after itself. */
export const healthy: readonly Animal[] = [
  ...stateless,
  ...caches,
  ...turnover,
  ...buffers,
  ...saws,
  ...lazy,
];

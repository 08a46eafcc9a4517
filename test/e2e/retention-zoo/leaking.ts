// Consumers that keep 20 KB or more of each invocation, each in a way of its own.

import type { Animal } from './animal.ts';
import { beside } from './leaking/beside.ts';
import { bytesAndTexts } from './leaking/bytes.ts';
import { containers } from './leaking/containers.ts';
import { irregular } from './leaking/irregular.ts';
import { waiting } from './leaking/waiting.ts';

/** 20 KB to 1 MB an invocation. */
export const leaking: readonly Animal[] = [
  ...containers,
  ...waiting,
  ...bytesAndTexts,
  ...irregular,
  ...beside,
];

// The animals by list, as an enclosure is told them: its process makes the one that it needs.

import type { Animal } from './animal.ts';
import { generate } from './generated.ts';
import { healthy } from './healthy.ts';
import { leaking } from './leaking.ts';

const mb = 1_048_576;
/** What is free of 256 MB: less the margin, and what Node takes. */
const freeBytes = 160 * mb;

/** Every list of the zoo. */
export const lists = {
  healthy: () => healthy,
  leaking: () => leaking,
  'generated healthy': () => Array.from({ length: 76 }, (_, i) => generate(1000 + i, undefined)),
  'generated leaking': () => Array.from({ length: 60 }, (_, i) => generate(2000 + i, freeBytes)),
} as const satisfies Readonly<Record<string, () => readonly Animal[]>>;

/** A list's name. */
export type ListName = keyof typeof lists;

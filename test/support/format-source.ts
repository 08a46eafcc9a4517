// Where a format's bytes come from, in tests of formats alone.

import type { FormatSource } from '../../lib/format/format.ts';
import { ValueMemory } from '../../lib/format/bounds/value-memory.ts';

/** A source whose every decode has an account of its own. */
export function createSource(
  maxBytes = 1_048_576,
  given: Partial<Pick<FormatSource, 'part' | 'schemaMetadata' | 'header'>> & {
    readonly maxValueBytes?: number;
  } = {},
): FormatSource {
  const { maxValueBytes = 16 * maxBytes, ...rest } = given;
  return {
    topic: 'orders',
    part: 'value',
    maxBytes,
    schemaMetadata: undefined,
    header: () => undefined,
    get memory() {
      return new ValueMemory(maxValueBytes);
    },
    ...rest,
  };
}
